"""The key of the silver table: the one that is given, or the smallest that tells the example's rows apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import combinations

from kit.scaffold._fields import Drafted
from kit.scaffold._shapes import Kind, Row
from tasks.errors import BadInput

LARGEST, CONSIDERED = 3, 16
WHEN = ("season", "year", "week", "period", "month", "day", "round")


@dataclass(frozen=True)
class Columns:
    """Values of the example by column, for columns that can be in a key: single values that are never null.

    Attributes:
        constant: columns that the request knows, equal in all rows.
    """

    values: Mapping[str, Sequence[object]]
    kinds: Mapping[str, Kind]
    constant: tuple[str, ...]
    own: str
    rows: int

    @property
    def names(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.values, *self.constant)

    def repeated(self, names: Iterable[str]) -> tuple[int, int] | None:
        """Numbers of the first two rows that have equal values; None where all rows differ."""
        seen: dict[tuple[object, ...], int] = {}
        sent = [self.values[name] for name in names if name in self.values]
        for number in range(self.rows):
            first = seen.setdefault(tuple(column[number] for column in sent), number)
            if first != number:
                return first + 1, number + 1
        return None


def key_columns(drafted: Sequence[Drafted], rows: Sequence[Row], constant: tuple[str, ...], entity: str) -> Columns:
    """Columns of the example that can be in a key."""
    leaves = [leaf for item in drafted for leaf in item.leaves() if leaf.shape.kind not in (Kind.LIST, Kind.UNKNOWN)]
    values = {leaf.column: [_at(row, leaf.path) for row in rows] for leaf in leaves}
    whole = {name: found for name, found in values.items() if None not in found}
    kinds = {leaf.column: leaf.shape.kind for leaf in leaves if leaf.column in whole}
    return Columns(whole, kinds, constant, f"{entity}_id", len(rows))


def given_key(text: str, columns: Columns) -> tuple[str, ...]:
    """The key that somebody names.

    Raises:
        BadInput: when a column is not there, is null in the example, or two rows have the same key.
    """
    key = tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    if not key:
        raise BadInput(f"--key is empty; name columns of {', '.join(columns.names)}")
    for name in key:
        if name not in columns.names:
            near = get_close_matches(name, columns.names, 1)
            hint = f"did you mean {near[0]}?" if near else f"valid are {', '.join(columns.names)}"
            raise BadInput(f"--key {text}: {name} is no column of single values that are never null; {hint}")
    if (twice := columns.repeated(key)) is not None:
        raise BadInput(f"--key {text}: rows {twice[0]} and {twice[1]} of the example have the same; name more columns")
    return key


def guessed_key(columns: Columns, season: str | None) -> tuple[str, ...]:
    """The likeliest key: ids before texts and dates before numbers, behind the season and what the request knows.

    Raises:
        BadInput: when no few columns tell the rows apart.
    """
    for names in _likely(columns):
        if columns.repeated(names) is None:
            first = (*([season] if season else []), *columns.constant)
            return tuple(dict.fromkeys((*first, *names)))
    raise BadInput(
        f"no {LARGEST} columns of the example tell its {columns.rows} rows apart; name those that do with --key, "
        f"of {', '.join(columns.names)}"
    )


def _likely(columns: Columns) -> Iterator[tuple[str, ...]]:
    """Combinations of columns, the likeliest first."""
    usable = [name for name, kind in columns.kinds.items() if kind not in (Kind.NUMBER, Kind.BOOLEAN)]
    ids = sorted((name for name in usable if name.endswith("_id")), key=lambda name: name != columns.own)
    when = [name for name in usable if name in WHEN]
    said = [name for name in usable if columns.kinds[name] is not Kind.INTEGER and name not in ids]
    if columns.own in ids:
        yield (columns.own,)
    if columns.rows == 1 and ids:  # of one row, everything tells the rows apart
        yield tuple(ids)
    for known in (ids, [*ids, *when], [*ids, *when, *said], list(dict.fromkeys([*ids, *when, *said, *usable]))):
        for size in range(1, LARGEST + 1):
            yield from combinations(known[:CONSIDERED], size)


def _at(row: Row, path: tuple[str, ...]) -> object:
    value: object = row
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
