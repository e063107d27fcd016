"""Recruiting: prospects, team classes, the transfer portal. Requests use `year`; the API ignores `season`."""

from __future__ import annotations

from dataclasses import replace

from quality.columns import FLOAT, INT, STRING, Field, Record
from quality.dataset import Endpoint, Param, silver_table
from quality.drift import DriftPolicy
from quality.vocabulary import (
    ATHLETE_ID,
    CONFERENCE,
    CONFERENCE_PARAM,
    COUNT,
    FIRST_NAME,
    HOMETOWN,
    LAST_NAME,
    NAME,
    POSITION,
    RANKING,
    SOURCE_ID,
    STARS,
    TEAM,
    TEAM_ID,
    TEAM_PARAM,
    YEAR,
    ident,
    required,
)

RATING = Field("rating", FLOAT, "Rating by the recruiting service", bounds=COUNT)


def _team(wire: str, role: str) -> Field:
    fields = (
        Field("conference", STRING, "conference abbreviation", True),
        Field("name", STRING, "school name", True),
        Field("id", INT, "team id (`team_id`)", True),
    )
    return Field(wire, Record(fields), role, True)


RECRUITS = Endpoint(
    name="recruiting_players",
    path="/recruiting/players",
    description="Recruits of a recruiting class.",
    record=Record(
        (
            ident("recruit_id", "Recruit id; differs from the athlete id"),
            SOURCE_ID.null(),
            POSITION.null(),
            Field("schoolId", INT, "Id of the recruit's previous school", True),
            Field("school", STRING, "Name of the recruit's previous school", True),
            Field("hometown", HOMETOWN, "hometown", True),
            _team("committedTo", "team that the recruit committed to"),
            ATHLETE_ID.null(),
            YEAR,
            NAME,
            Field("heightInches", FLOAT, "Height as a recruit", True, unit="inches", bounds=COUNT),
            Field("weightPounds", INT, "Weight as a recruit", True, unit="pounds", bounds=COUNT),
            STARS,
            RATING,
            RANKING,
        )
    ),
    params=(Param("year", "integer"), TEAM_PARAM, CONFERENCE_PARAM, Param("position")),
    refresh_days=7,
)

FCT_RECRUITING_PLAYERS = silver_table(
    "fct_recruiting_players", RECRUITS, "One row per recruit.", key=("recruit_id",), sort=("year", "recruit_id")
)

RECRUITING_TEAMS = Endpoint(
    name="recruiting_teams",
    path="/recruiting/teams",
    description="Recruiting classes of teams.",
    record=Record((TEAM_ID, TEAM, CONFERENCE, YEAR, required(RANKING), RATING)),
    params=(Param("year", "integer"), TEAM_PARAM, CONFERENCE_PARAM),
    refresh_days=7,
)

FCT_RECRUITING_TEAMS = silver_table(
    "fct_recruiting_teams", RECRUITING_TEAMS, "One row per team and recruiting class.", key=("year", "team_id")
)

PORTAL = Endpoint(
    name="recruiting_portal",
    path="/recruiting/portal",
    description="Players who entered the transfer portal.",
    record=Record(
        (
            ident("transfer_id", "Id of the transfer portal entry"),
            SOURCE_ID,
            YEAR,
            FIRST_NAME,
            LAST_NAME,
            POSITION,
            _team("origin", "team that the player leaves"),
            _team("destination", "team that the player joins; null while undecided"),
            Field(
                "eligibility",
                STRING,
                "Eligibility of the player at the new team",
                True,
                values=("Withdrawn", "TBD", "PendingAppeal", "SittingOne", "Immediate"),
            ),
            Field("yearsRemaining", INT, "Remaining seasons of eligibility", True, bounds=COUNT),
            STARS.null(),
            replace(RATING.null(), description=f"{RATING.description}; 0 is sent as null"),
        )
    ),
    params=(
        Param("year", "number"),
        Param("sourceTeam"),
        Param("destinationTeam"),
        Param("sourceConference"),
        Param("destinationConference"),
        Param("position"),
    ),
    first_season=2021,
    refresh_days=7,
    drift=DriftPolicy(unknown_value="evolve", reason="eligibility is only a label; nothing depends on it"),
)

FCT_RECRUITING_PORTAL = silver_table(
    "fct_recruiting_portal",
    PORTAL,
    "One row per entry in the transfer portal.",
    key=("transfer_id",),
    sort=("year", "transfer_id"),
)
