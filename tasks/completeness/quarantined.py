"""Games of the schedule that are in quarantine: details are planned for them too, from their id and date.

A defect in the schedule, such as a missing team name, must not cost a game its plays and box scores.
"""

from __future__ import annotations

import polars as pl

from quality.contracts.games import FCT_GAMES, GAMES
from quality.contracts.ops import QUARANTINE
from tasks.lake.lake import Lake
from tasks.requests import season_bounds

TABLES = (GAMES.bronze, FCT_GAMES.qualified)
TEXT = r'"(?:%s)"\s*:\s*"([^"]*)"'  # of a string in a record, which may be truncated, so it is not parsed as JSON
NUMBER = r'^\{(?:.*?,)?\s*"(?:game_id|id)"\s*:\s*"?(\d+)'


def quarantined_games(lake: Lake, season: int | None) -> pl.DataFrame:
    """Rejected rows of the schedule of a season: game_id, start_at, status, rule, column_name, value, record.

    `game_id` and `start_at` are null where they cannot be read, or the date is not in the season. A game that is also
    in fct_games is left out.
    """
    if season is None or lake.iceberg(QUARANTINE.qualified) is None:
        return _columns(pl.LazyFrame(schema={column.name: column.dtype for column in QUARANTINE.columns})).collect()
    rows = lake.scan(QUARANTINE.qualified).filter(
        pl.col("table_name").is_in(TABLES), pl.col("partition") == f"season={season}"
    )
    found, (first, last) = _columns(rows).collect(), season_bounds(season)
    start = pl.when(pl.col("start_at").is_between(first, last)).then("start_at")
    found = found.with_columns(start.alias("start_at"))
    if lake.iceberg(FCT_GAMES.qualified) is None:
        return found
    known = lake.scan(FCT_GAMES.qualified).filter(pl.col("season") == season).select("game_id").collect()
    return found.join(known, on="game_id", how="anti").unique(["game_id", "record"], maintain_order=True)


def _columns(rows: pl.LazyFrame) -> pl.LazyFrame:
    record = pl.col("record")
    start = record.str.extract(TEXT % "start_at|startDate")
    return rows.select(
        record.str.extract(NUMBER).cast(pl.Int64, strict=False).alias("game_id"),
        start.str.to_datetime(time_unit="us", time_zone="UTC", strict=False).alias("start_at"),
        record.str.extract(TEXT % "status").alias("status"),
        "rule",
        "column_name",
        "value",
        "record",
    )
