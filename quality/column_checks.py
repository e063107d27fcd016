"""The column rules of a table in Pandera: nullability, bounds, values. Only loaded when some row breaks a rule."""

from __future__ import annotations

from functools import cache

import pandera.polars as pa
import polars as pl

from quality.columns import Column
from quality.dataset import Table


@cache
def pandera_schema(table: Table) -> pa.DataFrameSchema:
    """The table's column rules as a Pandera schema."""
    return pa.DataFrameSchema({column.name: _checked(column) for column in table.columns}, name=table.qualified)


def failure_cases(frame: pl.DataFrame, table: Table) -> pl.DataFrame | None:
    """What Pandera finds: index (place of the row; null for a fault of the whole column), check, column; or None."""
    try:
        pandera_schema(table).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases: pl.DataFrame = errors.failure_cases
        return cases
    return None


def _checked(column: Column) -> pa.Column:
    limits, values = column.limits, column.only_values
    checks = [pa.Check.ge(limits.ge)] if limits.ge is not None else []
    checks += [pa.Check.le(limits.le)] if limits.le is not None else []
    checks += [pa.Check.isin(list(values))] if values else []
    return pa.Column(column.dtype, checks=checks, nullable=column.nullable, required=True)
