"""Fields that several endpoints share, so that a name has one meaning, one type and one description in the lake."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from quality.columns import BOOL, DATE, FLOAT, INT, STRING, TIMESTAMP, Bounds, Column, Derived, Field, Record
from quality.dataset import Param

PERCENT = Bounds(ge=0, le=100)
COUNT = Bounds(ge=0)

SEASON_TYPES = ("postseason", "preseason", "regular")
GAME_STATUSES = ("scheduled", "in_progress", "final", "postponed", "cancelled")

SEASON = Field("season", INT, "Season, named by the year it ends in (2024-25 is 2025)", bounds=Bounds(ge=1940, le=2100))
SEASON_LABEL = Field("seasonLabel", STRING, "Season with both years: 20242025")
SEASON_TYPE = Field("seasonType", STRING, "Part of the season; conference tournaments are regular", values=SEASON_TYPES)
START_AT = Field("startDate", TIMESTAMP, "Scheduled start (tip-off), UTC", name="start_at")
START_TIME_TBD = Field("startTimeTbd", BOOL, "Only the date is known; the time is a placeholder (midnight US Eastern)")
NEUTRAL_SITE = Field("neutralSite", BOOL, "Played at neither team's home")
CONFERENCE_GAME = Field("conferenceGame", BOOL, "Counts in the conference standings")
GAME_TYPE = Field("gameType", STRING, "STD, TRNMNT, or an older round code (RD32, QTR, SEMI, FINAL)", True)
TOURNAMENT = Field("tournament", STRING, "Short name of the tournament (NCAA, NIT); null outside of one", True)
GAME_ID = Field("gameId", INT, "Game; stable, not monotone in time")
TEAM_ID = Field("teamId", INT, "Team; stable over seasons")
TEAM = Field("team", STRING, "Team's school name in the season")
CONFERENCE = Field("conference", STRING, "Conference abbreviation in the season; null outside Division I", True)
TEAM_SEED = Field("teamSeed", INT, "Tournament seed of the team", True)
OPPONENT_ID = Field("opponentId", INT, "Opposing team")
OPPONENT = Field("opponent", STRING, "Opposing team's school name in the season")
OPPONENT_CONFERENCE = Field(
    "opponentConference", STRING, "Opposing team's conference abbreviation; null outside Division I", True
)
OPPONENT_SEED = Field("opponentSeed", INT, "Tournament seed of the opponent", True)
IS_HOME = Field("isHome", BOOL, "The team is listed as the home side (also at neutral sites)")
GAME_SOURCE_ID = Field("gameSourceId", STRING, "ESPN's identifier of the game")
NOTES = Field("notes", STRING, "Name of the event, such as a tournament and its round", True)
SOURCE_ID = Field("sourceId", STRING, "ESPN's identifier of the row's own entity; text, though it looks like a number")
NAME = Field("name", STRING, "Name of the row's own entity")
ABBREVIATION = Field("abbreviation", STRING, "Abbreviation of the row's own entity")
CITY = Field("city", STRING, "City of the venue", True)
STATE = Field("state", STRING, "State of the venue, two letters in the United States", True)
GAME_MINUTES = Field(
    "gameMinutes", FLOAT, "Length of the game: 40 plus 5 per overtime", True, unit="minutes", bounds=COUNT
)


def ident(name: str, description: str) -> Field:
    """The record's own `id`, renamed to `<entity>_id`."""
    return Field("id", INT, description, name=name)


def made_attempted(wire: str, shots: str) -> Field:
    """An object {made, attempted, pct} of one kind of shot."""
    fields = (
        Field("pct", FLOAT, f"share of {shots} made", True, unit="percent", percent=True, bounds=PERCENT),
        Field("attempted", INT, f"{shots} attempted", True, bounds=COUNT),
        Field("made", INT, f"{shots} made", True, bounds=COUNT),
    )
    return Field(wire, Record(fields), f"{shots}: made, attempted, share")


SHOOTING = (
    made_attempted("fieldGoals", "field goals"),
    made_attempted("twoPointFieldGoals", "two-point field goals"),
    made_attempted("threePointFieldGoals", "three-point field goals"),
    made_attempted("freeThrows", "free throws"),
)

REBOUNDS = Field(
    "rebounds",
    Record(
        (
            Field("total", FLOAT, "all rebounds", True, bounds=COUNT),
            Field("defensive", FLOAT, "defensive rebounds", True, bounds=COUNT),
            Field("offensive", FLOAT, "offensive rebounds", True, bounds=COUNT),
        )
    ),
    "rebounds",
)

GAME_WINDOW_PARAMS = (
    Param("startDateRange", "date-time"),
    Param("endDateRange", "date-time"),
    Param("team"),
    Param("conference"),
    Param("season", "integer"),
)
SEASON_TYPE_PARAM = Param("seasonType", values=SEASON_TYPES)
TOURNAMENT_PARAM = Param("tournament")

NAMED_PERSON = Record(
    (
        Field("name", STRING, "athlete's name", True),
        Field("id", INT, "athlete (internal id)", True, name="athlete_id"),
    )
)


def game_date(start: str = "start_at") -> Derived:
    """Calendar date of the tip-off in US Eastern, the date fans and schedules use.

    About 60 % of games have another date in UTC.
    """
    column = Column(name="game_date", dtype=DATE, description="Calendar date of the scheduled start, US Eastern")
    return Derived(column=column, expr=pl.col(start).dt.convert_time_zone("America/New_York").dt.date())


def named(field: Field, wire: str, name: str | None = None) -> Field:
    """A shared field where the API calls it otherwise."""
    return replace(field, wire=wire, name=name or field.column_name)
