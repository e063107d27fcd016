"""gold.team_power_rankings: all rating systems of a morning side by side, and their composite."""

from __future__ import annotations

import polars as pl

from quality.calendar import eastern_date
from quality.contracts.gold_ratings import PREDICTIVE

MAX_AGE = "6d"  # maximum age of a snapshot, from the morning after it
POLLS = {"ap": "AP Top 25", "coaches": "Coaches Poll"}
MORNING = ["season", "as_of_date"]
SCORE_DIGITS = 6  # the last bits of a mean depend on the number of mornings that are computed together
SYSTEMS = ("net", "api_adjusted", "api_srs", "api_elo")


def team_power_rankings(
    members: pl.LazyFrame,
    ratings: pl.LazyFrame,
    adjusted: pl.LazyFrame,
    srs: pl.LazyFrame,
    elo: pl.LazyFrame,
    polls: pl.LazyFrame,
) -> pl.LazyFrame:
    """One row per morning and Division I team with games, from snapshots and polls of earlier days only."""
    rated = ratings.filter(pl.col("variant") == PREDICTIVE).drop("variant")
    named = members.select("season", "team_id", "conference", team="school")
    rows = rated.join(named, on=["season", "team_id"]).sort("as_of_date", "team_id")
    for name, snapshots in (("adjusted", adjusted), ("srs", srs), ("elo", elo)):
        rows = with_snapshot(rows, snapshots, f"api_{name}")
    for name, kind in POLLS.items():
        rows = with_poll(rows, polls.filter(pl.col("poll_type") == kind), name)
    return ranked(rows)


def with_snapshot(rows: pl.LazyFrame, snapshots: pl.LazyFrame, name: str) -> pl.LazyFrame:
    """Adds the newest snapshot from an earlier day, at most seven days before the morning.

    snapshots: season, team_id, the value, as_of (the day of the capture).
    """
    known = snapshots.select(
        *("season", "team_id"),
        pl.nth(2).cast(pl.Float64).alias(name),
        pl.col("as_of").alias(f"{name}_date"),
        known_on=pl.col("as_of").dt.offset_by("1d"),
    ).drop_nulls(name)
    found = rows.sort("as_of_date", "team_id").join_asof(
        known.sort("known_on"),
        left_on="as_of_date",
        right_on="known_on",
        by=["season", "team_id"],
        tolerance=MAX_AGE,
        check_sortedness=False,
    )
    rank = pl.col(name).rank("min", descending=True).over(MORNING).cast(pl.Int64).alias(f"{name}_rank")
    return found.drop("known_on", strict=False).with_columns(rank)


def with_poll(rows: pl.LazyFrame, polls: pl.LazyFrame, name: str) -> pl.LazyFrame:
    """Adds the rank in the newest poll that was published on an earlier day. Polls without a date are not used."""
    day = eastern_date(pl.col("poll_date"))
    dated = polls.with_columns(day.alias(f"{name}_date")).drop_nulls(f"{name}_date")
    issues = dated.select("season", f"{name}_date", known_on=pl.col(f"{name}_date").dt.offset_by("1d")).unique()
    found = rows.sort("as_of_date", "team_id").join_asof(
        issues.sort("known_on"), left_on="as_of_date", right_on="known_on", by="season", check_sortedness=False
    )
    key = ["season", "team_id", f"{name}_date"]
    places = dated.group_by(key).agg(pl.col("ranking").min().alias(f"{name}_rank"))
    return found.drop("known_on", strict=False).join(places, on=key, how="left")


def ranked(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Adds the composite: `power_score`, `rating_systems`, `power_rank`."""
    scores = [_score(system) for system in SYSTEMS]
    rows = rows.sort("as_of_date", "team_id").with_columns(
        power_score=pl.mean_horizontal(scores).fill_null(0.0).round(SCORE_DIGITS),
        rating_systems=pl.max_horizontal(pl.lit(1), pl.sum_horizontal(s.is_not_null() for s in scores)).cast(pl.Int64),
    )
    order = [*MORNING, "power_score", "net", "team_id"]
    best = rows.sort(order, descending=[False, False, True, True, False])
    return best.with_columns(power_rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over(MORNING))


def _score(system: str) -> pl.Expr:
    """Standard score among the teams of the morning; null if all are equal or there are too few."""
    spread = pl.col(system).std().over(MORNING)
    return pl.when(spread > 0).then((pl.col(system) - pl.col(system).mean().over(MORNING)) / spread)
