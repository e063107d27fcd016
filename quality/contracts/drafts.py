"""The NBA draft: picks, and the lists of teams and positions that picks refer to."""

from __future__ import annotations

from quality.columns import INT, STRING, Field, Record
from quality.dataset import Endpoint, Param, Pattern, silver_table
from quality.vocabulary import (
    ABBREVIATION,
    ATHLETE_ID,
    COUNT,
    DISPLAY_NAME,
    HEIGHT,
    NAME,
    WEIGHT,
    YEAR,
    ident,
)

DRAFT_TEAMS = Endpoint(
    name="draft_teams",
    path="/draft/teams",
    description="NBA teams that appear in the draft.",
    record=Record(
        (
            ident("draft_team_id", "Id of the drafting NBA team"),
            Field("sourceId", INT, "ESPN id of the NBA team; a number here, text in all other tables"),
            Field("location", STRING, "Place in the name of the NBA team; empty if unknown"),
            NAME,
            DISPLAY_NAME,
            ABBREVIATION,
        )
    ),
    pattern=Pattern.ONCE,
)

DIM_DRAFT_TEAMS = silver_table("dim_draft_teams", DRAFT_TEAMS, "One row per drafting NBA team.", key=("draft_team_id",))

DRAFT_POSITIONS = Endpoint(
    name="draft_positions",
    path="/draft/positions",
    description="Positions of drafted players.",
    record=Record((NAME, ABBREVIATION)),
    pattern=Pattern.ONCE,
)

DIM_DRAFT_POSITIONS = silver_table(
    "dim_draft_positions", DRAFT_POSITIONS, "One row per position in the draft.", key=("abbreviation",)
)

DRAFT_PICKS = Endpoint(
    name="draft_picks",
    path="/draft/picks",
    description="NBA draft picks of a year.",
    record=Record(
        (
            ATHLETE_ID.null(),
            Field("sourceTeamId", INT, "Id of the player's previous team, in the draft's own numbering", True),
            Field("sourceTeamLocation", STRING, "Place of the player's previous team", True).decor(),
            Field("sourceTeamName", STRING, "Nickname of the player's previous team", True).decor(),
            Field("sourceTeamLeagueAffiliation", STRING, "League of the player's previous team", True).decor(),
            Field("sourceTeamCollegeId", INT, "College team (`team_id`), if the player came from a college", True),
            Field("draftTeamId", INT, "Id of the drafting NBA team"),
            Field("draftTeam", STRING, "Nickname of the drafting NBA team"),
            YEAR,
            Field("overall", INT, "Overall number of the pick", bounds=COUNT),
            Field("round", INT, "Round of the draft", bounds=COUNT),
            Field("pick", INT, "Number of the pick within its round", bounds=COUNT),
            NAME,
            Field("overallRank", INT, "Rank among the year's prospects", True).decor(),
            Field("positionRank", INT, "Rank among the year's prospects at the player's position", True).decor(),
            HEIGHT,
            WEIGHT,
        )
    ),
    params=(Param("year", "integer"), Param("draftTeam"), Param("sourceTeam"), Param("position")),
)

FCT_DRAFT_PICKS = silver_table(
    "fct_draft_picks", DRAFT_PICKS, "One row per pick of an NBA draft.", key=("year", "overall")
)
