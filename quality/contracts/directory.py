"""The directory: the Division I teams and conferences of a season in one object."""

from __future__ import annotations

from quality.columns import INT, STRING, Field, ListOf, Record
from quality.dataset import Endpoint, Param, silver_table
from quality.vocabulary import (
    ABBREVIATION,
    DISPLAY_NAME,
    MASCOT,
    NAME,
    SCHOOL,
    SEASON,
    SEASON_LABEL,
    SOURCE_ID,
    ident,
)

TEAM = Record(
    (
        ident("team_id", "Team id; stable across seasons"),
        SOURCE_ID.null(),
        SCHOOL,
        MASCOT,
        ABBREVIATION.null(),
        DISPLAY_NAME.null(),
        Field("shortDisplayName", STRING, "Short school name for scoreboards", True).decor(),
        Field("conferenceId", INT, "Conference id in the season (in dim_teams: today's)"),
    )
)
CONFERENCE = Record((ident("conference_id", "Conference id"), NAME, ABBREVIATION))

TEAM_DIRECTORY = Endpoint(
    name="team_directory",
    path="/teams/directory",
    description="Directory of a season: its Division I teams and conferences.",
    record=Record(
        (
            SEASON,
            SEASON_LABEL,
            Field("teams", ListOf(TEAM), "Teams"),
            Field("conferences", ListOf(CONFERENCE), "Conferences"),
        )
    ),
    params=(Param("season", "integer", required=True),),
    refresh_days=7,
)

DIM_DIRECTORY_TEAMS = silver_table(
    "dim_directory_teams",
    TEAM_DIRECTORY,
    "One row per season and team of the directory.",
    key=("season", "team_id"),
    version=("season",),
    explode="teams",
    drop=("conferences",),
)

DIM_DIRECTORY_CONFERENCES = silver_table(
    "dim_directory_conferences",
    TEAM_DIRECTORY,
    "One row per season and conference of the directory.",
    key=("season", "conference_id"),
    version=("season",),
    explode="conferences",
    drop=("teams",),
)
