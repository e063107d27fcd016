"""The NBA draft: picks, and the lists of teams and positions that picks use."""

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
            ident("draft_team_id", "NBA team that drafts"),
            Field("sourceId", INT, "ESPN's identifier of the NBA team; a number here, unlike everywhere else"),
            Field("location", STRING, "Place the NBA team is named after; empty where it is not known"),
            NAME,
            DISPLAY_NAME,
            ABBREVIATION,
        )
    ),
    pattern=Pattern.ONCE,
)

DIM_DRAFT_TEAMS = silver_table(
    "dim_draft_teams", DRAFT_TEAMS, "One row per NBA team that drafts.", key=("draft_team_id",)
)

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
            Field("sourceTeamId", INT, "Team the player was drafted from, in the draft's own numbering", True),
            Field("sourceTeamLocation", STRING, "Place of the team the player was drafted from", True),
            Field("sourceTeamName", STRING, "Nickname of the team the player was drafted from", True),
            Field("sourceTeamLeagueAffiliation", STRING, "League of the team the player was drafted from", True),
            Field("sourceTeamCollegeId", INT, "The college team (`team_id`), if he came from a college", True),
            Field("draftTeamId", INT, "NBA team that drafts"),
            Field("draftTeam", STRING, "Nickname of the NBA team that drafted"),
            YEAR,
            Field("overall", INT, "Number of the pick in the whole draft", bounds=COUNT),
            Field("round", INT, "Round of the draft", bounds=COUNT),
            Field("pick", INT, "Number of the pick in its round", bounds=COUNT),
            NAME,
            Field("overallRank", INT, "Rank among the year's prospects", True),
            Field("positionRank", INT, "Rank among the year's prospects at his position", True),
            HEIGHT,
            WEIGHT,
        )
    ),
    params=(Param("year", "integer"), Param("draftTeam"), Param("sourceTeam"), Param("position")),
)

FCT_DRAFT_PICKS = silver_table(
    "fct_draft_picks", DRAFT_PICKS, "One row per pick of an NBA draft.", key=("year", "overall")
)
