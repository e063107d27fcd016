"""Example rows for tests: real shape, invented values, because data of the source is not committed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from kit.scaffold._contract import Contract
from kit.scaffold._fields import Drafted, has_objects_in_lists
from kit.scaffold._shapes import Kind, Row
from tasks.errors import BadInput
from tasks.requests import SEASON_PARAMS

FEWEST, MOST, ELEMENTS = 3, 12, 2
SEASON, DAY = 2025, "2025-01-15"  # season and date of the request in the tests


def fixture_text(contract: Contract) -> str:
    """JSON with a few invented rows, one per line; fields that are sometimes null are so here too.

    Raises:
        BadInput: when the lake would report drift for every row.
    """
    chosen = [row for row in contract.rows if not has_null_list(contract.fields, row)]
    if not chosen:
        raise BadInput(
            "in every row of the example a list of objects is null, which the lake reports as drift; use an example "
            "with rows in which they are all filled or empty, or delete the field from the example"
        )
    if {*contract.key} <= {*SEASON_PARAMS}:
        chosen = chosen[:1]  # all invented rows are of one season
    made = (_invented_row(contract.fields, row, number) for number, row in enumerate(_telling(chosen), start=1))
    return "[\n" + ",\n".join(f"  {json.dumps(row)}" for row in made) + "\n]\n"


def has_null_list(fields: Sequence[Drafted], row: Row) -> bool:
    """Whether a list of objects is null in a row. The lake reads it as empty and reports drift."""
    for item in fields:
        value = row.get(item.field.wire)
        if value is None and has_objects_in_lists(item.shape):
            return True
        if isinstance(value, dict) and has_null_list(item.inside, value):
            return True
    return False


def _telling(rows: Sequence[Row]) -> list[Row]:
    """The first rows, then later ones that differ in which fields are null or empty."""
    seen: set[tuple[str, ...]] = set()
    found: list[Row] = []
    for row in rows:
        shown = {*_facts(row)}
        if len(found) < FEWEST or (len(found) < MOST and not shown <= seen):
            found.append(row)
            seen |= shown
    return found


def _facts(row: Row, above: str = "") -> Iterator[tuple[str, ...]]:
    """The fields of a row, with the type of each value."""
    for name, value in row.items():
        yield above + name, type(value).__name__, str(value == [])
        if isinstance(value, dict):
            yield from _facts(value, f"{above}{name}.")


def _invented_row(fields: Sequence[Drafted], real: Row, number: int) -> Row:
    """Null stays null. An absent value becomes null, so that its field is not reported as missing."""
    return {item.field.wire: _invented(item, real.get(item.field.wire), number) for item in fields}


def _invented(item: Drafted, real: Any, number: int) -> Any:
    if item.shape.kind is Kind.LIST and (real is not None or item.inside):
        values = (real or [])[:ELEMENTS]
        return [_scalar_or_row(item, value, 10 * number + n) for n, value in enumerate(values, start=1)]
    if item.shape.kind is Kind.INTEGER and item.field.wire in SEASON_PARAMS:
        return SEASON
    return item.field.values[0] if item.field.values and real else _scalar_or_row(item, real, number)


def _scalar_or_row(item: Drafted, real: Any, number: int) -> Any:
    """An invented value of the same JSON type."""
    if isinstance(real, dict):
        return _invented_row(item.inside, real, number)
    if isinstance(real, str):
        return _text(item, number)
    if real is None or isinstance(real, bool):
        return None if real is None else number % 2 == 0
    share = item.field.unit == "fraction 0-1"
    if isinstance(real, int):
        return number % 2 if share else number
    return number / 100 if share else number + 0.5


def _text(item: Drafted, number: int) -> str:
    kind = item.shape.item if item.shape.kind is Kind.LIST else item.shape.kind
    if kind is Kind.TIMESTAMP:
        return f"{DAY}T{number % 24:02d}:30:00.000Z"
    if kind is Kind.DATE:
        return f"{SEASON}-01-{number % 28 + 1:02d}"
    return f"{item.column.replace('_', ' ')} {number}"
