"""Win probability after each play: rows of silver.fct_play_win_probability. docs/win-probability.md has the model."""

from __future__ import annotations

import numpy as np
import polars as pl

from quality.contracts.win_probability import FCT_PLAY_WIN_PROBABILITY
from tasks.normal import Floats
from tasks.pbp.game_clock import REGULATION
from tasks.pbp.pregame import pregame
from tasks.pbp.states import OK, states
from tasks.pbp.win_model import Moments, home_win_probability

TIP_OFF = "tip_off_home_win_probability"
MODEL = "model_home_win_probability"


def win_probability(plays: pl.LazyFrame, games: pl.LazyFrame, lines: pl.LazyFrame) -> pl.LazyFrame:
    """One row per play, in the columns of silver.fct_play_win_probability.

    Args:
        plays, games, lines: rows of whole games, with the columns that the table's derivation reads.
    """
    read, schedule = plays.collect(), games.collect()
    rows = states(read, schedule).join(
        pregame(schedule, lines.collect()), on="game_id", how="left", maintain_order="left"
    )
    ok = pl.col("win_probability_flag") == OK
    rows = with_probability(rows).with_columns(pl.when(ok).then(MODEL).alias(MODEL))
    return rows.with_columns(_added(), api_home_win_probability="home_win_probability").select(
        list(FCT_PLAY_WIN_PROBABILITY.by_name)
    ).lazy()  # fmt: skip


def with_probability(rows: pl.DataFrame) -> pl.DataFrame:
    """Adds our win probability after each play and at tip-off; null where the state is unknown.

    rows: as `tasks.pbp.states.states` returns them, with pregame_home_margin and margin_sd.
    """
    margin, margin_sd = _numbers(rows, "pregame_home_margin"), _numbers(rows, "margin_sd")
    lead, left, played = (_numbers(rows, name) for name in ("home_lead", "seconds_left", "seconds_played"))
    ball = _numbers(rows, "ball")
    found = home_win_probability(Moments(lead, left, played, ball, margin, margin_sd))
    zero = np.zeros_like(lead)
    before = home_win_probability(Moments(zero, zero + REGULATION, zero, zero, margin, margin_sd))
    won = pl.when(pl.col("home_lead") > 0).then(1.0).otherwise(0.0)
    modelled = pl.Series(MODEL, found).fill_nan(None)
    return rows.with_columns(pl.Series(TIP_OFF, before).fill_nan(None), modelled).with_columns(
        pl.when("is_end").then(won).otherwise(MODEL).alias(MODEL)
    )


def _numbers(rows: pl.DataFrame, name: str) -> Floats:
    return rows[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _added() -> pl.Expr:
    previous = pl.col(MODEL).forward_fill().shift(1).over("game_id")
    return (pl.col(MODEL) - pl.coalesce(previous, TIP_OFF)).alias("home_win_probability_added")
