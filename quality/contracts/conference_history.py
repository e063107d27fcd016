"""Conference memberships by season range, as far back as the API has them."""

from __future__ import annotations

from quality.columns import STRING, Field, ListOf, Record
from quality.dataset import Endpoint, Pattern, silver_table
from quality.vocabulary import CONFERENCE_PARAM, END_SEASON, MASCOT, SCHOOL, SOURCE_ID, START_SEASON, ident

MEMBER = Record(
    (END_SEASON.null(), START_SEASON, MASCOT, SCHOOL, SOURCE_ID, ident("team_id", "Team id; stable across seasons"))
)

CONFERENCE_HISTORY = Endpoint(
    name="conference_history",
    path="/conferences/history",
    description="Conferences with all current and former members and the seasons of their membership.",
    record=Record(
        (
            ident("conference_id", "Conference id"),
            Field("sourceId", STRING, "ESPN id of the conference", name="conference_source_id"),
            Field("name", STRING, "Name of the conference", name="conference_name"),
            Field("abbreviation", STRING, "Conference abbreviation", name="conference"),
            Field("shortName", STRING, "Short name of the conference", name="conference_short_name"),
            Field("teams", ListOf(MEMBER), "Members, with first and last season"),
        )
    ),
    params=(CONFERENCE_PARAM,),
    pattern=Pattern.ONCE,
)

BRIDGE_CONFERENCE_TEAMS = silver_table(
    "bridge_conference_teams",
    CONFERENCE_HISTORY,
    "One row per membership of a team in a conference, from `start_season` through `end_season`.",
    key=("conference_id", "team_id", "start_season"),
    version=("conference_id",),
    explode="teams",
    drop=("conference_source_id", "conference_name", "conference_short_name"),
)
