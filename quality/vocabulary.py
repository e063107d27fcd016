"""Fields that several endpoints share, so that each column name has one meaning, one type and one description."""

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

SEASON = Field(
    "season", INT, "Season, named after the year it ends in (2024-25 is 2025)", bounds=Bounds(ge=1940, le=2100)
)
SEASON_LABEL = Field("seasonLabel", STRING, "Both years of the season, as the source writes them: 20242025")
SEASON_TYPE = Field(
    "seasonType", STRING, "Part of the season; conference tournaments count as regular", values=SEASON_TYPES
)
START_AT = Field("startDate", TIMESTAMP, "Scheduled tip-off, UTC", name="start_at")
START_TIME_TBD = Field("startTimeTbd", BOOL, "The tip-off time is not set yet: start_at is midnight US Eastern")
NEUTRAL_SITE = Field("neutralSite", BOOL, "Played at a neutral site")
CONFERENCE_GAME = Field("conferenceGame", BOOL, "The game counts in the conference standings")
GAME_TYPE = Field(
    "gameType", STRING, "Kind of game: STD, TRNMNT, or an older round code (RD32, QTR, SEMI, FINAL)", True
)
STATUS = Field("status", STRING, "Status of the game; only a final game has a result", values=GAME_STATUSES)
PERIOD = Field("period", INT, "Period: 1 and 2 are the halves, 3 and above are overtimes", bounds=COUNT)
CLOCK = Field("clock", STRING, "Game clock as displayed, mm:ss")
TOURNAMENT = Field(
    "tournament", STRING, "Short name of the tournament (NCAA, NIT); null outside tournaments", True
).decor()
GAME_ID = Field("gameId", INT, "Game id; stable, but not in chronological order")
TEAM_ID = Field("teamId", INT, "Team id; stable across seasons")
TEAM = Field("team", STRING, "School name of the team in the season")
CONFERENCE = Field(
    "conference", STRING, "Conference abbreviation of the team in the season; null outside Division I", True
).decor()
TEAM_SEED = Field("teamSeed", INT, "Tournament seed of the team", True).decor()
HOME_TEAM_ID = Field("homeTeamId", INT, "home team: team id, -1 if unknown")
HOME_TEAM = Field("homeTeam", STRING, "School name of the home team; empty if unknown")
HOME_CONFERENCE = Field(
    "homeConference", STRING, "Conference abbreviation of the home team in the season", True
).decor()
AWAY_TEAM_ID = Field("awayTeamId", INT, "away team: team id, -1 if unknown")
AWAY_TEAM = Field("awayTeam", STRING, "School name of the away team; empty if unknown")
AWAY_CONFERENCE = Field(
    "awayConference", STRING, "Conference abbreviation of the away team in the season", True
).decor()
OPPONENT_ID = Field("opponentId", INT, "Team id of the opponent")
OPPONENT = Field("opponent", STRING, "School name of the opponent in the season")
OPPONENT_CONFERENCE = Field(
    "opponentConference", STRING, "Conference abbreviation of the opponent in the season; null outside Division I", True
).decor()
OPPONENT_SEED = Field("opponentSeed", INT, "Tournament seed of the opponent", True).decor()
IS_HOME = Field("isHome", BOOL, "The team is listed as the home team, also at neutral sites")
GAME_SOURCE_ID = Field("gameSourceId", STRING, "ESPN id of the game")
NOTES = Field("notes", STRING, "Name of the event, such as a tournament and its round", True).decor()
SOURCE_ID = Field(
    "sourceId", STRING, "ESPN id of the row's subject (team, game, athlete, ...); text, although it looks like a number"
)
NAME = Field("name", STRING, "Name of the row's subject (team, athlete, venue, ...)")
DISPLAY_NAME = Field("displayName", STRING, "Full name for display: school or city, and nickname")
ABBREVIATION = Field("abbreviation", STRING, "Abbreviation of the row's subject (team, conference, position)")
SCHOOL = Field("school", STRING, "School name; the API's team filters compare with it")
MASCOT = Field("mascot", STRING, "Mascot", True).decor()
VENUE = Field("venue", STRING, "Name of the venue of the game", True).decor()
CITY = Field("city", STRING, "City of the venue", True).decor()
STATE = Field("state", STRING, "State of the venue, two letters in the United States", True).decor()
GAME_MINUTES = Field(
    "gameMinutes", FLOAT, "Length of the game: 40 minutes plus 5 per overtime", True, unit="minutes", bounds=COUNT
).decor()
PACE = Field(
    "pace", FLOAT, "Pace: possessions per team and 40 minutes (mean of both teams)", True, bounds=COUNT
).decor()
GAMES_PLAYED = Field("games", INT, "Games played", bounds=COUNT)
WINS = Field("wins", INT, "Games won", bounds=COUNT)
LOSSES = Field("losses", INT, "Games lost", bounds=COUNT)
RANKING = Field("ranking", INT, "Rank; 1 is best, null if unranked", True).decor()
STARS = Field("stars", INT, "Recruiting stars, at most 5", bounds=COUNT)
YEAR = Field("year", INT, "Year of the recruiting class, transfer window or draft")
START_SEASON = Field("startSeason", INT, "First season of the conference membership or of the player's college career")
END_SEASON = Field(
    "endSeason", INT, "Last season of the conference membership or of the player's college career; null if it continues"
)

ATHLETE_ID = Field("athleteId", INT, "Athlete id of the API (internal)")
ATHLETE_SOURCE_ID = Field("athleteSourceId", STRING, "ESPN id of the athlete; use it to join box scores")
POSITION = Field("position", STRING, "Playing position; spelled out in rosters, abbreviated elsewhere")
FIRST_NAME = Field("firstName", STRING, "First name")
LAST_NAME = Field("lastName", STRING, "Last name")
HEIGHT = Field("height", FLOAT, "Height, last known value", True, unit="inches", bounds=COUNT).decor()
WEIGHT = Field("weight", FLOAT, "Weight, last known value", True, unit="pounds", bounds=COUNT).decor()
HOMETOWN = Record(
    (
        Field("countyFips", STRING, "FIPS code of the county", True, decoration=True),
        Field("longitude", FLOAT, "longitude; 0 is sent as null", True, unit="degrees", decoration=True),
        Field("latitude", FLOAT, "latitude; 0 is sent as null", True, unit="degrees", decoration=True),
        Field("country", STRING, "country", True, decoration=True),
        Field("state", STRING, "state, two letters in the United States", True, decoration=True),
        Field("city", STRING, "city", True, decoration=True),
    )
)

# The first fields of a record about a game, and the fields of a box score about its game and both teams.
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
    """The field `id` of a record, renamed to `<entity>_id`."""
    return Field("id", INT, description, name=name)


def percent(wire: str, description: str, null: bool = True, bounds: Bounds | None = None) -> Field:
    """A percentage that the API sends as 0-100; silver divides it by 100. The API computes it from counts."""
    return Field(wire, FLOAT, description, null, unit="percent", percent=True, bounds=bounds, decoration=null)


def fraction(wire: str, description: str, null: bool = True) -> Field:
    """A share that the API sends as 0-1."""
    return Field(wire, FLOAT, description, null, unit="fraction 0-1", decoration=null)


def count(wire: str, description: str, null: bool = True, dtype: pl.DataType = INT) -> Field:
    """A count, never negative. Some counts are Float64, as in the API's models."""
    return Field(wire, dtype, description, null, bounds=COUNT)


def game_date(start: str = "start_at") -> Derived:
    """Date of the tip-off in US Eastern time, which schedules use. About 60 % of games have another date in UTC."""
    column = Column(name="game_date", dtype=DATE, description="Date of the scheduled tip-off, US Eastern")
    return Derived(column=column, expr=eastern_date(pl.col(start)))


def column_of(field: Field, *, null: bool | None = None) -> Column:
    """A shared field as a column of a computed table."""
    return Column(
        name=field.column_name,
        dtype=field.type if isinstance(field.type, pl.DataType) else pl.Null(),
        description=field.description,
        nullable=field.nullable if null is None else null,
    )


def required(field: Field) -> Field:
    """A shared field, not nullable."""
    return replace(field, nullable=False)


def sometimes_null(field: Field, why: str) -> Field:
    """A field that the API's contract requires but that the API can send as null.

    A division by zero gives NaN, which JSON writes as null.
    """
    return replace(field, nullable=False, can_be_null=why)
