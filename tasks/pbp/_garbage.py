"""Garbage time: the last stretch of a game, after its outcome is decided. A game has one stretch or none.

A lead is safe when (lead - 3 + 0.5 if the leader has the ball, else - 0.5) squared is at least the seconds left: Bill
James, "The Lead Is Safe", Slate, 17 March 2008, made for college basketball. Garbage time starts with the first
possession after which the same team has a safe lead at the start of every possession until the end.
"""

from __future__ import annotations

import polars as pl

from tasks.pbp.game_clock import seconds_left

HEAD_START, WITH_THE_BALL = 3.0, 0.5


def is_safe(lead: pl.Expr, left: pl.Expr) -> pl.Expr:
    """Whether a lead is safe. lead: of the team with the ball, negative if it trails. left: seconds of the game."""
    margin = lead.abs() - HEAD_START + pl.when(lead > 0).then(WITH_THE_BALL).otherwise(-WITH_THE_BALL)
    return (margin > 0) & (margin**2 >= left)


def garbage_time(possessions: pl.DataFrame) -> pl.DataFrame:
    """Adds is_garbage_time to possessions that are in the order of play."""
    lead = pl.col("offence_score_before") - pl.col("defence_score_before")
    safe = is_safe(lead, seconds_left(pl.col("period"), pl.col("start_seconds_remaining")))
    leader = pl.when(safe).then(pl.when(lead > 0).then("offence_team_id").otherwise("defence_team_id"))
    # From the end backwards, as long as the same team has a safe lead.
    same = leader == leader.last().over("game_id")
    open_after = (~same.fill_null(value=False)).cum_max(reverse=True).over("game_id")
    return possessions.with_columns((~open_after).alias("is_garbage_time"))
