"""The best teams of a season, for people who look at a run and not at the lake."""

from __future__ import annotations

from typing import Any

import polars as pl

from quality.contracts.gold_teams import TEAM_POWER_RANKINGS
from tasks.lake.lake import Lake

TEAMS = 25


def top_teams(lake: Lake, season: int, count: int = TEAMS) -> list[dict[str, Any]]:
    """Rows of gold.team_power_rankings on the newest morning of a season, the best team first.

    Returns:
        At most `count` rows of rank, team, conference, net (points per 100 possessions), power_score (standard
        deviations) and morning (`YYYY-MM-DD`); none where the lake has no rankings of the season.
    """
    name = TEAM_POWER_RANKINGS.qualified
    if lake.iceberg(name) is None:
        return []
    rows = lake.scan(name).filter(pl.col("season") == season)
    newest = rows.filter(pl.col("as_of_date") == pl.col("as_of_date").max(), pl.col("power_rank") <= count)
    shown = newest.sort("power_rank").select(
        pl.col("power_rank").alias("rank"),
        *("team", "conference"),
        pl.col("net", "power_score").round(2),
        pl.col("as_of_date").dt.to_string("%Y-%m-%d").alias("morning"),
    )
    return shown.collect().to_dicts()
