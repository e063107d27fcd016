"""How good the betting lines are."""

from __future__ import annotations

import polars as pl

from cbbd_etl._frames import chosen, results_through
from cbbd_etl._lake import Place, open_lake
from tasks.errors import BadInput
from tasks.lake.damage import explaining
from tasks.sql.query import query


def market(season: int | None = None, *, lake: Place = None) -> pl.DataFrame:
    """Accuracy of the closing lines by provider, and of our forecasts on the same games; the view `v_market_report`.

    Args:
        season: by the year it ends in; default: the newest one.
        lake: folder or `s3://bucket/prefix`.

    Returns:
        provider (`all providers`: the median), games, spread_error and model_margin_error (mean absolute errors in
        points), moneyline_brier and model_brier (0 is perfect, 0.25 a coin), shares of covers and overs (0-1), more;
        results_through (day of the last result).

    Raises:
        BadInput: when gold is not built, or the season has no lines.
    """
    opened = open_lake(lake)
    with explaining(opened):
        season = chosen(opened, season)
        order = "order by is_consensus desc, games desc, provider"
        found = query(opened, f"from gold.v_market_report where season = {int(season)} {order}")
        if found.is_empty():
            raise BadInput(f"season {season} has no game with a result and a line")
        return found.with_columns(pl.lit(results_through(opened, season)).alias("results_through"))
