"""Rules about possessions: games with unusable plays are reported with the reasons."""

from __future__ import annotations

import polars as pl

from quality.contracts.possessions import FCT_GAME_PBP
from quality.rules.base import HOLDS, Reads, Rule


def plays_make_a_game(game_pbp: pl.LazyFrame) -> pl.LazyFrame:
    """The plays of a final game pass every check; silver.fct_game_pbp has the reasons if not."""
    played = game_pbp.filter((pl.col("recorded_plays") > 0) & (pl.col("pbp_flag") != "not_final"))
    return played.select("game_id", pl.col("pbp_reasons").alias("reasons"), pl.col("is_pbp_usable").alias(HOLDS))


POSSESSION_RULES = (
    Rule(
        name="plays_make_possessions",
        description=(
            "The plays of a final game add up to its score, give both teams the same number of possessions (within "
            "one per period), and agree with the box score."
        ),
        per="game with plays",
        reads=(Reads(FCT_GAME_PBP, ("game_id", "recorded_plays", "is_pbp_usable", "pbp_flag", "pbp_reasons")),),
        judge=plays_make_a_game,
        severity="warn",
        allowed=0.1,
    ),
)
