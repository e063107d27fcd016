"""The market: how accurate the closing lines are, by provider and by month, and our forecasts beside them."""

from __future__ import annotations

from typing import Any

import polars as pl

from report import links
from report.charts import Drawing, calibration, monthly_error
from report.forms import Shown, day
from report.page import Page
from report.source import Source

TABLES = ("gold.market_lines_analysis", "gold.game_predictions", "silver.fct_games")
BINS = 10  # of forecasts, of equal width
COLUMNS = (
    Shown("provider", "Provider"),
    Shown("games", "Games", "integer"),
    Shown("spread_error", "Error of the line", "hundredth"),
    Shown("model_margin_error", "Our error", "hundredth"),
    Shown("moneyline_brier", "Brier of the moneyline", "thousandth"),
    Shown("model_brier", "Our Brier", "thousandth"),
    Shown("home_cover_pct", "Home covers", "percent"),
    Shown("favourite_cover_pct", "Favourite covers", "percent"),
    Shown("over_pct", "Overs", "percent"),
    Shown("suspect_spreads", "Doubtful", "integer"),
)
MONTHS = (
    Shown("month", "Month"),
    Shown("games", "Games", "integer"),
    Shown("market", "Error of the line", "hundredth"),
    Shown("ours", "Our error", "hundredth"),
)
CALIBRATION = (
    Shown("from_to", "Forecast"),
    Shown("games", "Games", "integer"),
    Shown("forecast", "Mean forecast", "percent"),
    Shown("won", "Won", "percent"),
)


def page(source: Source) -> Page:
    """The page. Without lines or forecasts it says what builds them."""
    report = source.market
    games = source.games.filter("has_result")
    months, bins = by_month(games), calibrated(games)
    drawings = {}
    if months.height:
        rows = months.select(pl.col("first").dt.to_string("%Y-%m-%d").alias("month"), "market", "ours").to_dicts()
        drawings["months"] = Drawing(monthly_error, "Mean error of the closing line and of our forecast by month", rows)
    if bins.height:
        rows = bins.select("forecast", "won", "games").to_dicts()
        drawings["calibration"] = Drawing(calibration, "Share of home wins by forecast", rows)
    content = {
        "columns": COLUMNS,
        "rows": [] if report is None else _rows(report),
        "month_columns": MONTHS,
        "months": months.drop("first").to_dicts(),
        "bin_columns": CALIBRATION,
        "bins": bins.to_dicts(),
    }
    as_of = f"Results through {day(source.results_through)}"
    return Page(links.MARKET, "Market", "market.html", content, TABLES, drawings, as_of)


def _rows(report: pl.DataFrame) -> list[dict[str, Any]]:
    """Only a provider's own line can be doubtful: the median of all is made without such lines."""
    own = pl.when(~pl.col("is_consensus")).then("suspect_spreads").alias("suspect_spreads")
    return report.with_columns(own).to_dicts()


def by_month(games: pl.DataFrame) -> pl.DataFrame:
    """Mean absolute error in points of the closing line and of our forecast, by month, on games with both.

    Lines whose sign or sides are doubtful are left out.

    Args:
        games: with a result; the columns of `cbb.schedule`.

    Returns:
        first (day of the month), month (`January 2025`), games, market, ours.
    """
    margin = pl.col("home_points") - pl.col("away_points")
    judged = games.filter(
        pl.col("spread").is_not_null(),
        pl.col("predicted_home_margin").is_not_null(),
        pl.col("is_line_suspect").fill_null(value=False).not_(),
    )
    by = judged.group_by(pl.col("game_date").dt.month_start().alias("first")).agg(
        pl.len().alias("games"),
        (margin + pl.col("spread")).abs().mean().alias("market"),
        (margin - pl.col("predicted_home_margin")).abs().mean().alias("ours"),
    )
    return by.sort("first").select(
        "first", pl.col("first").dt.to_string("%B %Y").alias("month"), "games", "market", "ours"
    )


def calibrated(games: pl.DataFrame) -> pl.DataFrame:
    """Share of home wins by forecast, in bins of equal width that have games.

    Args:
        games: with a result; the columns of `cbb.schedule`.

    Returns:
        from_to (`60 to 70 %`), games, forecast (mean, 0-1), won (share, 0-1).
    """
    chance = pl.col("home_win_probability")
    bin_ = (chance * BINS).floor().clip(0, BINS - 1).cast(pl.Int64)
    by = (
        games.filter(chance.is_not_null())
        .group_by(bin_.alias("bin"))
        .agg(
            pl.len().alias("games"),
            chance.mean().alias("forecast"),
            (pl.col("home_points") > pl.col("away_points")).mean().alias("won"),
        )
    )
    step = 100 // BINS
    parts = (pl.col("bin") * step, pl.lit(" to "), (pl.col("bin") + 1) * step, pl.lit(" %"))
    text = pl.concat_str(*parts).alias("from_to")
    return by.sort("bin").select(text, "games", "forecast", "won")
