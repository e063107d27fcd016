"""What the roster outlook says of the next season's rating, beside last season's rating: errors of seasons left out.

Run: python benchmarks/roster_outlook.py --lake LAKE. The lake needs gold of several seasons: team_ratings_daily and
roster_outlook, and the rosters of each following season. Ratings are the final descriptive ones, in points per 100
possessions; quantities are in standard deviations of a season. An unknown value counts as average.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import numpy as np
import polars as pl

import cbbd_etl as cbb

LAST, NEXT = "net", "next_net"
MINUTES, IMPACT, ARRIVING = (
    "outlook_returning_minutes_pct",
    "outlook_returning_impact_pct",
    "arriving_value_above_reserves",
)
MODELS: tuple[tuple[str, ...], ...] = ((), (MINUTES,), (IMPACT,), (MINUTES, IMPACT), (MINUTES, IMPACT, ARRIVING))


def team_seasons(lake: str) -> pl.DataFrame:
    """Teams with a rating in a season and the next one: final ratings, and the outlook in standard deviations."""
    rated = cbb.load("gold.team_ratings_daily", seasons=True, lake=lake).filter(variant="descriptive")
    final = rated.filter(pl.col("as_of_date") == pl.col("as_of_date").max().over("season"))
    final = final.select("season", "team_id", LAST)
    following = final.select(pl.col("season") - 1, "team_id", pl.col(LAST).alias(NEXT))
    outlook = cbb.load("gold.roster_outlook", seasons=True, lake=lake).filter("is_next_roster_known")
    both = final.join(following, on=["season", "team_id"]).join(outlook, on=["season", "team_id"])
    scaled = [
        ((pl.col(name) - pl.col(name).mean()) / pl.col(name).std()).over("season").fill_null(0.0).alias(name)
        for name in (MINUTES, IMPACT, ARRIVING)
    ]
    return both.with_columns(scaled)


def fitted(rows: pl.DataFrame, names: Sequence[str]) -> dict[str, str | float]:
    """One regression: mean absolute error of seasons left out, share explained, weight and its standard error."""
    target = rows[NEXT].to_numpy()
    known = np.column_stack([np.ones(rows.height), *(rows[name].to_numpy() for name in (LAST, *names))])
    season, missed = rows["season"].to_numpy(), np.empty(rows.height)
    for year in np.unique(season):
        out = season == year
        missed[out] = target[out] - known[out] @ np.linalg.lstsq(known[~out], target[~out], rcond=None)[0]
    weights = np.linalg.lstsq(known, target, rcond=None)[0]
    rest = target - known @ weights
    noise = rest @ rest / (len(rest) - len(weights))
    errors = np.sqrt(noise * np.diag(np.linalg.inv(known.T @ known)))
    words = [f"{w:+.2f} ± {e:.2f}" for w, e in zip(weights[2:], errors[2:], strict=True)]
    return {
        "beside last season's net": ", ".join(names) or "nothing",
        "error": float(np.abs(missed).mean()),
        "explained": float(1 - rest.var() / target.var()),
        "weights": "; ".join(words),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a row per model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--lake", required=True)
    rows = team_seasons(parser.parse_args(arguments).lake)
    table = pl.DataFrame([fitted(rows, names) for names in MODELS])
    with pl.Config(
        tbl_formatting="ASCII_MARKDOWN",
        tbl_hide_dataframe_shape=True,
        tbl_hide_column_data_types=True,
        float_precision=3,
        fmt_str_lengths=200,
        tbl_width_chars=200,
    ):
        sys.stdout.write(f"{rows.height} team seasons\n{table}\n")


if __name__ == "__main__":
    main()
