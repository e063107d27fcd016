"""Rules about betting lines."""

from __future__ import annotations

import polars as pl

from quality.contracts.lines import FCT_LINES, IS_SPREAD_SIGN_SUSPECT
from quality.rules.base import HOLDS, Reads, Rule

SUSPECT = IS_SPREAD_SIGN_SUSPECT.column.name
QUOTES = ("spread", "home_moneyline", "away_moneyline")


def signs_agree(lines: pl.LazyFrame) -> pl.LazyFrame:
    """Spread and moneylines favour the same team, if both are known."""
    judged = lines.drop_nulls(SUSPECT)
    return judged.select("game_id", "provider", *QUOTES, (~pl.col(SUSPECT)).alias(HOLDS))


LINE_RULES = (
    Rule(
        name="spread_agrees_with_moneylines",
        description="Spread and moneylines of a row favour the same team; the API reverses the sign of some spreads.",
        per="line with both",
        reads=(Reads(FCT_LINES, ("game_id", "provider", *QUOTES, SUSPECT)),),
        judge=signs_agree,
        severity="warn",
        allowed=0.01,
    ),
)
