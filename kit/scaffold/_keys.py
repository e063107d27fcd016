"""The key of the silver table: the given one, or a small one that is unique in the example."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations

from kit.scaffold._fields import Drafted
from kit.scaffold._shapes import Kind, Row
from tasks.errors import BadInput, did_you_mean

LARGEST, CONSIDERED = 3, 16
WHEN = ("season", "year", "week", "period", "month", "day", "round")


@dataclass(frozen=True)
class Columns:
    """Columns that can be in a key, because they hold single values and are never null, with the example's values.

    Attributes:
        nullable: columns that the contract allows to be null, although the example has none.
        constant: columns that come from the request, so that they are equal in all rows.
        own: name that the id of a row would have.
    """

    values: Mapping[str, Sequence[object]]
    kinds: Mapping[str, Kind]
    constant: tuple[str, ...]
    nullable: frozenset[str]
    own: str
    rows: int

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all these columns."""
        return (*self.values, *self.constant)

    def repeated(self, names: Iterable[str]) -> tuple[int, int] | None:
        """Numbers of the first two rows with equal values, or None if every row differs."""
        seen: dict[tuple[object, ...], int] = {}
        sent = [self.values[name] for name in names if name in self.values]
        for number in range(self.rows):
            first = seen.setdefault(tuple(column[number] for column in sent), number)
            if first != number:
                return first + 1, number + 1
        return None


def key_columns(drafted: Sequence[Drafted], rows: Sequence[Row], constant: tuple[str, ...], entity: str) -> Columns:
    """Find the columns of an example that can be in a key."""
    leaves = [leaf for item in drafted for leaf in item.leaves() if leaf.shape.kind not in (Kind.LIST, Kind.UNKNOWN)]
    values = {leaf.column: [_at(row, leaf.path) for row in rows] for leaf in leaves}
    whole = {name: found for name, found in values.items() if None not in found}
    kinds = {leaf.column: leaf.shape.kind for leaf in leaves if leaf.column in whole}
    nullable = frozenset(leaf.column for leaf in leaves if leaf.field.nullable)
    return Columns(whole, kinds, constant, nullable, f"{entity}_id", len(rows))


def given_key(text: str, columns: Columns) -> tuple[str, ...]:
    """The key from `--key`.

    Raises:
        BadInput: when a column is missing or null in the example, or when two rows have the same key.
    """
    key = tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    if not key:
        raise BadInput(f"--key is empty; valid columns are {', '.join(columns.names)}")
    for name in key:
        if name not in columns.names:
            near = did_you_mean(name, columns.names) or f"; valid are {', '.join(columns.names)}"
            raise BadInput(
                f"--key {text}: {name} is not a column, or it is a list, or null in a row of the example{near}"
            )
    if (twice := columns.repeated(key)) is not None:
        raise BadInput(f"--key {text} is the same in rows {twice[0]} and {twice[1]} of the example; name more columns")
    return key


def guessed_key(columns: Columns, season: str | None) -> tuple[str, ...]:
    """The most likely key: season and request columns, then ids, then texts and dates, then numbers.

    Raises:
        BadInput: when no small set of columns is unique in the example.
    """
    for names in _likely(columns):
        if columns.repeated(names) is None:
            first = (*([season] if season else []), *columns.constant)
            return tuple(dict.fromkeys((*first, *names)))
    raise BadInput(
        f"no set of {LARGEST} columns is unique in the {columns.rows} rows of the example; name the key with --key, "
        f"from {', '.join(columns.names) or 'an example with columns that are never null'}"
    )


def _likely(columns: Columns) -> Iterator[tuple[str, ...]]:
    """Combinations of columns, most likely first."""
    groups = list(_groups(columns))
    ids = groups[0]
    if columns.own in ids:
        yield (columns.own,)
    if columns.rows == 1 and ids:  # everything is unique in one row
        yield tuple(ids)
    for last in range(1, len(groups) + 1):
        known = [*dict.fromkeys(chain.from_iterable(groups[:last]))]
        for size in range(1, LARGEST + 1):
            yield from combinations(known[:CONSIDERED], size)


def _groups(columns: Columns) -> Iterator[list[str]]:
    """Ids, dates, texts, and the rest, among it the columns that may be null."""
    every = [name for name, kind in columns.kinds.items() if kind not in (Kind.NUMBER, Kind.BOOLEAN)]
    usable = [name for name in every if name not in columns.nullable]
    ids = sorted((name for name in usable if name.endswith("_id")), key=lambda name: name != columns.own)
    yield ids
    yield [name for name in usable if name in WHEN]
    yield [name for name in usable if columns.kinds[name] is not Kind.INTEGER and name not in ids]
    yield [*usable, *every]


def _at(row: Row, path: tuple[str, ...]) -> object:
    value: object = row
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
