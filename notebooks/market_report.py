"""How good the closing lines are, and our forecasts on the same games: by provider, by month, by size of the spread.

`marimo edit notebooks/market_report.py` opens it; `python notebooks/market_report.py` runs it. It reads `./lake`, or
CBBD_LAKE, which needs gold: `cbbd-etl gold`.
"""

import marimo

app = marimo.App(width="medium", app_title="Market report")


@app.cell
def _():
    import altair as alt
    import marimo as mo
    import polars as pl

    import cbbd_etl as cbb

    return alt, cbb, mo, pl


@app.cell
def _(cbb, mo):
    market = cbb.market()
    season = market["season"][0]
    mo.vstack(
        [
            mo.md(f"# The closing lines of {season}, with results through {market['results_through'][0]}"),
            mo.md("Errors are mean absolute errors in points. Brier scores: 0 is perfect, 0.25 is a coin."),
            market.select("provider", "games", "spread_error", "model_margin_error", "moneyline_brier", "model_brier"),
        ]
    )
    return (season,)


@app.cell
def _(cbb, pl, season):
    # Suspect lines have the wrong sign or the wrong team; the view gold.v_market_report leaves them out as well.
    suspect = pl.col("is_spread_sign_suspect").fill_null(value=False) | pl.col("is_sides_suspect").fill_null(
        value=False
    )
    lines = cbb.load("gold.market_lines_analysis", seasons=season).filter(
        ~suspect, pl.col("cover_margin").is_not_null()
    )
    forecasts = cbb.load("gold.game_predictions", seasons=season).filter(pl.col("variant") == "predictive")
    judged = lines.join(forecasts.select("game_id", "predicted_home_margin"), "game_id").with_columns(
        month=pl.col("game_date").dt.strftime("%Y-%m"),
        line_error=pl.col("cover_margin").abs(),
        # the home margin is the cover margin less the spread
        our_error=(pl.col("predicted_home_margin") - pl.col("cover_margin") + pl.col("spread_close")).abs(),
    )
    return (judged,)


@app.cell
def _(alt, judged, mo, pl):
    errors = (
        judged.group_by("provider", "month")
        .agg(pl.len().alias("games"), pl.col("line_error", "our_error").mean())
        .sort("provider", "month")
    )
    bars = (
        alt.Chart(alt.Data(values=errors.to_dicts()))
        .transform_fold(["line_error", "our_error"], as_=["of", "points"])
        .mark_bar()
        .encode(x="month:O", xOffset="of:N", y=alt.Y("points:Q", title="mean absolute error, points"), color="of:N")
        .properties(height=240)
        .facet(column="provider:N")
    )
    mo.vstack([mo.md("# Error by month"), errors, bars])


@app.cell
def _(judged, mo, pl):
    favourites = (
        judged.filter(pl.col("is_consensus"))
        .with_columns(favoured_by=(pl.col("spread_close").abs() // 5 * 5).cast(pl.Int64))
        .group_by("favoured_by")
        .agg(pl.len().alias("games"), pl.col("line_error", "our_error").mean())
        .sort("favoured_by")
    )
    mo.vstack([mo.md("# Error by size of the closing spread, in steps of 5 points"), favourites])


if __name__ == "__main__":
    app.run()
