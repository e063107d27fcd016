"""Rules about win probabilities: they end with the result, and are not far from the API's own."""

from __future__ import annotations

import polars as pl

from quality.contracts.games import FCT_GAMES
from quality.contracts.possessions import FCT_GAME_PBP
from quality.contracts.win_probability import FCT_PLAY_WIN_PROBABILITY
from quality.rules.base import HOLDS, Reads, Rule

FAR = 0.15  # mean absolute difference over a game


def last_probability_is_the_result(plays: pl.LazyFrame, games: pl.LazyFrame) -> pl.LazyFrame:
    """The last win probability of a finished game is 1 if the home team won, otherwise 0."""
    known = plays.filter(pl.col("model_home_win_probability").is_not_null())
    latest = pl.col("model_home_win_probability").max_by("play_number")
    last = known.group_by("game_id").agg(latest.alias("last_win_probability"))
    compared = last.join(games.filter("has_result").drop("has_result"), on="game_id")
    won = (pl.col("home_points") > pl.col("away_points")).cast(pl.Float64)
    return compared.with_columns((pl.col("last_win_probability") == won).alias(HOLDS))


def near_the_apis(game_pbp: pl.LazyFrame) -> pl.LazyFrame:
    """The mean absolute difference between our win probability and the API's is small in every game with both."""
    both = game_pbp.filter(pl.col("win_probability_difference").is_not_null())
    difference = pl.col("win_probability_difference")
    return both.select("game_id", "pregame_source", difference, (difference <= FAR).alias(HOLDS))


WIN_PROBABILITY_RULES = (
    Rule(
        name="last_probability_is_the_result",
        description="The last win probability of a finished game is 1 if the home team won, otherwise 0.",
        per="game with win probabilities",
        reads=(
            Reads(FCT_PLAY_WIN_PROBABILITY, ("game_id", "play_number", "model_home_win_probability")),
            Reads(FCT_GAMES, ("game_id", "has_result", "home_points", "away_points")),
        ),
        judge=last_probability_is_the_result,
    ),
    Rule(
        name="win_probability_is_near_the_apis",
        description=f"Our win probability differs from the API's by at most {FAR:g}, on average over a game.",
        per="game with win probabilities of both",
        reads=(Reads(FCT_GAME_PBP, ("game_id", "pregame_source", "win_probability_difference")),),
        judge=near_the_apis,
        severity="warn",
        allowed=0.1,
    ),
)
