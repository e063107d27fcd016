"""Evaluates the rules across tables on a lake, season by season."""

from __future__ import annotations

from collections import defaultdict
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

    Only one rule is in memory at a time, with the columns that it reads, or with one row per game. A table of which
    several rules need aggregates per game is read once for all of them.
    """
    exceptions, in_lake = tuple(known), cache(lambda table: _columns(lake, table))
    judgeable = [rule for rule in rules if all(in_lake(item.table) >= set(item.columns) for item in rule.reads)]
    found = []
    for season in sorted(seasons):
        per_game = _per_game(lake, season, judgeable)
        for rule in judgeable:
            frames = [per_game.get((rule.name, item)) for item in rule.reads]
            read = (item.of(_rows(lake, item, season)) for item in rule.reads)
            given = [other if frame is None else frame for frame, other in zip(frames, read, strict=True)]
            found.append(evaluate(rule, season, given, exceptions, reduced=True))
    return found


def _per_game(lake: Lake, season: int, rules: Iterable[Rule]) -> dict[tuple[str, Reads], pl.LazyFrame]:
    """What rules judge of the tables that several of them need by game, by rule: from one scan of each table."""
    reading = defaultdict[tuple[str, tuple[int, int]], list[tuple[str, Reads]]](list)
    for rule in rules:
        for item in rule.reads:
            if item.per_game:
                reading[item.table.qualified, item.seasons].append((rule.name, item))
    made: dict[tuple[str, Reads], pl.LazyFrame] = {}
    for wanted in reading.values():
        if len(wanted) > 1:
            made |= _of_one_scan(lake, season, wanted)
    return made


def _of_one_scan(lake: Lake, season: int, wanted: list[tuple[str, Reads]]) -> dict[tuple[str, Reads], pl.LazyFrame]:
    first = wanted[0][1]
    columns = dict.fromkeys(name for _, item in wanted for name in item.columns)
    every = {f"{rule} {name}": expr for rule, item in wanted for name, expr in item.per_game.items()}
    scan = Reads(first.table, tuple(columns), first.seasons, every)
    games = scan.of(_rows(lake, scan, season)).collect(engine="streaming").lazy()
    return {
        (rule, item): games.select("game_id", **{name: pl.col(f"{rule} {name}") for name in item.per_game})
        for rule, item in wanted
    }


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
        rows = rows.filter(pl.col(column) == first if first == last else pl.col(column).is_between(first, last))
    return (rows if as_of is None else known_before(rows, reads.table, as_of)).select(reads.columns)


def seasons_of(lake: Lake, table: Table = FCT_GAMES) -> list[int]:
    """Seasons for which a lake has games."""
    keys = (PartitionKey.parse(name) for name in lake.inputs(table))
    return sorted({key.season for key in keys if key.season is not None})
