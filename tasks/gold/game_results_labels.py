"""gold.game_results_labels: results of games, separate from what was known before them."""

from __future__ import annotations

import polars as pl

from tasks.gold._sides import both_sides


def game_results_labels(games: pl.LazyFrame) -> pl.LazyFrame:
    """Two rows per game. A future game's 0-0 is not a result, so every label is null until `has_result`."""
    own, other = (pl.when("has_result").then(name) for name in ("points", "opponent_points"))
    return both_sides(games, "points").with_columns(
        label_points=own,
        label_opponent_points=other,
        label_margin=own - other,
        label_total=own + other,
        label_won=own > other,
    )
