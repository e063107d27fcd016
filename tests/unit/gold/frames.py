"""Gold made from frames alone: a finished sandbox season in silver, and every gold table of it, judged as before a
publication."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from quality.contracts.lines import FCT_LINES
from quality.dataset import Input, Table, registry
from quality.rules import GOLD_RULES, Reads, RuleResult, evaluate
from quality.validate import check
from tasks.lake.iceberg import PartitionKey
from tasks.layers.derive import maker
from tests.support.engine import SEASON, ingest, open_lake, sandbox_settings

Frames = dict[str, pl.LazyFrame]
GOLD = registry().derived("gold")
THIS = ("team_seasons", "games", "game_teams", "game_players", "lines", "rosters", "stats_player_season", "rankings")
CAPTURED = ("ratings_adjusted", "ratings_srs", "ratings_elo")
LAST = (
    "team_seasons",
    "games",
    "game_players",
    "rosters",
    "recruiting_players",
    "recruiting_teams",
    "recruiting_portal",
)
AFTER = datetime(2025, 5, 1, tzinfo=UTC)


def silver_of(folder: Path) -> Frames:
    """Silver of a finished season and the one before; lines fetched on the eve of the game, snapshots of January."""
    january = sandbox_settings(folder, datetime(2025, 1, 10, 12, tzinfo=UTC))
    ingest(january, *CAPTURED)
    settings = sandbox_settings(folder, AFTER)
    ingest(settings, *LAST, season=SEASON - 1)
    ingest(settings, *THIS)
    lake, frames = open_lake(settings), Frames()
    for table in registry().tables.values():
        if table.layer == "silver":
            there = lake.iceberg(table.qualified) is not None
            schema = {column.name: column.dtype for column in table.columns}
            rows = lake.scan(table.qualified).collect() if there else pl.DataFrame(schema=schema)
            frames[table.qualified] = rows.lazy()
    # The sandbox has SRS once the season is over; a column that is null throughout would prove nothing.
    srs = frames["silver.fct_ratings_elo"].with_columns(rating=(pl.col("elo") - 1500) / 25)
    frames["silver.fct_ratings_srs"] = srs.select(list(registry().tables["silver.fct_ratings_srs"].by_name))
    eve = pl.col("start_at") - pl.duration(days=1)
    frames[FCT_LINES.qualified] = frames[FCT_LINES.qualified].with_columns(fetched_at=eve)
    return frames


def built(silver: Frames, *wanted: Table) -> dict[str, pl.DataFrame]:
    """Gold tables of the season from silver, each with those that it is made from, sorted by key."""
    names, frames = {table.qualified for table in wanted}, dict(silver)
    for table in reversed(GOLD):
        if table.qualified in names and table.derivation is not None:
            names |= {other.qualified for other in table.derivation.tables}
    for table in GOLD:
        if table.qualified in names and table.derivation is not None:
            inputs = [_of_season(frames, Reads(item.table, tuple(item.schema), seasons=_seasons(item)))
                      for item in table.derivation.inputs]  # fmt: skip
            rows = maker(table, PartitionKey(SEASON))(*inputs).select(list(table.by_name)).collect()
            frames[table.qualified] = rows.lazy()
    return {table.qualified: frames[table.qualified].sort(table.key).collect() for table in wanted}


def _seasons(item: Input) -> tuple[int, int]:
    return -99 if item.history else 0, int(item.ahead)


def _of_season(frames: Frames, item: Reads) -> pl.LazyFrame:
    rows, season = frames[item.table.qualified], item.table.season_column
    if season is not None:
        first, last = (SEASON + distance for distance in item.seasons)
        rows = rows.filter(pl.col(season).is_between(first, last))
    return rows.select(item.columns)


def broken(silver: Frames, gold: dict[str, pl.DataFrame]) -> list[str]:
    """What would keep these tables from being published: rows against the contract, rules and null limits."""
    frames = silver | {name: rows.lazy() for name, rows in gold.items()}
    found = []
    for name, rows in gold.items():
        checked: Any = check(rows, registry().tables[name])
        found += [f"{name}: {dict(checked.report.by_rule)}"] if checked.quarantined.height else []
    return found + [str(result) for result in _judged(frames, gold) if not result.passed]


def _judged(frames: Frames, gold: Iterable[str]) -> list[RuleResult]:
    mine = [rule for rule in GOLD_RULES if rule.reads[0].table.qualified in set(gold)]
    return [evaluate(rule, SEASON, map(partial(_of_season, frames), rule.reads)) for rule in mine]


def not_finite(gold: dict[str, pl.DataFrame]) -> list[str]:
    """Every float column of every table that has a NaN or an infinity."""
    return [
        f"{name}.{column}"
        for name, rows in gold.items()
        for column in rows.select(pl.col(pl.Float64)).columns
        if not rows[column].drop_nulls().is_finite().all()
    ]
