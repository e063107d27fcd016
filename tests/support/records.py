"""API records made from a contract: every field filled, values inside the bounds, nobody real in them."""

from __future__ import annotations

from typing import Any

import polars as pl

from quality.columns import Field, ListOf, Record, Scalar
from tasks.parsing.parse import skim

BY_TYPE: dict[type[pl.DataType], Any] = {
    pl.String: "toy",
    pl.Boolean: True,
    pl.Date: "2001-02-03",
    pl.Datetime: "2025-01-15T18:30:00.000Z",
}


def count_records(body: bytes) -> int:
    """Number of records of a body, as a fetch counts them."""
    return skim(body, Record(()))[0]


def record(contract: Record, number: int = 1, /, **values: Any) -> dict[str, Any]:
    """One record; `number` tells records apart, `values` are set by the API's names."""
    made = {item.wire: _value(item, number) for item in contract}
    unknown = values.keys() - made.keys()
    assert not unknown, f"the contract has no {sorted(unknown)}"
    return made | values


def _value(item: Field, number: int) -> Any:
    if item.values is not None:
        return item.values[-1]
    if item.wire == "season":
        return 2025
    if isinstance(item.type, pl.Int64 | pl.Float64) and item.bounds is not None:
        return max(int(item.bounds.ge or 0), min(number, int(item.bounds.le or number)))
    return _of(item.type, number)


def _of(kind: Scalar | Record | ListOf, number: int) -> Any:
    if isinstance(kind, Record):
        return record(kind, number)
    if isinstance(kind, ListOf):
        return [_of(kind.item, number)]
    return number if isinstance(kind, pl.Int64) else BY_TYPE.get(type(kind), number / 2)
