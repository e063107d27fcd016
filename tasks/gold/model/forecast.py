"""Forecasts as a frame, from the arrays of the sequential form."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from tasks.gold.model.arrays import Floats
from tasks.gold.model.games import Games
from tasks.gold.model.outcome import QUANTILE_80, win_probability


def forecasts(games: Games, out: Mapping[str, Floats], ids: pl.Series) -> pl.DataFrame:
    """One row per game in the order of the caller's frame; see `tasks.gold.ratings.walk_forward` for the columns.

    out: from `Walk.run`. ids: game_id in the caller's order.
    """
    sd = out["sd"]
    late = games.place & (out["in_season"] == 0)
    frame = pl.DataFrame(
        {
            "row": games.rows,
            "predicted_home_margin": out["margin"],
            "predicted_total": out["total"],
            "home_win_probability": win_probability(out["margin"], out["win_sd"]),
            "margin_low_80": out["margin"] - QUANTILE_80 * sd,
            "margin_high_80": out["margin"] + QUANTILE_80 * sd,
            "margin_sd": sd,
            "home_is_known": out["home_known"] > 0,
            "away_is_known": out["away_known"] > 0,
            "flag": pl.Series(np.where(late, "season_over", games.flag).tolist(), dtype=pl.String),
        }
    ).sort("row")
    return frame.with_columns(pl.col(pl.Float64).fill_nan(None)).select(ids, pl.exclude("row"))
