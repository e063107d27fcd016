"""gold.team_ratings_daily: ratings of every team as of every morning of a season."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import cast

import polars as pl

from quality.contracts.gold_ratings import DESCRIPTIVE, MARKET, PREDICTIVE, WITHOUT_GARBAGE
from tasks.gold._games import model_games, today, without_garbage_time
from tasks.gold._lines import closing_lines, first_taught
from tasks.gold.preseason import preseason_of
from tasks.gold.ratings import Variant, daily, daily_and_forecasts


def team_ratings_daily(
    games: pl.LazyFrame,
    boxes: pl.LazyFrame,
    members: pl.LazyFrame,
    possessions: pl.LazyFrame,
    from_plays: pl.LazyFrame,
    lines: pl.LazyFrame | None = None,
    *before: pl.LazyFrame,
    season: int,
) -> pl.LazyFrame:
    """Ratings of the Division I teams of a season. Earlier seasons are the prior; later results are not used.

    Mornings run from the first game day to the day after the last result. A season that has not begun has one morning,
    with the expectation from earlier seasons. Ratings without garbage time start on the morning after the season's
    first game with usable plays, and those with lines on the morning after the first game with a line; before it they
    would be the same.

    before: rosters, player boxes and recruiting classes, for what was known before the season.
    """
    whole = model_games(games, boxes, members, possessions)
    played = without_garbage_time(whole, from_plays)
    days, expected = mornings(whole.filter(season=season)), preseason_of(whole, before, season)
    rate = partial(_variant, season=season, preseason=expected)
    table, forecasts = daily_and_forecasts(whole, season, days, preseason=expected)
    rated = [_published(table, PREDICTIVE), rate(whole, days, DESCRIPTIVE)]
    if lines is not None:
        closing = closing_lines(lines, whole.select("season").with_columns(forecasts))
        first = first_taught(whole, closing)
        if after := [day for day in days if first is not None and day > first]:
            rated.append(rate(whole, after, MARKET, lines=closing))
    usable = played.filter(pl.col("is_from_plays"), season=season)["game_date"].min()
    if isinstance(usable, date):
        rated += [rate(played, [day for day in days if day > usable], name) for name in WITHOUT_GARBAGE]
    named = members.filter(season=season).select("team_id", team="school").unique("team_id")
    rows = pl.concat(rated).lazy().join(named, on="team_id", how="left", maintain_order="left")
    return rows.with_columns(pl.col("team").fill_null(pl.concat_str(pl.lit("team "), "team_id")))


def _variant(
    games: pl.DataFrame,
    days: list[date],
    name: str,
    *,
    season: int,
    preseason: pl.DataFrame,
    lines: pl.DataFrame | None = None,
) -> pl.DataFrame:
    variant = cast(Variant, name.removesuffix("_no_garbage_time"))
    return _published(daily(games, season, days, preseason=preseason, lines=lines, variant=variant), name)


def _published(rated: pl.DataFrame, name: str) -> pl.DataFrame:
    members = rated.filter("is_division_i").rename({"possessions": "rated_possessions"})
    return members.with_columns(variant=pl.lit(name))


def mornings(games: pl.DataFrame) -> list[date]:
    """Every calendar day from the first game to the morning after the last result."""
    first, last = games["game_date"].min(), today(games)
    if not isinstance(first, date):
        return []
    return pl.date_range(first, max(first, last or first), "1d", eager=True).to_list()
