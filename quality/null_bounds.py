"""How much of a nullable column may be null in a season: shares that were measured at the source, with some room.

A column that is null where it never was is how a renamed field or a failed join shows first.
"""

from __future__ import annotations

from dataclasses import dataclass

from quality.contracts.game_players import FCT_GAME_PLAYERS
from quality.contracts.game_teams import FCT_GAME_TEAMS
from quality.contracts.games import FCT_GAMES
from quality.contracts.lines import FCT_LINES
from quality.contracts.plays import FCT_PLAYS
from quality.contracts.teams import DIM_TEAM_SEASONS, DIM_TEAMS
from quality.dataset import Table
from quality.rules.boxes import POINTS


@dataclass(frozen=True)
class NullBound:
    """At most this share (0-1) of a column is null in a season, and what is known about it."""

    table: Table
    column: str
    at_most: float
    reason: str

    def __post_init__(self) -> None:
        if self.column not in self.table.by_name:
            raise ValueError(f"{self.table.qualified} has no column {self.column}")


NULL_BOUNDS = (
    NullBound(FCT_GAMES, "home_points", 0.01, "points are 0, not null, while a game is scheduled"),
    NullBound(FCT_GAMES, "away_points", 0.01, "points are 0, not null, while a game is scheduled"),
    NullBound(FCT_GAMES, "venue_id", 0.1, "null where the venue is not known"),
    NullBound(FCT_GAME_TEAMS, POINTS, 0.01, "a box score has points"),
    NullBound(FCT_GAME_TEAMS, "pace", 0.25, "15.4 % over all seasons: possessions were not counted"),
    NullBound(FCT_GAME_PLAYERS, "points", 0.01, "a player who was on the floor has points"),
    NullBound(FCT_GAME_PLAYERS, "athlete_id", 0.5, "looked up in rosters and statistics; few players elsewhere"),
    NullBound(FCT_PLAYS, "team_id", 0.05, "2.65 %: timeouts and ends of periods"),
    NullBound(FCT_PLAYS, "play_text", 0.01, "0.33 %"),
    NullBound(FCT_LINES, "spread", 0.15, "a pick'em is sent as null"),
    NullBound(DIM_TEAM_SEASONS, "conference", 0.02, "teams of a season are in Division I"),
    NullBound(DIM_TEAMS, "mascot", 0.12, "8 %: small schools"),
    NullBound(DIM_TEAMS, "conference", 0.85, "76 % are outside Division I"),
)
