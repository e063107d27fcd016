"""Fields of a contract, from the shapes of an example: column names, types, nulls, and known descriptions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from kit.scaffold._meanings import LONGEST, TYPES, Meaning, column_name, holds, meanings, shared_field
from kit.scaffold._shapes import Kind, Shape
from quality.columns import FLOAT, Field, ListOf, Record, Scalar, polars_type, snake_case
from quality.dataset import PROVENANCE, UNKNOWN
from tasks.errors import BadInput

RESERVED = frozenset({*(column.name for column in PROVENANCE), UNKNOWN.name, "as_of", "date", "game_date"})
DATE_ENDS = ("_date", "_of_birth")
MOMENT_ENDS = ("_date", "_time", "_timestamp")
SHARE_ENDS = ("_pct", "_percentage")
SHARES_UP_TO = 1.5  # an effective field goal percentage of a game can be 150 %
KEPT_AS_TEXT = "type not known, kept as text"
FROM_THE_LAKE = "type and description are those of the lake"
QUARANTINED = "quarantined, because a null list of objects cannot be stored"


@dataclass(frozen=True)
class Drafted:
    """A field of the contract, and where it comes from.

    Attributes:
        column: column name; for an object, the prefix of its column names.
        path: API names from the record down to the field.
        shared: expression for a field of `quality.vocabulary`; "" for any other field.
        comment: what the example does not show.
        described: the description comes from the lake.
        inside: fields of an object, or of the objects in a list.
    """

    field: Field
    shape: Shape
    column: str
    path: tuple[str, ...]
    shared: str = ""
    comment: str = ""
    described: bool = False
    inside: tuple[Drafted, ...] = ()

    def leaves(self) -> Iterator[Drafted]:
        """The fields that become columns: those of an object, or the field itself."""
        if self.shape.kind is Kind.OBJECT:
            for item in self.inside:
                yield from item.leaves()
        else:
            yield self


@dataclass
class Drafting:
    """Drafts the fields of one record, each under a column name of its own.

    Args:
        entity: what a row is, in the singular; it becomes the prefix of names that have another meaning in the lake.
        taken: column names in use; drafting adds to it.
    """

    entity: str
    taken: set[str] = field(default_factory=lambda: set(RESERVED))

    def fields(self, shapes: Sequence[Shape], above: tuple[str, ...] = (), prefix: str = "") -> tuple[Drafted, ...]:
        """Draft all fields of a record, or of an object in it.

        Raises:
            BadInput: when no column name is left for one.
        """
        return tuple(self._field(shape, above, prefix) for shape in shapes)

    def _field(self, shape: Shape, above: tuple[str, ...], prefix: str) -> Drafted:
        path = (*above, shape.wire)
        if shape.kind is Kind.OBJECT:
            return self._object(shape, path, prefix)
        shared = None if above else shared_field(shape)
        if shared and shared[1].column_name not in self.taken:
            return self._shared(shape, *shared)
        return self._own(shape, path, prefix)

    def _object(self, shape: Shape, path: tuple[str, ...], prefix: str) -> Drafted:
        start = prefix + (column_name(shape.wire) or column_name(f"{self.entity}_{shape.wire}"))
        inside = self.fields(shape.inside, path, f"{start}_")
        null = shape.has_nulls and not has_objects_in_lists(shape)
        name = _unless_usual(start, prefix, shape.wire)
        made = Field(shape.wire, _record(inside), readable(shape.wire), null, name)
        return Drafted(made, shape, start, path, comment=_quarantined(shape), described=True, inside=inside)

    def _shared(self, shape: Shape, constant: str, known: Field) -> Drafted:
        self.taken.add(known.column_name)
        comment = f"{_never(shape)}: {FROM_THE_LAKE}" if shape.kind is Kind.UNKNOWN else ""
        drafted = Drafted(known, shape, known.column_name, (shape.wire,), constant, comment, described=True)
        if known.nullable or not shape.has_nulls:
            return drafted
        return replace(drafted, field=known.null(), shared=f"{constant}.null()")

    def _own(self, shape: Shape, path: tuple[str, ...], prefix: str) -> Drafted:
        inner = Drafting(_singular(column_name(shape.wire) or self.entity), set())
        inside = inner.fields(shape.inside) if shape.kind is Kind.LIST else ()
        kind = _own_kind(shape, inside)
        name, meaning = self._named(shape, path, prefix, kind)
        self.taken.add(name)
        made = Field(
            shape.wire,
            kind if meaning is None else _field_type(meaning.dtype),
            f"{shape.wire} as sent; not described yet" if meaning is None else _inner_description(meaning, path),
            shape.has_nulls and not inside,
            _unless_usual(name, prefix, shape.wire),
        )
        made = _share(made, shape) if name.endswith(SHARE_ENDS) else made
        comment = _quarantined(shape) or _unknown(shape, meaning)
        return Drafted(made, shape, name, path, comment=comment, described=meaning is not None, inside=inside)

    def _named(
        self, shape: Shape, path: tuple[str, ...], prefix: str, kind: Scalar | ListOf
    ) -> tuple[str, Meaning | None]:
        """A free column name, and its meaning in the lake if it has one."""
        candidates = list(self._candidates(shape, prefix))
        for name in candidates:
            known = meanings().get(name, frozenset())
            fitting = [meaning for meaning in known if _fits(meaning, shape, path)] if len(known) == 1 else []
            several = len(known) > 1 and polars_type(kind) in {meaning.dtype for meaning in known}
            if name not in self.taken and (not known or fitting or several):
                return name, fitting[0] if fitting else None
        raise BadInput(
            f"no column name is free for {'.'.join(path)}, as each of {', '.join(candidates)} is taken or has another "
            "meaning in the lake; rename the field in a copy of the example, then restore its name in the contract"
        )

    def _candidates(self, shape: Shape, prefix: str) -> Iterator[str]:
        usual, own = column_name(shape.wire), column_name(f"{self.entity}_{shape.wire}")
        names = (own,) if not usual or (usual == "id" and not prefix) else (usual, own)
        for name in names:
            ruled = _ruled(name, shape.kind)
            if prefix + name in meanings() and ruled != name:
                yield prefix + name  # the lake uses it, although it breaks the naming rule
            yield prefix + ruled


def has_objects_in_lists(shape: Shape) -> bool:
    """Whether a field holds a list of objects, itself or below it."""
    return bool(shape.inside) and (shape.kind is Kind.LIST or any(map(has_objects_in_lists, shape.inside)))


def readable(wire: str) -> str:
    """An API name in words: `homeTeam` is "home team"."""
    return snake_case(wire).replace("_", " ")


def _singular(name: str) -> str:
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name


def entity_of(endpoint: str) -> str:
    """What one row of an endpoint is: `team_season` for `team_seasons`."""
    return _singular(endpoint)


def _record(inside: Sequence[Drafted]) -> Record:
    return Record(tuple(item.field for item in inside))


def _own_kind(shape: Shape, inside: Sequence[Drafted]) -> Scalar | ListOf:
    """The type that follows from the example."""
    if shape.kind is not Kind.LIST:
        return TYPES[shape.kind]
    return ListOf(_record(inside) if inside else TYPES[shape.item])


def _ruled(name: str, kind: Kind) -> str:
    """The name with the ending that dates and timestamps must have."""
    if kind is Kind.DATE and not name.endswith(DATE_ENDS):
        return f"{name}_date"
    if kind is Kind.TIMESTAMP and not name.endswith("_at"):
        return f"{next((name.removesuffix(end) for end in MOMENT_ENDS if name.endswith(end)), name)}_at"
    return name


def _unless_usual(name: str, prefix: str, wire: str) -> str | None:
    """The field's `name`, if its column name does not follow from the API's name."""
    return None if name == prefix + snake_case(wire) else name.removeprefix(prefix)


def _fits(meaning: Meaning, shape: Shape, path: tuple[str, ...]) -> bool:
    short = len(meaning.description) <= LONGEST
    return short and holds(meaning.dtype, shape) and meaning.description.startswith(_owner(path))


def _owner(path: tuple[str, ...]) -> str:
    """The prefix that `flatten` gives to descriptions of an object's columns."""
    return " ".join(map(readable, path[:-1])) + ": " if path[:-1] else ""


def _inner_description(meaning: Meaning, path: tuple[str, ...]) -> str:
    return meaning.description.removeprefix(_owner(path))


def _field_type(dtype: Scalar) -> Scalar | ListOf:
    inner = getattr(dtype, "inner", None)
    return dtype if inner is None else ListOf(inner)


def _share(made: Field, shape: Shape) -> Field:
    """The field as a percentage or a fraction, whichever the largest value of the example suggests."""
    if shape.kind not in (Kind.INTEGER, Kind.NUMBER):
        return made
    percent = shape.largest > SHARES_UP_TO
    return replace(made, type=FLOAT, unit="percent" if percent else "fraction 0-1", percent=percent)


def _never(shape: Shape) -> str:
    return f"null in all {shape.of} example values"


def _quarantined(shape: Shape) -> str:
    if not shape.has_nulls or not has_objects_in_lists(shape):
        return ""
    return f"null in {shape.of - shape.seen} of {shape.of} example values: {QUARANTINED}"


def _unknown(shape: Shape, meaning: Meaning | None) -> str:
    if shape.kind is Kind.UNKNOWN:
        return f"{_never(shape)}: {KEPT_AS_TEXT if meaning is None else FROM_THE_LAKE}"
    if shape.kind is Kind.LIST and shape.item is Kind.UNKNOWN:
        return f"empty in all {shape.of} example values: {KEPT_AS_TEXT}"
    return ""
