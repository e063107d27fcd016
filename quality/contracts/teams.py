"""Teams, team seasons and conferences."""

from __future__ import annotations

from dataclasses import replace

from quality.columns import INT, STRING, Field, ListOf, Record
from quality.contracts._membership import FROM_SCHEDULE
from quality.dataset import SEASON_INJECTED, Endpoint, Param, Pattern, silver_table
from quality.nulls import NullLimit
from quality.vocabulary import ABBREVIATION, CONFERENCE, DISPLAY_NAME, MASCOT, NAME, SCHOOL, SOURCE_ID, ident

TEAM = Record(
    (
        ident("team_id", "Team id; stable across seasons"),
        SOURCE_ID,
        SCHOOL,
        MASCOT,
        ABBREVIATION.null(),
        DISPLAY_NAME.null(),
        Field("shortDisplayName", STRING, "Short school name for scoreboards", True).decor(),
        Field("primaryColor", STRING, "Primary colour, hexadecimal without #", True).decor(),
        Field("secondaryColor", STRING, "Secondary colour, hexadecimal without #", True).decor(),
        Field("currentVenueId", INT, "Id of the current home venue", True).decor(),
        Field("currentVenue", STRING, "Name of the current home venue", True).decor(),
        Field("currentCity", STRING, "City of the current home venue", True).decor(),
        Field("currentState", STRING, "State of the current home venue", True).decor(),
        Field("conferenceId", INT, "Conference id in the season (in dim_teams: today's)", True),
        replace(CONFERENCE, decoration=False),  # standings and schedules follow from it
        Field("logos", ListOf(STRING), "URLs of the team's logos", True).decor(),
    )
)

TEAM_PARAMS = (Param("conference"), Param("season", "integer"))

TEAMS = Endpoint(
    name="teams",
    path="/teams",
    description="All teams, including opponents from outside Division I, with their current conference.",
    record=TEAM,
    params=TEAM_PARAMS,
    pattern=Pattern.ONCE,
    refresh_days=7,
)

DIM_TEAMS = silver_table(
    "dim_teams",
    TEAMS,
    "One row per team of any season, with its current conference; team ids of games and box scores refer to it.",
    key=("team_id",),
    null_limits=(
        NullLimit("mascot", ("mascot",), at_most=0.12, reason="8 % are null, mostly small schools"),
        NullLimit("conference", ("conference",), at_most=0.85, reason="76 % of the teams are outside Division I"),
    ),
)

TEAM_SEASONS = Endpoint(
    name="team_seasons",
    path="/teams",
    description="Division I teams of one season with their conference in that season.",
    record=TEAM,
    params=TEAM_PARAMS,
    pattern=Pattern.SEASON,
    inject=(SEASON_INJECTED,),
)

DIM_TEAM_SEASONS = replace(
    silver_table(
        "dim_team_seasons",
        TEAM_SEASONS,
        "One row per Division I team and season, with the conference of that season.",
        key=("season", "team_id"),
        null_limits=(
            NullLimit("conference", ("conference",), at_most=0.02, reason="all teams of a season are in Division I"),
        ),
    ),
    stand_in=FROM_SCHEDULE,
)

CONFERENCES = Endpoint(
    name="conferences",
    path="/conferences",
    description="Conferences.",
    record=Record(
        (
            ident("conference_id", "Conference id"),
            SOURCE_ID,
            NAME,
            ABBREVIATION,
            Field("shortName", STRING, "Short name of the conference"),
        )
    ),
    pattern=Pattern.ONCE,
)

DIM_CONFERENCES = silver_table("dim_conferences", CONFERENCES, "One row per conference.", key=("conference_id",))
