"""The null limits of the gold contracts as rules. If one is broken, the previous version stays."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from quality.dataset import Table, registry
from quality.markdown import percent
from quality.nulls import Given, NullLimit
from quality.rules.base import Reads, Rule


def null_shares(limit: NullLimit, rows: pl.LazyFrame, *inputs: pl.LazyFrame) -> pl.LazyFrame:
    """One row per column with its number of nulls among the judged rows; no rows if a required input is empty.

    inputs: frames of `limit.given`, then of `limit.sent`.
    """
    nulls = {name: pl.col(name).null_count() for name in limit.columns}
    counts = rows.filter(limit.where).select(rows=pl.len(), **nulls)
    shares = counts.unpivot(index="rows", variable_name="column", value_name="null")
    given, sent = inputs[: len(limit.given)], inputs[len(limit.given) :]
    shares = shares.join(_all_there(limit.given, given), how="cross").filter("there").drop("there")
    shares = shares.join(_all_there(limit.sent, sent).rename({"there": "sent"}), how="cross")
    enough = 1 if limit.at_most == 0 else limit.enough
    may_lack = pl.lit(limit.at_most > 0) & ~(pl.col("sent") & bool(limit.sent))
    never_sent = may_lack & (pl.col("null") == pl.col("rows"))
    few = (pl.col("null") <= limit.at_most * pl.col("rows")) | (pl.col("rows") < enough)
    return shares.select("column", "null", "rows", judged=pl.lit(limit.when), holds=few | never_sent)


def _all_there(items: Iterable[Given], frames: Iterable[pl.LazyFrame]) -> pl.LazyFrame:
    """One row, `there`: whether every input has rows that count."""
    there = pl.LazyFrame({"there": [True]})
    for item, frame in zip(items, frames, strict=True):
        one = frame.filter(item.where).select(one=pl.len() > 0)
        there = there.join(one, how="cross").select(there=pl.col("there") & pl.col("one"))
    return there


def without_values(table: Table, rows: pl.DataFrame) -> list[str]:
    """Columns of a gold table that are null in all of the rows that should have a value, in the table's order."""
    found = set[str]()
    for limit in table.null_limits:
        judged = rows.lazy().filter(limit.where).select(limit.columns).collect()
        found |= {name for name in limit.columns if judged.height and judged[name].null_count() == judged.height}
    return [column.name for column in table.columns if column.name in found]


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
            *(
                Reads(registry().tables[item.table], item.columns, seasons=item.seasons)
                for item in (*limit.given, *limit.sent)
            ),
        ),
        judge=lambda rows, *inputs: null_shares(limit, rows, *inputs),
    )


NULL_RULES: tuple[Rule, ...] = tuple(
    null_rule(table, limit) for table in registry().derived("gold") for limit in table.null_limits
)
