"""Evaluates the rules across tables on a lake, season by season."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache

import polars as pl

from quality.contracts.games import FCT_GAMES
from quality.dataset import Table
from quality.point_in_time import known_before
from quality.rules import GOLD_RULES, KNOWN_SEASONS, RULES, KnownSeason, Reads, Rule, RuleResult, evaluate, judged_by
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake


def check_rules(
    lake: Lake,
    seasons: Iterable[int],
    rules: Iterable[Rule] = RULES,
    known: Iterable[KnownSeason] = KNOWN_SEASONS,
) -> list[RuleResult]:
    """Results of each rule and season, for the rules whose tables and columns the lake has.

    Only one rule is in memory at a time, with the columns that it reads.
    """
    exceptions, in_lake = tuple(known), cache(lambda table: _columns(lake, table))
    judgeable = [rule for rule in rules if all(in_lake(item.table) >= set(item.columns) for item in rule.reads)]
    return [
        evaluate(rule, season, [_rows(lake, item, season) for item in rule.reads], exceptions)
        for season in sorted(seasons)
        for rule in judgeable
    ]


def violations(lake: Lake, season: int, rules: Iterable[Rule]) -> Iterator[tuple[Rule, pl.DataFrame]]:
    """All cases of a season that break a rule, for the rules whose tables and columns the lake has."""
    for rule in rules:
        if all(_columns(lake, item.table) >= set(item.columns) for item in rule.reads):
            yield rule, judged_by(rule, [_rows(lake, item, season) for item in rule.reads])[1]


def check_new(lake: Lake, table: Table, season: int, rows: pl.DataFrame, as_of: date | None = None) -> list[RuleResult]:
    """Results of the rules about a gold table, for rows to be published, with the other tables as they are in the lake.

    Args:
        as_of: use the other tables as of the morning of this date, as for the rows.
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
    """Columns of a table in the lake; none if it does not exist, fewer than in the contract if it is older."""
    found = lake.iceberg(table.qualified)
    return {field.name for field in found.schema().fields} if found else set()


def _rows(lake: Lake, reads: Reads, season: int, as_of: date | None = None) -> pl.LazyFrame:
    """The rule's columns of a table in the rule's seasons; all rows of a table without seasons."""
    rows = lake.scan(reads.table.qualified)
    if (column := reads.table.season_column) is not None:
        first, last = (season + distance for distance in reads.seasons)
        rows = rows.filter(pl.col(column).is_between(first, last))
    return (rows if as_of is None else known_before(rows, reads.table, as_of)).select(reads.columns)


def seasons_of(lake: Lake, table: Table = FCT_GAMES) -> list[int]:
    """Seasons for which a lake has games."""
    keys = (PartitionKey.parse(name) for name in lake.inputs(table))
    return sorted({key.season for key in keys if key.season is not None})
