"""Rules about possessions: games whose plays cannot be used are told, each with its reasons."""

from __future__ import annotations

import polars as pl

from quality.contracts.possessions import FCT_GAME_PBP
from quality.rules.base import HOLDS, Reads, Rule


def plays_make_a_game(game_pbp: pl.LazyFrame) -> pl.LazyFrame:
    """The plays of a finished game pass every check; the reasons are those of silver.fct_game_pbp."""
    played = game_pbp.filter((pl.col("recorded_plays") > 0) & (pl.col("pbp_flag") != "not_final"))
    return played.select("game_id", pl.col("pbp_reasons").alias("reasons"), pl.col("is_pbp_usable").alias(HOLDS))


POSSESSION_RULES = (
    Rule(
        name="plays_make_possessions",
        description=(
            "The plays of a finished game sum to its score, give both teams the same number of possessions (within one "
            "per period), and agree with the box score."
        ),
        per="game with plays",
        reads=(Reads(FCT_GAME_PBP, ("game_id", "recorded_plays", "is_pbp_usable", "pbp_flag", "pbp_reasons")),),
        judge=plays_make_a_game,
        severity="warn",
        allowed=0.1,
    ),
)
