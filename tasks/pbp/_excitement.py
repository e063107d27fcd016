"""What the win probability shows about a game: excitement, biggest swing, comeback, and how far the API's is away."""

from __future__ import annotations

import polars as pl

from tasks.pbp.states import OK
from tasks.pbp.win_probability import MODEL, TIP_OFF

ADDED, API = "home_win_probability_added", "api_home_win_probability"
PER = 40  # minutes
STEPS = 1e12  # a probability is counted in so many steps, so that a sum does not depend on its order
STEP = 1 / STEPS  # Polars divides one row by a number exactly, but several by its reciprocal: a product is always one


def excitement(plays: pl.LazyFrame, minutes: pl.LazyFrame) -> pl.LazyFrame:
    """One row per game with plays: the columns of `quality.contracts.win_probability.GAME_COLUMNS`.

    Excitement: sum of |change of win probability| over the plays, times 40 / minutes (L. Benz, "Game excitement index",
    R package ncaahoopR, 2019). Only games that ended have it, and what needs a winner.

    Args:
        plays: rows of silver.fct_play_win_probability with the columns that silver.fct_game_pbp reads.
        minutes: game_id, has_result, minutes (length of the game).
    """
    rows = plays.filter(pl.col("win_probability_flag") == OK).sort("game_id", "play_number", "play_id")
    probability, change = pl.col(MODEL), pl.col(ADDED).abs()
    tip_off = (probability.first() - pl.col(ADDED).first()).clip(0, 1)
    home_won = probability.last() == 1
    of_winner = pl.when(home_won).then(pl.min_horizontal(tip_off, probability.min())).otherwise(
        1 - pl.max_horizontal(tip_off, probability.max())
    )  # fmt: skip
    apart = (probability - pl.col(API)).abs()
    over = pl.col("has_result").fill_null(value=False)
    strength = _strength(plays)
    found = rows.group_by("game_id", maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("win_probability_plays"),
        tip_off.alias(TIP_OFF),
        _sum(change).alias("swings"),
        change.max().alias("biggest_swing"),
        pl.col("play_id").get(change.arg_max()).alias("biggest_swing_play_id"),
        of_winner.alias("winner_lowest_win_probability"),
        (_sum(apart) / apart.count()).fill_nan(None).alias("win_probability_difference"),
    )
    ended = ["biggest_swing", "biggest_swing_play_id", "winner_lowest_win_probability"]
    return strength.join(found, on="game_id", how="left").join(minutes, on="game_id", how="left").with_columns(
        pl.when(over).then(pl.col("swings") * PER / pl.col("minutes")).alias("excitement_index"),
        *(pl.when(over).then(name).alias(name) for name in ended),
    ).drop("swings", "has_result", "minutes")  # fmt: skip


def _strength(plays: pl.LazyFrame) -> pl.LazyFrame:
    """One row per game: the forecast before it. The plays of a moved game, on two days, may have two of them."""
    forecast = ["pregame_home_margin", "pregame_source"]
    found = plays.select("game_id", *forecast).unique().sort("game_id", *forecast, nulls_last=True)
    return found.unique("game_id", keep="first", maintain_order=True)


def _sum(values: pl.Expr) -> pl.Expr:
    """A sum that has the same last digit in every run: a lake that is rebuilt has equal rows."""
    return (values * STEPS).round().cast(pl.Int64).sum() * STEP
