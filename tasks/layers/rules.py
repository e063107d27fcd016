"""Runs the rules across tables on a lake, season by season."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache

import polars as pl

from quality.contracts.games import FCT_GAMES
from quality.dataset import Table
from quality.point_in_time import known_before
from quality.rules import GOLD_RULES, KNOWN_SEASONS, RULES, KnownSeason, Reads, Rule, RuleResult, evaluate
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake


def check_rules(
    lake: Lake,
    seasons: Iterable[int],
    rules: Iterable[Rule] = RULES,
    known: Iterable[KnownSeason] = KNOWN_SEASONS,
) -> list[RuleResult]:
    """What each rule finds in each season, of the rules whose tables and columns the lake has.

    One rule is in memory at a time, and of its tables only the columns that it names.
    """
    exceptions, in_lake = tuple(known), cache(lambda table: _columns(lake, table))
    judgeable = [rule for rule in rules if all(in_lake(item.table) >= set(item.columns) for item in rule.reads)]
    return [
        evaluate(rule, season, [_rows(lake, item, season) for item in rule.reads], exceptions)
        for season in sorted(seasons)
        for rule in judgeable
    ]


def check_new(lake: Lake, table: Table, season: int, rows: pl.DataFrame, as_of: date | None = None) -> list[RuleResult]:
    """What the rules about a gold table find in rows that are to be published, beside the other tables of the lake.

    Args:
        as_of: judge beside the lake as it was on the morning of this date, as the rows were made.
    """

    def own(item: Reads) -> bool:
        return item.table.qualified == table.qualified

    def judgeable(rule: Rule) -> bool:
        others = [item for item in rule.reads if not own(item)]
        return len(others) < len(rule.reads) and all(_columns(lake, i.table) >= set(i.columns) for i in others)

    def frame(item: Reads) -> pl.LazyFrame:
        return rows.lazy().select(item.columns) if own(item) else _rows(lake, item, season, as_of)

    return [evaluate(rule, season, map(frame, rule.reads)) for rule in GOLD_RULES if judgeable(rule)]


def _columns(lake: Lake, table: Table) -> set[str]:
    """Columns that a table has in the lake; none when it is not there, fewer than today's when it is older."""
    found = lake.iceberg(table.qualified)
    return {field.name for field in found.schema().fields} if found else set()


def _rows(lake: Lake, reads: Reads, season: int, as_of: date | None = None) -> pl.LazyFrame:
    """The columns of a table in its seasons; all of a table that knows no season."""
    rows = lake.scan(reads.table.qualified)
    if (column := reads.table.season_column) is not None:
        first, last = (season + distance for distance in reads.seasons)
        rows = rows.filter(pl.col(column).is_between(first, last))
    return (rows if as_of is None else known_before(rows, reads.table, as_of)).select(reads.columns)


def seasons_of(lake: Lake, table: Table = FCT_GAMES) -> list[int]:
    """Seasons that a lake has games of."""
    keys = (PartitionKey.parse(name) for name in lake.inputs(table))
    return sorted({key.season for key in keys if key.season is not None})
