"""Games with two rows each, one per team."""

from __future__ import annotations

import polars as pl


def both_sides(games: pl.LazyFrame, *pairs: str) -> pl.LazyFrame:
    """Two rows per game: team_id, opponent_id, is_home, and the team's value `x` of each pair `home_x`, `away_x`."""
    return pl.concat([_side(games, "home", "away", pairs), _side(games, "away", "home", pairs)])


def _side(games: pl.LazyFrame, own: str, other: str, pairs: tuple[str, ...]) -> pl.LazyFrame:
    return games.with_columns(
        *(pl.col(f"{own}_{name}").alias(name) for name in ("team_id", *pairs)),
        pl.col(f"{other}_team_id").alias("opponent_id"),
        *(pl.col(f"{other}_{name}").alias(f"opponent_{name}") for name in pairs),
        pl.lit(own == "home").alias("is_home"),
    )
