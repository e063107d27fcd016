"""Fields that several endpoints share, so that a name has one meaning, one type and one description in the lake."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from quality.calendar import eastern_date
from quality.columns import BOOL, DATE, FLOAT, INT, STRING, TIMESTAMP, Bounds, Column, Derived, Field, Record
from quality.dataset import Param

PERCENT = Bounds(ge=0, le=100)
COUNT = Bounds(ge=0)

SEASON_TYPES = ("postseason", "preseason", "regular")
GAME_STATUSES = ("scheduled", "in_progress", "final", "postponed", "cancelled")

SEASON = Field("season", INT, "Season, named by the year it ends in (2024-25 is 2025)", bounds=Bounds(ge=1940, le=2100))
SEASON_LABEL = Field("seasonLabel", STRING, "Season with both years, as the source writes it: 20242025")
SEASON_TYPE = Field("seasonType", STRING, "Part of the season; conference tournaments are regular", values=SEASON_TYPES)
START_AT = Field("startDate", TIMESTAMP, "Scheduled start (tip-off), UTC", name="start_at")
START_TIME_TBD = Field("startTimeTbd", BOOL, "Only the date is known; the time is a placeholder (midnight US Eastern)")
NEUTRAL_SITE = Field("neutralSite", BOOL, "Played at neither team's home")
CONFERENCE_GAME = Field("conferenceGame", BOOL, "Counts in the conference standings")
GAME_TYPE = Field("gameType", STRING, "STD, TRNMNT, or an older round code (RD32, QTR, SEMI, FINAL)", True)
STATUS = Field("status", STRING, "State of the game; only final marks a result", values=GAME_STATUSES)
PERIOD = Field("period", INT, "1 and 2 are halves, 3 and up overtimes", bounds=COUNT)
CLOCK = Field("clock", STRING, "Game clock as shown, mm:ss")
TOURNAMENT = Field("tournament", STRING, "Short name of the tournament (NCAA, NIT); null outside of one", True)
GAME_ID = Field("gameId", INT, "Game; stable, not monotone in time")
TEAM_ID = Field("teamId", INT, "Team; stable over seasons")
TEAM = Field("team", STRING, "Team's school name in the season")
CONFERENCE = Field("conference", STRING, "Conference abbreviation in the season; null outside Division I", True)
TEAM_SEED = Field("teamSeed", INT, "Tournament seed of the team", True)
HOME_TEAM_ID = Field("homeTeamId", INT, "home team: its id, -1 where it is not known")
HOME_TEAM = Field("homeTeam", STRING, "School name of the home team; empty where it is not known")
HOME_CONFERENCE = Field("homeConference", STRING, "Conference abbreviation of the home team in the season", True)
AWAY_TEAM_ID = Field("awayTeamId", INT, "away team: its id, -1 where it is not known")
AWAY_TEAM = Field("awayTeam", STRING, "School name of the away team; empty where it is not known")
AWAY_CONFERENCE = Field("awayConference", STRING, "Conference abbreviation of the away team in the season", True)
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
DISPLAY_NAME = Field("displayName", STRING, "Full name for display: place and nickname")
ABBREVIATION = Field("abbreviation", STRING, "Abbreviation of the row's own entity")
SCHOOL = Field("school", STRING, "School name, the value that team filters compare with")
MASCOT = Field("mascot", STRING, "Mascot", True)
VENUE = Field("venue", STRING, "Name of the venue the game was played at", True)
CITY = Field("city", STRING, "City of the venue", True)
STATE = Field("state", STRING, "State of the venue, two letters in the United States", True)
GAME_MINUTES = Field(
    "gameMinutes", FLOAT, "Length of the game: 40 plus 5 per overtime", True, unit="minutes", bounds=COUNT
)
PACE = Field("pace", FLOAT, "Possessions of both teams per 40 minutes, halved", True, bounds=COUNT)
GAMES_PLAYED = Field("games", INT, "Games played", bounds=COUNT)
WINS = Field("wins", INT, "Games won", bounds=COUNT)
LOSSES = Field("losses", INT, "Games lost", bounds=COUNT)
RANKING = Field("ranking", INT, "Rank of the row's own entity, 1 is best; null where it is not ranked", True)
STARS = Field("stars", INT, "Recruiting stars, up to 5", bounds=COUNT)
YEAR = Field("year", INT, "Year of the recruiting class, of the transfer window or of the draft")
START_SEASON = Field("startSeason", INT, "First season of what the row describes: a membership, a player's years")
END_SEASON = Field("endSeason", INT, "Last season of what the row describes; null: it goes on")

ATHLETE_ID = Field("athleteId", INT, "Athlete (internal id)")
ATHLETE_SOURCE_ID = Field("athleteSourceId", STRING, "ESPN's identifier of the athlete: what box scores are joined on")
POSITION = Field("position", STRING, "Position; rosters write it out, other endpoints abbreviate it")
FIRST_NAME = Field("firstName", STRING, "First name")
LAST_NAME = Field("lastName", STRING, "Last name")
HEIGHT = Field("height", FLOAT, "Height, as last known", True, unit="inches", bounds=COUNT)
WEIGHT = Field("weight", FLOAT, "Weight, as last known", True, unit="pounds", bounds=COUNT)
HOMETOWN = Record(
    (
        Field("countyFips", STRING, "FIPS code of the county", True),
        Field("longitude", FLOAT, "longitude; 0 is sent as null", True, unit="degrees"),
        Field("latitude", FLOAT, "latitude; 0 is sent as null", True, unit="degrees"),
        Field("country", STRING, "country", True),
        Field("state", STRING, "state, two letters in the United States", True),
        Field("city", STRING, "city", True),
    )
)

# What an answer about a game begins with, and what a box score says of its game and both sides.
GAME_HEADER = (GAME_ID, SEASON, SEASON_LABEL, SEASON_TYPE, TOURNAMENT, START_AT, START_TIME_TBD)
BOX_HEADER = (
    *GAME_HEADER,
    TEAM_ID,
    TEAM,
    CONFERENCE,
    TEAM_SEED,
    OPPONENT_ID,
    OPPONENT,
    OPPONENT_CONFERENCE,
    OPPONENT_SEED,
    NEUTRAL_SITE,
    IS_HOME,
    CONFERENCE_GAME,
    GAME_TYPE,
    NOTES,
    GAME_MINUTES,
)

SEASON_PARAM = Param("season", "integer")
TEAM_PARAM = Param("team")
CONFERENCE_PARAM = Param("conference")
RANGE_PARAMS = (Param("startDateRange", "date-time"), Param("endDateRange", "date-time"))
GAME_WINDOW_PARAMS = (*RANGE_PARAMS, TEAM_PARAM, CONFERENCE_PARAM, SEASON_PARAM)
SEASON_TYPE_PARAM = Param("seasonType", values=SEASON_TYPES)
TOURNAMENT_PARAM = Param("tournament")


def ident(name: str, description: str) -> Field:
    """The record's own `id`, renamed to `<entity>_id`."""
    return Field("id", INT, description, name=name)


def percent(wire: str, description: str, null: bool = True, bounds: Bounds | None = None) -> Field:
    """A share that the API sends as 0-100; silver divides it by 100."""
    return Field(wire, FLOAT, description, null, unit="percent", percent=True, bounds=bounds)


def fraction(wire: str, description: str, null: bool = True) -> Field:
    """A share that the API sends as 0-1 already."""
    return Field(wire, FLOAT, description, null, unit="fraction 0-1")


def count(wire: str, description: str, null: bool = True, dtype: pl.DataType = INT) -> Field:
    """A number of things, never negative. Some whole numbers are kept as Float64, as the models have them."""
    return Field(wire, dtype, description, null, bounds=COUNT)


def game_date(start: str = "start_at") -> Derived:
    """Calendar date of the tip-off in US Eastern, the date fans and schedules use.

    About 60 % of games have another date in UTC.
    """
    column = Column(name="game_date", dtype=DATE, description="Calendar date of the scheduled start, US Eastern")
    return Derived(column=column, expr=eastern_date(pl.col(start)))


def column_of(field: Field, *, null: bool | None = None) -> Column:
    """A shared field as a column of a table that is computed, not sent."""
    return Column(
        name=field.column_name,
        dtype=field.type if isinstance(field.type, pl.DataType) else pl.Null(),
        description=field.description,
        nullable=field.nullable if null is None else null,
    )


def required(field: Field) -> Field:
    """A shared field where the contract allows no null."""
    return replace(field, nullable=False)


def sometimes_null(field: Field, why: str) -> Field:
    """A field that the contract requires and the API nevertheless sends as null.

    Division by zero makes NaN, and NaN is null in JSON.
    """
    return replace(field, nullable=False, can_be_null=why)
