"""A small summer: three teams with players, and what is known of the next season."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

import polars as pl

from quality.contracts.gold_outlook import ROSTER_OUTLOOK, ROSTER_OUTLOOK_PLAYERS
from quality.dataset import Table
from quality.validate import check
from tasks.gold.roster_outlook import roster_outlook
from tasks.gold.roster_outlook_players import roster_outlook_players

SEASON, LAST_GAME = 2025, date(2025, 4, 7)
MAY = datetime(2025, 5, 10, 12, tzinfo=UTC)
SCHOOLS = {1: "Alder", 2: "Birch", 3: "Cedar"}


def player(team: int, athlete: int, name: str, minutes: int = 600, **other: Any) -> dict[str, Any]:
    """A row of a box score."""
    row = {"team_id": team, "team": SCHOOLS.get(team, "Elsewhere"), "athlete_id": athlete, "name": name}
    return row | {"position": "G", "minutes": minutes, "game_date": LAST_GAME} | other


def listed(season: int, team: int, athlete: int, name: str, start: int = 2023, at: datetime = MAY) -> dict[str, Any]:
    """A row of a roster."""
    row = {"season": season, "team_id": team, "athlete_id": athlete, "name": name, "position": "Guard"}
    return row | {"start_season": start, "fetched_at": at}


def entry(number: int, name: str, origin: int | None, goal: int | None, eligibility: str = "TBD",
          at: datetime = MAY) -> dict[str, Any]:  # fmt: skip
    """A row of the transfer portal."""
    first, _, last = name.partition(" ")
    row = {"transfer_id": number, "first_name": first, "last_name": last, "position": "G", "fetched_at": at}
    sides = {"origin": origin, "destination": goal}
    places = {f"{side}_{what}": None if team is None else {"id": team, "name": SCHOOLS.get(team, "Elsewhere")}[what]
              for side, team in sides.items() for what in ("id", "name")}  # fmt: skip
    return row | places | {"eligibility": eligibility}


def recruit(number: int, name: str, team: int | None, athlete: int | None = None) -> dict[str, Any]:
    """A recruit."""
    row = {"recruit_id": number, "athlete_id": athlete, "name": name, "position": "F", "committed_to_id": team}
    return row | {"stars": 4, "rating": 92.0, "fetched_at": MAY}


@dataclass
class Summer:
    """What the lake has; every list is empty by default."""

    boxes: list[dict[str, Any]] = field(default_factory=list)
    impact: list[tuple[int, int, date, float, float]] = field(default_factory=list)
    early: list[dict[str, Any]] = field(default_factory=list)
    rosters: list[dict[str, Any]] = field(default_factory=list)
    picks: list[int | None] = field(default_factory=list)
    portal: list[dict[str, Any]] = field(default_factory=list)
    recruits: list[dict[str, Any]] = field(default_factory=list)
    classes: list[tuple[int, float, datetime]] = field(default_factory=list)
    nets: list[tuple[int, date, float]] = field(default_factory=list)

    def frames(self) -> list[pl.LazyFrame]:
        """The inputs of gold.roster_outlook_players."""
        members = [{"season": SEASON, "team_id": team, "school": name} for team, name in SCHOOLS.items()]
        names = ("team_id", "athlete_id", "as_of_date", "minutes_share_pct", "net_impact")
        impact = [dict(zip(names, row, strict=True)) for row in self.impact]
        picks = [{"athlete_id": athlete, "fetched_at": MAY} for athlete in self.picks]
        rows = (members, self.boxes, impact, self.early, self.rosters, picks, self.portal, self.recruits)
        return list(_framed(ROSTER_OUTLOOK_PLAYERS, rows))

    def players(self) -> pl.DataFrame:
        """gold.roster_outlook_players, judged by its contract."""
        return self._players

    @cached_property
    def _players(self) -> pl.DataFrame:
        return _checked(roster_outlook_players(*self.frames(), season=SEASON), ROSTER_OUTLOOK_PLAYERS)

    def teams(self) -> pl.DataFrame:
        """gold.roster_outlook, judged by its contract."""
        classes = [dict(zip(("team_id", "rating", "fetched_at"), row, strict=True)) for row in self.classes]
        nets = [{"team_id": team, "as_of_date": day, "team_net": net, "flag": "ok"} for team, day, net in self.nets]
        rows = (self._players.to_dicts(), nets, self.early, self.rosters, classes)
        return _checked(roster_outlook(*_framed(ROSTER_OUTLOOK, rows), season=SEASON), ROSTER_OUTLOOK)


def _framed(table: Table, rows: Any) -> list[pl.LazyFrame]:
    assert table.derivation is not None
    return [
        pl.DataFrame([{name: row.get(name) for name in item.schema} for row in part], schema=item.schema).lazy()
        for item, part in zip(table.derivation.inputs, rows, strict=True)
    ]


def _checked(rows: pl.LazyFrame, table: Table) -> pl.DataFrame:
    checked = check(rows.select(list(table.by_name)).collect(), table)
    assert checked.quarantined.is_empty(), checked.report.by_rule
    return checked.good.sort(table.key)
