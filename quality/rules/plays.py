"""Rules about play-by-play: the plays agree with the result of the game."""

from __future__ import annotations

import polars as pl

from quality.contracts.games import FCT_GAMES
from quality.contracts.plays import FCT_PLAYS
from quality.rules.base import HOLDS, Reads, Rule

RESULT = ("game_id", "has_result", "home_points", "away_points")
LONGEST_PERIOD = 10_000  # seconds; longer than any period, so that periods sort before seconds
HIGHEST_SCORE = 1_000


# Moment and score as one number: streaming finds its maximum, so the plays of a season are never in memory.
MOMENT = (pl.col("period") * LONGEST_PERIOD - pl.col("seconds_remaining")) * HIGHEST_SCORE
LAST = {name: (MOMENT + pl.col(name)).max() for name in ("home_score", "away_score")}
SUM = {"plays": pl.col("score_value").filter(pl.col("scoring_play").fill_null(value=False)).sum()}


def last_play_is_the_score(last: pl.LazyFrame, games: pl.LazyFrame) -> pl.LazyFrame:
    """Running score at the last second of the plays = final score.

    Plays within one second have no order, so the highest score of the last second counts.

    Args:
        last: one row per game with the aggregates `LAST`.
    """
    last = last.with_columns(pl.col("home_score", "away_score") % HIGHEST_SCORE)
    compared = last.join(games.filter("has_result").drop("has_result"), on="game_id")
    equal = (pl.col("home_score") == pl.col("home_points")) & (pl.col("away_score") == pl.col("away_points"))
    return compared.with_columns(equal.alias(HOLDS))


def scoring_plays_add_up(summed: pl.LazyFrame, games: pl.LazyFrame) -> pl.LazyFrame:
    """Sum of the values of scoring plays = points of both teams.

    Both teams are added up because some games have the teams of their plays swapped.

    Args:
        summed: one row per game with the aggregates `SUM`.
    """
    score = (pl.col("home_points") + pl.col("away_points")).alias("score")
    compared = summed.join(games.filter("has_result").select("game_id", score), on="game_id")
    return compared.with_columns((pl.col("plays") == pl.col("score")).alias(HOLDS))


PLAY_RULES = (
    Rule(
        name="last_play_is_the_score",
        description="The running score after the last play equals the final score.",
        per="game with plays",
        reads=(
            Reads(FCT_PLAYS, ("game_id", "period", "seconds_remaining", "home_score", "away_score"), per_game=LAST),
            Reads(FCT_GAMES, RESULT),
        ),
        judge=last_play_is_the_score,
        allowed=0.02,
    ),
    Rule(
        name="scoring_plays_add_up_to_score",
        description="The values of the scoring plays sum to the points of both teams.",
        per="game with plays",
        reads=(Reads(FCT_PLAYS, ("game_id", "scoring_play", "score_value"), per_game=SUM), Reads(FCT_GAMES, RESULT)),
        judge=scoring_plays_add_up,
        severity="warn",
        allowed=0.05,
    ),
)
