"""Teams, team seasons and conferences."""

from __future__ import annotations

from quality.columns import INT, STRING, Field, ListOf, Record
from quality.dataset import SEASON_INJECTED, Endpoint, Param, Pattern, silver_table
from quality.nulls import NullLimit
from quality.vocabulary import ABBREVIATION, CONFERENCE, DISPLAY_NAME, MASCOT, NAME, SCHOOL, SOURCE_ID, ident

TEAM = Record(
    (
        ident("team_id", "Team; stable over seasons"),
        SOURCE_ID,
        SCHOOL,
        MASCOT,
        ABBREVIATION.null(),
        DISPLAY_NAME.null(),
        Field("shortDisplayName", STRING, "School name as scoreboards shorten it", True),
        Field("primaryColor", STRING, "Main colour, hexadecimal without #", True),
        Field("secondaryColor", STRING, "Second colour, hexadecimal without #", True),
        Field("currentVenueId", INT, "Home venue today", True),
        Field("currentVenue", STRING, "Name of the home venue today", True),
        Field("currentCity", STRING, "City of the home venue today", True),
        Field("currentState", STRING, "State of the home venue today", True),
        Field("conferenceId", INT, "Conference of the season asked for (today's without one)", True),
        CONFERENCE,
        Field("logos", ListOf(STRING), "Addresses of the team's logos", True),
    )
)

TEAM_PARAMS = (Param("conference"), Param("season", "integer"))

TEAMS = Endpoint(
    name="teams",
    path="/teams",
    description="All teams, opponents from outside Division I included, with today's conference.",
    record=TEAM,
    params=TEAM_PARAMS,
    pattern=Pattern.ONCE,
    refresh_days=7,
)

DIM_TEAMS = silver_table(
    "dim_teams",
    TEAMS,
    "One row per team ever seen, with today's conference: what game and box score ids refer to.",
    key=("team_id",),
    null_limits=(
        NullLimit("mascot", ("mascot",), at_most=0.12, reason="8 %: small schools"),
        NullLimit("conference", ("conference",), at_most=0.85, reason="76 % are outside Division I"),
    ),
)

TEAM_SEASONS = Endpoint(
    name="team_seasons",
    path="/teams",
    description="Division I teams of one season with the conference they played in.",
    record=TEAM,
    params=TEAM_PARAMS,
    pattern=Pattern.SEASON,
    inject=(SEASON_INJECTED,),
)

DIM_TEAM_SEASONS = silver_table(
    "dim_team_seasons",
    TEAM_SEASONS,
    "One row per Division I team and season: membership and conference as they were.",
    key=("season", "team_id"),
    null_limits=(NullLimit("conference", ("conference",), at_most=0.02, reason="teams of a season are in Division I"),),
)

CONFERENCES = Endpoint(
    name="conferences",
    path="/conferences",
    description="Conferences.",
    record=Record(
        (
            ident("conference_id", "Conference"),
            SOURCE_ID,
            NAME,
            ABBREVIATION,
            Field("shortName", STRING, "Short name of the row's own entity"),
        )
    ),
    pattern=Pattern.ONCE,
)

DIM_CONFERENCES = silver_table("dim_conferences", CONFERENCES, "One row per conference.", key=("conference_id",))
