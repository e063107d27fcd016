"""What is known of teams before the first game of a season."""

from __future__ import annotations

import polars as pl

from cbbd_etl._frames import GAMES, chosen
from cbbd_etl._lake import Place, open_lake
from quality.contracts.gold_ratings import PRESEASON
from quality.dataset import Input
from tasks.gold.preseason import preseason_of
from tasks.lake.damage import explaining
from tasks.lake.lake import Lake


def preseason(season: int | None = None, *, as_known_now: bool = False, lake: Place = None) -> pl.DataFrame:
    """What of last season's minutes and production is back, comes by transfer, and how the class is rated, by team.

    Args:
        season: by the year it ends in; default: the newest one.
        as_known_now: also from rosters and classes that were fetched after the first game of the season. They may
            differ from those of October, so this is for research on backfilled seasons, not for features: a forecast
            with them knows a little of the future.
        lake: folder or `s3://bucket/prefix`.

    Returns:
        One row per season (this one and earlier ones) and team: season, team_id, returning_minutes_pct,
        returning_production_pct (shares, 0-1), transfer_minutes, transfer_production, recruiting_class_rating, and
        is_as_known_now, which is `as_known_now`. All but the last are what `preseason` of the ratings takes.

    Raises:
        BadInput: when the lake has no games of the season.
    """
    opened = open_lake(lake)
    with explaining(opened):
        season = chosen(opened, season)
        games = opened.scan(GAMES).select("season", "game_date").unique().collect()
        inputs = tuple(_rows(opened, item) for item in PRESEASON)
        found = preseason_of(games, inputs, season, as_known_now=as_known_now)
        return found.with_columns(is_as_known_now=pl.lit(as_known_now))


def _rows(lake: Lake, item: Input) -> pl.LazyFrame:
    if lake.iceberg(item.table.qualified) is None:
        return pl.LazyFrame(schema=item.schema)
    return lake.scan(item.table.qualified).select(list(item.schema))
