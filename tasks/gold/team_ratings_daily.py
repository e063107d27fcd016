"""gold.team_ratings_daily: ratings of every team as of every morning of a season."""

from __future__ import annotations

from datetime import date

import polars as pl

from tasks.gold._games import model_games, today, without_garbage_time
from tasks.gold._preseason import preseason_of
from tasks.gold.ratings import daily


def team_ratings_daily(
    games: pl.LazyFrame,
    boxes: pl.LazyFrame,
    members: pl.LazyFrame,
    possessions: pl.LazyFrame,
    from_plays: pl.LazyFrame,
    *before: pl.LazyFrame,
    season: int,
) -> pl.LazyFrame:
    """Ratings of the Division I teams of a season. Earlier seasons are the prior; later results are not used.

    Mornings run from the first game day to the day after the last result. A season that has not begun has one morning,
    with the expectation from earlier seasons. Ratings without garbage time start on the morning after the season's
    first game with usable plays; before it they would be the same.

    before: rosters, player boxes and recruiting classes, for what was known before the season.
    """
    whole = model_games(games, boxes, members, possessions)
    played = without_garbage_time(whole, from_plays)
    days, expected = mornings(whole.filter(season=season)), preseason_of(whole, before, season)
    first = played.filter(pl.col("is_from_plays"), season=season)["game_date"].min()
    rated = [_variant(whole, season, days, expected, "all")]
    if isinstance(first, date):
        rated.append(_variant(played, season, [day for day in days if day > first], expected, "no_garbage_time"))
    return pl.concat(rated).lazy()


def _variant(games: pl.DataFrame, season: int, days: list[date], preseason: pl.DataFrame, variant: str) -> pl.DataFrame:
    rated = daily(games, season, days, preseason=preseason).filter("is_division_i")
    return rated.rename({"possessions": "rated_possessions"}).with_columns(variant=pl.lit(variant))


def mornings(games: pl.DataFrame) -> list[date]:
    """Every calendar day from the first game to the morning after the last result."""
    first, last = games["game_date"].min(), today(games)
    if not isinstance(first, date):
        return []
    return pl.date_range(first, max(first, last or first), "1d", eager=True).to_list()
