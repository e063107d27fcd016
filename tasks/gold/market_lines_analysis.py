"""gold.market_lines_analysis: every line with its game, and the median of a game's lines."""

from __future__ import annotations

import polars as pl

from quality.contracts.gold_ratings import GAME_PREDICTIONS, PREDICTIVE
from tasks.gold._lines import consensus, quoted, with_sides

NO_FORECASTS = pl.LazyFrame(
    schema={name: GAME_PREDICTIONS.by_name[name].dtype for name in ("season", "game_id", "variant")}
    | {"predicted_home_margin": pl.Float64}
)


def market_lines_analysis(
    lines: pl.LazyFrame, games: pl.LazyFrame, predictions: pl.LazyFrame = NO_FORECASTS
) -> pl.LazyFrame:
    """One row per game and provider, and one row for the consensus of all providers.

    A push is neither won nor lost. A spread with a suspect sign or sides is evaluated as it is and has a flag. Results
    are null until the game has one. A line without its game in silver.fct_games has no row here.

    predictions: rows of gold.game_predictions, to find exchanged sides.
    """
    rows = with_sides(quoted(lines), predictions.filter(variant=PREDICTIVE))
    every = pl.concat([rows, consensus(rows)], how="diagonal")
    margin = pl.when("has_result").then(pl.col("home_points") - pl.col("away_points"))
    total = pl.when("has_result").then(pl.col("home_points") + pl.col("away_points"))
    cover = margin + pl.col("spread_close")
    priced = pl.col("home_implied_probability").is_not_null()
    return every.join(games, on=["season", "game_id"], how="inner").with_columns(
        spread_move=pl.col("spread_close") - pl.col("spread_open"),
        total_move=pl.col("total_close") - pl.col("over_under_open"),
        cover_margin=cover,
        home_spread_result=_three(cover, "won", "lost"),
        total_result=_three(total - pl.col("total_close"), "over", "under"),
        home_moneyline_result=pl.when(priced).then(_three(margin, "won", "lost")),
    )


def _three(difference: pl.Expr, above: str, below: str) -> pl.Expr:
    """Whether a difference is above, below or on the line; null if there is none."""
    return (
        pl.when(difference > 0)
        .then(pl.lit(above))
        .when(difference < 0)
        .then(pl.lit(below))
        .when(difference == 0)
        .then(pl.lit("push"))
    )
