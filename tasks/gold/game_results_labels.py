"""gold.game_results_labels: results of games, separate from what was known before them."""

from __future__ import annotations

import polars as pl

from quality.contracts.games import MOST_POINTS
from tasks.gold._sides import both_sides


def game_results_labels(games: pl.LazyFrame) -> pl.LazyFrame:
    """Two rows per game. A future game's 0-0 is not a result, so every label is null until `has_result`.

    A final with an impossible score has no labels either; its flag says why.
    """
    own, other = (pl.when("has_result").then(name) for name in ("points", "opponent_points"))
    return both_sides(games, "points").with_columns(
        label_points=own,
        label_opponent_points=other,
        label_margin=own - other,
        label_total=own + other,
        label_won=own > other,
        flag=_flag(),
    )


def _flag() -> pl.Expr:
    points = [pl.col(name).fill_null(0) for name in ("points", "opponent_points")]
    final = (pl.col("status") == "final") & (pl.max_horizontal(points) > 0)
    return (
        pl.when("has_result")
        .then(pl.lit("ok"))
        .when(final & (points[0] == points[1]))
        .then(pl.lit("tie"))
        .when(final & (pl.max_horizontal(points) > MOST_POINTS))
        .then(pl.lit("points_out_of_range"))
        .otherwise(pl.lit("no_result"))
    )
