"""gold.game_predictions: the forecasts of every game on its morning, from results alone and also from earlier lines."""

from __future__ import annotations

import polars as pl

from quality.contracts.gold_ratings import MARKET, PREDICTIVE
from tasks.gold._games import model_games, today
from tasks.gold._lines import closing_lines, first_taught
from tasks.gold.model.games import UNPLACED
from tasks.gold.preseason import preseason_of
from tasks.gold.ratings import walk_forward

KNOWN_BEFORE = (*UNPLACED, "season_over")  # flags that do not depend on the result


def game_predictions(
    games: pl.LazyFrame,
    boxes: pl.LazyFrame,
    members: pl.LazyFrame,
    possessions: pl.LazyFrame,
    lines: pl.LazyFrame | None = None,
    *before: pl.LazyFrame,
    season: int,
) -> pl.LazyFrame:
    """Forecasts of a season's games, from games on earlier dates, including earlier seasons.

    lines: betting lines of games; without them there is only the variant `predictive`. Forecasts with lines start the
    day after the first game with a line; before, they would be the same. before: rosters, player boxes and recruiting
    classes, for what was known before the season.

    `as_of_date` is the morning of the game. For future games it is the morning after the last result:
    that forecast uses what is known today and will change until the day of the game.
    """
    frame = model_games(games, boxes, members, possessions)
    expected = preseason_of(frame, before, season)
    pure = _rows(frame, walk_forward(frame, preseason=expected), PREDICTIVE)
    variants = [pure.filter(season=season)]
    if lines is not None:
        closing = closing_lines(lines, pure)
        if (first := first_taught(frame, closing)) is not None:
            informed = walk_forward(frame, preseason=expected, lines=closing)
            rows = _rows(frame, informed, MARKET).filter(season=season)
            variants.append(rows.filter(pl.col("game_date") > first))
    named = games.filter(season=season).select("game_id", "home_team", "away_team")
    return pl.concat(variants).lazy().join(named, on="game_id", how="left", maintain_order="left")


def _rows(games: pl.DataFrame, forecasts: pl.DataFrame, variant: str) -> pl.DataFrame:
    """Games beside their forecasts, with the morning of each and a flag that does not depend on the result."""
    morning = pl.col("game_date")
    if (known := today(games)) is not None:
        morning = pl.min_horizontal(morning, pl.lit(known))
    flag = pl.when(pl.col("flag").is_in(KNOWN_BEFORE)).then("flag").otherwise(pl.lit("ok"))
    sides = [pl.col(f"{side}_team_id").fill_null(-1) for side in ("home", "away")]
    rows = pl.concat([games, forecasts.drop("game_id")], how="horizontal")
    return rows.with_columns(*sides, as_of_date=morning, flag=flag, variant=pl.lit(variant))
