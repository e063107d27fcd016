"""Rows and tables shaped by a contract: what a test does not name is null, or the plainest value that may be there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from quality.columns import Column
from quality.dataset import Table, registry

DAY = date(2025, 1, 15)


def plain(column: Column) -> Any:
    """Null, or a value within the column's type, values and bounds."""
    if column.nullable:
        return None
    if column.values:
        return column.values[0]
    low = (column.bounds.ge if column.bounds else None) or 0
    at = {pl.String(): "x", pl.Boolean(): False, pl.Date(): DAY, pl.Float64(): float(low), pl.Int64(): int(low)}
    return at.get(column.dtype, datetime(2025, 1, 15, tzinfo=UTC))


def row(table: Table, **given: Any) -> dict[str, Any]:
    """One row; a name that the contract lacks is an error."""
    assert given.keys() <= table.by_name.keys(), f"{table.qualified} lacks {given.keys() - table.by_name.keys()}"
    return {column.name: given.get(column.name, plain(column)) for column in table.columns}


def frame(name: str, *rows: Mapping[str, Any]) -> pl.DataFrame:
    """A table by its SQL name with these rows."""
    table = registry().tables[name]
    schema = {column.name: column.dtype for column in table.columns}
    return pl.DataFrame([row(table, **given) for given in rows], schema=schema, orient="row")
