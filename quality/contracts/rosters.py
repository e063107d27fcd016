"""Rosters: the athletes of each team and season. Rosters and season statistics connect the two ids of an athlete."""

from __future__ import annotations

from dataclasses import replace

from quality.columns import DATE, STRING, Field, ListOf, Record
from quality.dataset import Endpoint, silver_table
from quality.patterns import Param
from quality.vocabulary import (
    CONFERENCE,
    END_SEASON,
    FIRST_NAME,
    HEIGHT,
    HOMETOWN,
    LAST_NAME,
    NAME,
    POSITION,
    SEASON,
    SOURCE_ID,
    START_SEASON,
    TEAM,
    TEAM_ID,
    TEAM_PARAM,
    WEIGHT,
    ident,
)

PLAYER = Record(
    (
        ident("athlete_id", "Athlete id of the API (internal)"),
        SOURCE_ID,
        NAME,
        FIRST_NAME.null(),
        LAST_NAME.null(),
        Field("jersey", STRING, "Jersey number, last known value", True).decor(),
        POSITION.null(),
        HEIGHT,
        WEIGHT,
        Field("hometown", HOMETOWN, "hometown"),
        Field("dateOfBirth", DATE, "Date of birth", True).decor(),
        START_SEASON,
        END_SEASON,
    )
)

ROSTERS = Endpoint(
    name="rosters",
    path="/teams/roster",
    description="Rosters of all teams in a season; most teams outside Division I have none.",
    record=Record(
        (
            TEAM_ID,
            Field("teamSourceId", STRING, "team: ESPN id of the team"),
            TEAM,
            CONFERENCE,
            SEASON,
            Field("players", ListOf(PLAYER), "Athletes on the roster"),
        )
    ),
    params=(Param("season", "integer", required=True), TEAM_PARAM),
    refresh_days=7,
)

FCT_ROSTERS = silver_table(
    "fct_rosters",
    ROSTERS,
    "One row per season, team and athlete on its roster. Jersey, height and weight are today's, not the season's.",
    key=("season", "team_id", "athlete_id"),
    version=("season", "team_id"),
    explode="players",
)

FCT_ROSTERS_AT_OPENING = replace(
    silver_table(
        "fct_rosters_at_opening",
        ROSTERS,
        "One row per season, team and athlete on its roster according to the last response before 1 November, the "
        "roster before the first game. Only for seasons whose rosters were fetched before that date.",
        key=FCT_ROSTERS.key,
        version=FCT_ROSTERS.version,
        explode=FCT_ROSTERS.explode,
    ),
    at_opening=True,
)
