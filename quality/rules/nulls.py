"""The null limits of the gold contracts as rules. If one is broken, the previous version stays."""

from __future__ import annotations

import polars as pl

from quality.dataset import Table, registry
from quality.markdown import percent
from quality.nulls import NullLimit
from quality.rules.base import Reads, Rule


def null_shares(limit: NullLimit, rows: pl.LazyFrame, *given: pl.LazyFrame) -> pl.LazyFrame:
    """One row per column with its number of nulls among the judged rows; no rows if a required input is empty."""
    nulls = {name: pl.col(name).null_count() for name in limit.columns}
    counts = rows.filter(limit.where).select(rows=pl.len(), **nulls)
    shares = counts.unpivot(index="rows", variable_name="column", value_name="null")
    for item, frame in zip(limit.given, given, strict=True):
        there = frame.filter(item.where).select(there=pl.len() > 0)
        shares = shares.join(there, how="cross").filter("there").drop("there")
    enough = 1 if limit.at_most == 0 else limit.enough
    holds = (pl.col("null") <= limit.at_most * pl.col("rows")) | (pl.col("rows") < enough)
    return shares.select("column", "null", "rows", judged=pl.lit(limit.when), holds=holds)


def null_rule(table: Table, limit: NullLimit) -> Rule:
    """A null limit as a rule."""
    return Rule(
        name=f"{table.name}_has_{limit.name}",
        description=(
            f"In {table.qualified}, at most {percent(limit.at_most)} of rows {limit.when} have a null in "
            f"{', '.join(limit.columns)}."
        ),
        per="column",
        reads=(
            Reads(table, limit.reads),
            *(Reads(registry().tables[item.table], item.columns, seasons=item.seasons) for item in limit.given),
        ),
        judge=lambda rows, *given: null_shares(limit, rows, *given),
    )


NULL_RULES: tuple[Rule, ...] = tuple(
    null_rule(table, limit) for table in registry().derived("gold") for limit in table.null_limits
)
