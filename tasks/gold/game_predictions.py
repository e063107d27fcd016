"""gold.game_predictions: the forecast of every game on its morning."""

from __future__ import annotations

import polars as pl

from tasks.gold._games import model_games, today
from tasks.gold._preseason import preseason_of
from tasks.gold.model.games import UNPLACED
from tasks.gold.ratings import walk_forward

KNOWN_BEFORE = (*UNPLACED, "season_over")  # flags that do not depend on the result


def game_predictions(
    games: pl.LazyFrame,
    boxes: pl.LazyFrame,
    members: pl.LazyFrame,
    possessions: pl.LazyFrame,
    *before: pl.LazyFrame,
    season: int,
) -> pl.LazyFrame:
    """Forecasts of a season's games, from games on earlier dates, including earlier seasons.

    before: rosters, player boxes and recruiting classes, for what was known before the season.

    `as_of_date` is the morning of the game. For future games it is the morning after the last result:
    that forecast uses what is known today and will change until the day of the game.
    """
    frame = model_games(games, boxes, members, possessions)
    morning = pl.col("game_date")
    if (known := today(frame)) is not None:
        morning = pl.min_horizontal(morning, pl.lit(known))
    forecasts = walk_forward(frame, preseason=preseason_of(frame, before, season)).drop("game_id")
    flag = pl.when(pl.col("flag").is_in(KNOWN_BEFORE)).then("flag").otherwise(pl.lit("ok"))
    sides = [pl.col(f"{side}_team_id").fill_null(-1) for side in ("home", "away")]
    rows = pl.concat([frame, forecasts], how="horizontal").filter(season=season)
    return rows.with_columns(*sides, as_of_date=morning, flag=flag).lazy()
