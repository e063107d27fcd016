"""A maker with an error, for the test of what happens to its rows."""

from __future__ import annotations

from typing import Any

import polars as pl

from tasks.gold.team_ratings_daily import team_ratings_daily


def off_centre(*frames: pl.LazyFrame, season: int, **options: Any) -> pl.LazyFrame:
    """Ratings whose mean is not 0."""
    return team_ratings_daily(*frames, season=season, **options).with_columns(
        net=pl.col("net") + 1, adjusted_offence=pl.col("adjusted_offence") + 1
    )


def without_schedule(*inputs: pl.LazyFrame, season: int) -> pl.LazyFrame:
    """As where the join with the opponents finds nobody."""
    rows = team_ratings_daily(*inputs, season=season)
    return rows.with_columns(strength_of_schedule=pl.lit(None, dtype=pl.Float64))
