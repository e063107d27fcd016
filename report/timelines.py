"""Score and win probability of games by minute, from their plays."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from tasks.pbp.game_clock import HALF, OVERTIME, SECONDS_OF_PERIOD, elapsed

MINUTE = 60  # seconds
PLAYS = ("play_id", "game_id", "period", "seconds_remaining", "home_score", "away_score")
CHANCES = ("play_id", "play_number", "model_home_win_probability")


def by_minute(plays: pl.LazyFrame, chances: pl.LazyFrame | None) -> pl.DataFrame:
    """The state of each game at the end of each minute with a play. Minutes count from tip-off, overtimes included.

    Args:
        plays: `silver.fct_plays` of games whose plays are usable, with the columns of PLAYS.
        chances: `silver.fct_play_win_probability` with the columns of CHANCES; None where the lake lacks it.

    Returns:
        game_id, minute (from 1), home and away (points), chance (of the home team, 0-1; null where it is not known), in
        the order of game and minute.
    """
    found = plays.filter(pl.col("seconds_remaining").is_between(0, SECONDS_OF_PERIOD))
    if chances is None:
        found = found.with_columns(play_number=pl.lit(None, pl.Int64), chance=pl.lit(None, pl.Float64))
    else:
        known = chances.filter(pl.col("model_home_win_probability").is_not_null())
        found = found.join(known.rename({"model_home_win_probability": "chance"}), "play_id", "left")
    played = elapsed(pl.col("period"), pl.col("seconds_remaining"))
    minute = (played / MINUTE).ceil().clip(1).cast(pl.Int64).alias("minute")
    points = pl.col("home_score", "away_score").max().name.map(lambda name: name.removesuffix("_score"))
    newest = pl.col("chance").sort_by("play_number", nulls_last=False).last()
    states = found.group_by("game_id", minute).agg(points, newest).sort("game_id", "minute")
    return states.with_columns(pl.col("home", "away").cum_max().over("game_id")).collect()


def period_ends(periods: int) -> list[int]:
    """Minutes at which periods end: two halves, then overtimes."""
    return [(HALF * min(n, 2) + OVERTIME * max(n - 2, 0)) // MINUTE for n in range(1, periods + 1)]


def steps(minutes: Iterable[int], values: Iterable[int], start: int = 0) -> str:
    """Changes of a value in each minute from the first one, with blanks between them: `2 0 -1`.

    A minute without a value has no change; after the last change nothing follows.

    Args:
        minutes: in ascending order, from 1.
        values: at the end of these minutes.
        start: value at tip-off.
    """
    known = dict(zip(minutes, values, strict=True))
    found: list[int] = []
    value = start
    for minute in range(1, max(known, default=0) + 1):
        found.append(known.get(minute, value) - value)
        value += found[-1]
    while found and found[-1] == 0:
        found.pop()
    return " ".join(map(str, found))
