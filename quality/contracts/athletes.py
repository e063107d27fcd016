"""Athletes: both ids of each and the latest details, computed from rosters and season statistics."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from quality.contracts.player_stats import FCT_STATS_PLAYER_SEASON
from quality.contracts.rosters import FCT_ROSTERS
from quality.dataset import PROVENANCE, Derivation, Input, Lookup, Partition, Table
from quality.vocabulary import ATHLETE_ID, ATHLETE_SOURCE_ID, NAME, POSITION, SEASON, TEAM, TEAM_ID, column_of

LAST_SEASON = replace(
    column_of(SEASON),
    name="last_season",
    description="Last season in which a roster or season statistics list the athlete",
)


def latest_athletes(rosters: pl.LazyFrame, stats: pl.LazyFrame) -> pl.LazyFrame:
    """One row per athlete from the latest season and, within it, the latest fetch; rosters before statistics."""
    columns = ["athlete_id", "athlete_source_id", "name", "position", "team_id", "team", "season"]
    columns += [column.name for column in PROVENANCE]
    seen = pl.concat([rosters.rename({"source_id": "athlete_source_id"}).select(columns), stats.select(columns)])
    order = ["season", "fetched_at", "team_id"]
    latest = seen.sort(order, descending=True, maintain_order=True).unique(
        "athlete_id", keep="first", maintain_order=True
    )
    return latest.rename({"season": LAST_SEASON.name})


DIM_ATHLETES = Table(
    name="dim_athletes",
    layer="silver",
    description="One row per athlete: both ids, and the latest name, position and team.",
    columns=(
        column_of(ATHLETE_ID),
        column_of(ATHLETE_SOURCE_ID),
        column_of(NAME),
        column_of(POSITION, null=True),
        column_of(TEAM_ID),
        column_of(TEAM),
        LAST_SEASON,
        *PROVENANCE,
    ),
    key=("athlete_id",),
    version=("athlete_id",),
    partition=Partition.NONE,
    sort=("athlete_id",),
    derivation=Derivation(
        of=(Input(FCT_ROSTERS, optional=True), Input(FCT_STATS_PLAYER_SEASON, optional=True)),
        make=latest_athletes,
        unique=("athlete_source_id",),
    ),
)

# Box scores have only the ESPN id: their athleteId is the id of a row in another table.
ATHLETE_OF_SEASON = Lookup(
    column=column_of(ATHLETE_ID, null=True),
    by="athlete_source_id",
    tables=((FCT_ROSTERS, "source_id"), (FCT_STATS_PLAYER_SEASON, "athlete_source_id")),
)
