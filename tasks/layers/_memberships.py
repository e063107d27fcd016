"""Teams with two conferences at the same time, and which of the two counts.

The API sends such a team twice in every response, once per conference (Stephen F. Austin in 2023: Southland and WAC).
The newer membership counts, in every table the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from quality.contracts.conference_history import BRIDGE_CONFERENCE_TEAMS
from quality.contracts.teams import DIM_CONFERENCES
from quality.dataset import Table
from tasks.lake.lake import Lake

NAMES = ("conference", "conference_id", "conference_name", "conference_abbreviation")
SCHEMA = {"team_id": pl.Int64(), "conference_id": pl.Int64(), "conference": pl.String(), "start_season": pl.Int64()}


def conference_columns(table: Table) -> dict[str, str]:
    """Columns with the conference of a team, each with the column of the team; none if they are part of the key."""
    found = {}
    for column in table.by_name:
        for name in NAMES:
            prefix = column.removesuffix(name)
            team = next((team for team in (f"{prefix}team_id", f"{prefix}id") if team in table.by_name), None)
            if column.endswith(name) and team is not None:
                found[column] = team
    return {} if found.keys() & {*table.key} else found


@dataclass(frozen=True)
class Memberships:
    """Memberships of teams that are in two conferences at the same time.

    Attributes:
        rows: team_id, conference_id, conference (abbreviation or name), start_season.
    """

    rows: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SCHEMA), compare=False)

    @property
    def identity(self) -> list[str]:
        """The memberships as text: an input of the fingerprint of each table with conferences."""
        return [] if self.rows.is_empty() else [hashlib.sha256(self.rows.write_csv().encode()).hexdigest()]

    def ranked(self, rows: pl.DataFrame, conferences: Mapping[str, str]) -> tuple[pl.DataFrame, list[str]]:
        """The rows with the first season of each team's membership in the conference of the row."""
        ranks = []
        for name, team in conferences.items():
            by = "conference_id" if name.endswith("_id") else "conference"
            known = self.rows.group_by("team_id", by).agg(pl.col("start_season").max().alias(f"__since_{name}"))
            known = known.rename({"team_id": team, by: name} if team != "team_id" or by != name else {})
            rows = rows.join(known, on=[team, name], how="left", maintain_order="left")
            rows = rows.with_columns(pl.col(f"__since_{name}").fill_null(-1))
            ranks.append(f"__since_{name}")
        return rows, ranks


_FOUND: dict[tuple[int | None, str, str], Memberships] = {}  # by season and version of the two tables
FEW = 100  # more are not kept


def memberships(lake: Lake, season: int | None) -> Memberships:
    """Teams in two conferences in a season; without a season: today. None if the lake has no memberships."""
    if (bridge := lake.iceberg(BRIDGE_CONFERENCE_TEAMS.qualified)) is None:
        return Memberships()
    names = lake.iceberg(DIM_CONFERENCES.qualified)
    version = season, bridge.metadata_location, names.metadata_location if names else ""
    if version not in _FOUND:  # asked for several times for each partition of a table with conferences
        if len(_FOUND) >= FEW:
            _FOUND.clear()
        _FOUND[version] = _read(lake, season)
    return _FOUND[version]


def _read(lake: Lake, season: int | None) -> Memberships:
    start, end = pl.col("start_season"), pl.col("end_season")
    during = end.is_null() if season is None else (start <= season) & (end.is_null() | (end >= season))
    found = lake.scan(BRIDGE_CONFERENCE_TEAMS.qualified).filter(during).select(*SCHEMA).collect()
    found = found.filter(pl.col("conference_id").n_unique().over("team_id") > 1)
    if found.is_empty():
        return Memberships()
    if lake.iceberg(DIM_CONFERENCES.qualified) is not None:
        names = lake.scan(DIM_CONFERENCES.qualified).select("conference_id", conference="name").collect()
        named = found.drop("conference").join(names, on="conference_id").select(*SCHEMA)
        found = pl.concat([found, named])
    return Memberships(found.unique().sort(*SCHEMA))
