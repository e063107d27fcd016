"""Field by field: an answer of the server beside the sandbox's response to the same request.

Rows are paired by their key. The order of rows and of nested lists has no meaning, so a nested list is compared as a
set: `players[].minutes` of a row has all values of its players. A field is different if its key is missing or too many,
if its types differ, if other rows have null in it, or if its values differ.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]
Leaves = dict[str, list[Any]]
KEYS = (
    ("id",), ("gameId", "teamId", "athleteId", "subIn"), ("gameId", "teamId"), ("gameId",), ("idHash",),
    ("season", "seasonType", "week", "pollType", "teamId"), ("year", "overall"), ("season", "teamId", "athleteId"),
    ("season", "teamId"), ("teamId",), ("abbreviation",),
)  # fmt: skip
ROWS = "(rows)"


@dataclass(frozen=True)
class Difference:
    """How a field differs: kind is key, type, null or value; said has the first example."""

    field: str
    kind: str
    count: int
    said: str


@dataclass(frozen=True)
class Compared:
    """All fields of one answer, and those that differ."""

    fields: frozenset[str]
    differences: tuple[Difference, ...]


def compare(server: Any, ours: Any, *, partial: bool = False) -> Compared:
    """Compare two bodies. partial: the server's rows are only the first ones, and others are not compared."""
    wanted, given = ([body] if isinstance(body, dict) else body for body in (server, ours))
    fields: set[str] = {ROWS}
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for one, two in _pairs(wanted, given, partial=partial):
        if one is None or two is None:
            found[ROWS].append(("value", f"only {'the sandbox' if one is None else 'the server'}: {_text(one or two)}"))
            continue
        left, right = leaves(one), leaves(two)
        fields |= left.keys() | right.keys()
        for name in left.keys() | right.keys():
            if kind := _kind(left.get(name), right.get(name)):
                found[name].append((kind, f"{_text(left.get(name))} != {_text(right.get(name))}"))
    listed = (Difference(name, _worst(items), len(items), items[0][1]) for name, items in sorted(found.items()))
    return Compared(frozenset(fields), tuple(listed))


def _pairs(wanted: list[Any], given: list[Any], *, partial: bool) -> Iterator[tuple[Row | None, Row | None]]:
    """Rows with the same key; several rows of one key (a team in two conferences) in the order of their text."""
    key = _key_of(wanted or given)
    left, right = _grouped(wanted, key), _grouped(given, key)
    for name in left if partial else left | right:
        mine, theirs = left.get(name, []), right.get(name, [])
        for place in range(max(len(mine), len(theirs))):
            yield (mine[place] if place < len(mine) else None), (theirs[place] if place < len(theirs) else None)


def _key_of(rows: list[Any]) -> tuple[str, ...]:
    first = rows[0] if rows and isinstance(rows[0], dict) else {}
    return next((key for key in KEYS if first.keys() >= set(key)), ())


def _grouped(rows: Iterable[Any], key: tuple[str, ...]) -> dict[str, list[Any]]:
    out: dict[str, list[Any]] = {}
    for row in rows:
        out.setdefault(_text([row.get(name) for name in key] if key else row), []).append(row)
    return {name: sorted(group, key=_text) for name, group in out.items()}


def leaves(row: Any, prefix: str = "") -> Leaves:
    """The values of each field of a row, by path; an empty list is a value of its own field."""
    out: Leaves = defaultdict(list)
    if isinstance(row, dict):
        for name, value in row.items():
            for path, values in leaves(value, f"{prefix}.{name}" if prefix else name).items():
                out[path] += values
    elif isinstance(row, list):
        out[f"{prefix}[]"] += [len(row)]
        for item in row:
            for path, values in leaves(item, f"{prefix}[]").items():
                out[path] += values
    else:
        out[prefix].append(row)
    return out


def _kind(one: list[Any] | None, two: list[Any] | None) -> str:
    """How the values of a field differ; '' if they are the same set."""
    if one is None or two is None:
        return "key"
    if _types(one) != _types(two):
        return "type" if (_types(one) ^ _types(two)) - {"null"} else "null"
    if one.count(None) != two.count(None):
        return "null"
    return "" if Counter(map(_text, one)) == Counter(map(_text, two)) else "value"


def _types(values: list[Any]) -> set[str]:
    return {type_of(value) for value in values}


def type_of(value: Any) -> str:
    """The JSON type of a leaf."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else "text"


def shapes(server: list[Any], ours: list[Any]) -> Compared:
    """Compare keys, types and which fields are always or never null; for rows that are not the same ones."""
    left, right = _merged(server), _merged(ours)
    fields = frozenset(left.keys() | right.keys())
    found = (
        Difference(name, kind, 1, f"{_seen(left.get(name))} != {_seen(right.get(name))}")
        for name in sorted(fields)
        if (kind := _shape(left.get(name), right.get(name)))
    )
    return Compared(fields, tuple(found))


def _merged(rows: list[Any]) -> Leaves:
    out: Leaves = defaultdict(list)
    for row in rows:
        for name, values in leaves(row).items():
            out[name] += values
    return out


def _shape(one: list[Any] | None, two: list[Any] | None) -> str:
    if one is None or two is None:
        return "key"
    left, right = _types(one) - {"null"}, _types(two) - {"null"}
    if left and right and left != right:
        return "type"
    return "null" if bool(left) != bool(right) else ""


def _seen(values: list[Any] | None) -> str:
    return "no key" if values is None else " or ".join(sorted(_types(values)))


def _worst(items: list[tuple[str, str]]) -> str:
    return min((kind for kind, _ in items), key=("key", "type", "null", "value").index)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
