"""Words that pages and commands share: type, valid values and nulls of a column; where a team plays."""

from __future__ import annotations

import polars as pl

from quality.columns import Column
from quality.markdown import code, percent
from quality.nulls import Given, NullLimit
from quality.tables import Table

# Before an opponent's name, by where the team plays.
SITE_MARKS = {"home": "", "away": "@ ", "neutral": "vs "}
TYPES: dict[type[pl.DataType], str] = {
    pl.Int64: "integer",
    pl.Float64: "number",
    pl.String: "text",
    pl.Boolean: "true or false",
    pl.Date: "date",
    pl.Datetime: "timestamp, UTC",
}


def type_name(dtype: pl.DataType) -> str:
    """A type in words."""
    if isinstance(dtype, pl.List):
        return f"list of {_inner(dtype.inner)}"
    if isinstance(dtype, pl.Struct):
        return "{" + ", ".join(f"{item.name} {_inner(item.dtype)}" for item in dtype.fields) + "}"
    return TYPES[type(dtype)]


def _inner(dtype: object) -> str:
    assert isinstance(dtype, pl.DataType), f"nested types are declared as instances, not {dtype!r}"
    return type_name(dtype)


def valid(column: Column) -> str:
    """The values that a column may have, in words; empty where any value is valid."""
    if column.values:
        return ", ".join(map(code, column.values)) + (", others are kept" if column.open_values else "")
    return column.limits.describe()


def in_words(limit: NullLimit) -> str:
    """A null limit as text: `at most 10 % of rows with minutes (from 100 rows)`."""
    share = f"at most {percent(limit.at_most)} of rows" if limit.at_most else "no nulls in rows"
    conditions = [f"from {limit.enough} rows"] if limit.at_most else []
    conditions += [f"if {code(item.table)} has {_seasons(item)}" for item in limit.given]
    return f"{share} {limit.when}" + (f" ({', '.join(conditions)})" if conditions else "")


def _seasons(item: Given) -> str:
    first, last = item.seasons
    if first == last:
        return {0: "rows for the season", -1: "rows for the previous season"}[first]
    return f"usable rows for the previous {last - first + 1} seasons"


def null_rule(item: Table, column: Column) -> str:
    """When a column is null: `never`, or the reason why it may be, and the limits that are checked."""
    if not column.nullable:
        return "never"
    limits = (in_words(limit) for limit in item.null_limits if column.name in limit.columns)
    return "; ".join((column.can_be_null or "allowed", *limits))
