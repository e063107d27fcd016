"""gold.team_ratings_daily: how good every team is, as of every morning of a season."""

from __future__ import annotations

from datetime import date

import polars as pl

from tasks.gold.games import model_games, today
from tasks.gold.ratings import daily


def team_ratings_daily(games: pl.LazyFrame, boxes: pl.LazyFrame, members: pl.LazyFrame, *, season: int) -> pl.LazyFrame:
    """Ratings of the Division I teams of a season; earlier seasons are the prior, later results are not there.

    Mornings run from the first game day to the day after the last result: a season that has not begun has one, with
    what earlier seasons let expect.
    """
    frame = model_games(games, boxes, members)
    rated = daily(frame, season, mornings(frame.filter(season=season))).filter("is_division_i")
    return rated.rename({"possessions": "rated_possessions"}).with_columns(variant=pl.lit("all")).lazy()


def mornings(games: pl.DataFrame) -> list[date]:
    """Every calendar day from the first game on, as far as results go."""
    first, last = games["game_date"].min(), today(games)
    if not isinstance(first, date):
        return []
    return pl.date_range(first, max(first, last or first), "1d", eager=True).to_list()
