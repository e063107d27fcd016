"""gold.game_predictions: what was to be expected of every game on its morning."""

from __future__ import annotations

import polars as pl

from tasks.gold._games import model_games, today
from tasks.gold._preseason import preseason_of
from tasks.gold.model.games import UNPLACED
from tasks.gold.ratings import walk_forward

KNOWN_BEFORE = (*UNPLACED, "season_over")  # flags that do not tell how the game ended


def game_predictions(
    games: pl.LazyFrame,
    boxes: pl.LazyFrame,
    members: pl.LazyFrame,
    possessions: pl.LazyFrame,
    *before: pl.LazyFrame,
    season: int,
) -> pl.LazyFrame:
    """Forecasts of a season's games from games of earlier dates, those of earlier seasons included.

    Rosters, player boxes and recruiting tell what was known `before` the season.

    `as_of_date` is the morning of the game, or that after the last result where the game is later: then the forecast is
    what was known today, and will move until its day.
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
