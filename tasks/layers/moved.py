"""What days of a month have in common: games that moved to another day, and keys that may occur once.

Days are built apart from each other, so these two are determined for the month as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import polars as pl

from quality.dataset import Endpoint, Table
from quality.validate import Checked, RowRule, check
from tasks.lake.iceberg import PartitionKey, next_month
from tasks.lake.lake import Lake
from tasks.layers._days import UNIQUE, Plan
from tasks.layers.slices import EASTERN_DATE, bronze_rows, by_date, routes_used
from tasks.layers.sources import Source


@dataclass(frozen=True)
class Moved:
    """Versions of which several responses have rows, of different days: a game was moved, and both days have it.

    The response that was fetched last wins, as it does within a day.

    Attributes:
        winners: one row per version: its columns, and `won_at`, `won_by` of the response that wins.
        by_path: what the winner is, for each response with rows of such a version: inputs of the response's days.
    """

    winners: pl.DataFrame = field(default_factory=pl.DataFrame, compare=False)
    by_path: Mapping[str, list[str]] = field(default_factory=dict)

    def texts(self, path: str) -> list[str]:
        """The winners among the versions of one response, as text."""
        return self.by_path.get(path, [])

    def of_winners(self, rows: pl.DataFrame, table: Table) -> pl.DataFrame:
        """Complete versions: rows of a moved version only from the response that wins."""
        return self._kept(rows, table, pl.col("raw_object") == pl.col("won_by"))

    def later(self, parts: pl.DataFrame, table: Table) -> pl.DataFrame:
        """Parts of versions: rows of a moved version only from responses that were fetched after the winner."""
        return self._kept(parts, table, pl.col("fetched_at") > pl.col("won_at"))

    def _kept(self, rows: pl.DataFrame, table: Table, condition: pl.Expr) -> pl.DataFrame:
        if self.winners.is_empty():
            return rows
        joined = rows.join(self.winners, on=table.version, how="left", maintain_order="left")
        return joined.filter(pl.col("won_by").is_null() | condition).drop("won_at", "won_by")


def moved_versions(lake: Lake, table: Table, key: PartitionKey, items: list[Source]) -> Moved:
    """The moved versions of a month of a table whose responses are for dates."""
    if key.month is None or not by_date(table):
        return Moved()
    found = [_places(lake, table, key, route) for route in routes_used(table, items)[0]]
    if not found:
        return Moved()
    by, order = list(table.version), ["fetched_at", "raw_object"]
    several = pl.concat(found).filter(pl.col("day").n_unique().over(by) > 1)
    if several.is_empty():
        return Moved()
    named = several.sort(order).group_by(by, maintain_order=True).last()
    winners = named.select(*by, won_at="fetched_at", won_by="raw_object")
    text = pl.concat_str(*(pl.col(name).cast(pl.String) for name in by), pl.lit("from"), "won_by", separator=" ")
    pairs = several.join(winners, on=by).select("raw_object", text.alias("text")).unique().sort("raw_object", "text")
    return Moved(winners, dict(pairs.group_by("raw_object").agg("text").iter_rows()))


def _places(lake: Lake, table: Table, key: PartitionKey, route: Endpoint) -> pl.DataFrame:
    """The versions in each response of a month, with their day."""
    rows = bronze_rows(lake, table, route, key, _month(key))
    return rows.select(*table.version, "fetched_at", "raw_object", day=EASTERN_DATE).unique().collect()


def _month(key: PartitionKey) -> tuple[date, date]:
    assert key.month is not None
    return key.month, next_month(key.month) - timedelta(days=1)


class KeyOfOtherDay(Exception):
    """A row of a later day, which stays as it is, has the key of a row of this build: the month is built as a whole."""


class MonthKeys:
    """Checks rows piece by piece so that a key occurs once in a month, as the key of the row of the earliest day."""

    def __init__(self, lake: Lake, table: Table, plan: Plan) -> None:
        self._table = table
        self._rows = None
        self._day = str(table.month_column)
        self._known: list[pl.DataFrame] = []
        if self._is_by_day and plan.kept:
            rows = lake.scan(table.qualified).filter(plan.key.holds(table), ~plan.part.holds(table))
            self._rows = rows
            self._known.append(rows.select(*table.key, self._day).collect())

    @property
    def _is_by_day(self) -> bool:
        """Whether rows of different days can have one key."""
        return self._table.month_column is not None and self._table.month_column not in self._table.key

    def checked(self, rows: pl.DataFrame) -> Checked:
        """The checked rows of one piece.

        Raises:
            KeyOfOtherDay: when a row that stays has to give way.
        """
        table = self._table
        found = check(rows, table, table.rules)
        if not self._is_by_day:
            return found
        if not (repeated := self._repeated(found.good)).is_empty():
            taken = rows.select(pl.struct(table.key).is_in(repeated.select(pl.struct(table.key)).to_series().implode()))
            rule = RowRule(UNIQUE, ", ".join(table.key), ~pl.lit(taken.to_series()))
            found = check(rows, table, [*table.rules, rule])
        self._known.append(found.good.select(*table.key, self._day))
        return found

    def _repeated(self, good: pl.DataFrame) -> pl.DataFrame:
        """Keys that rows of an earlier day have."""
        by = list(self._table.key)
        mine = good.select(*by, self._day)
        found = mine.join(pl.concat([mine.clear(), *self._known]), on=by, suffix="_known")
        if not found.filter(pl.col(self._day) < pl.col(f"{self._day}_known")).is_empty():
            raise KeyOfOtherDay
        return found

    def is_kept(self, row: pl.Expr) -> bool:
        """Whether the row of a predicate is among those that stay as they are."""
        return self._rows is not None and not self._rows.filter(row).head(1).collect().is_empty()
