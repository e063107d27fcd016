"""Conference membership by season range, as far back as the API knows it."""

from __future__ import annotations

from quality.columns import STRING, Field, ListOf, Record
from quality.dataset import Endpoint, Pattern, silver_table
from quality.vocabulary import CONFERENCE_PARAM, END_SEASON, MASCOT, SCHOOL, SOURCE_ID, START_SEASON, ident

MEMBER = Record(
    (END_SEASON.null(), START_SEASON, MASCOT, SCHOOL, SOURCE_ID, ident("team_id", "Team; stable over seasons"))
)

CONFERENCE_HISTORY = Endpoint(
    name="conference_history",
    path="/conferences/history",
    description="Conferences with every team that was ever a member, and from when to when.",
    record=Record(
        (
            ident("conference_id", "Conference"),
            Field("sourceId", STRING, "ESPN's identifier of the conference", name="conference_source_id"),
            Field("name", STRING, "Name of the conference", name="conference_name"),
            Field("abbreviation", STRING, "Conference abbreviation", name="conference"),
            Field("shortName", STRING, "Short name of the conference", name="conference_short_name"),
            Field("teams", ListOf(MEMBER), "Members with their first and last season"),
        )
    ),
    params=(CONFERENCE_PARAM,),
    pattern=Pattern.ONCE,
)

BRIDGE_CONFERENCE_TEAMS = silver_table(
    "bridge_conference_teams",
    CONFERENCE_HISTORY,
    "One row per membership: a team was in a conference from `start_season` to `end_season`, both included.",
    key=("conference_id", "team_id", "start_season"),
    version=("conference_id",),
    explode="teams",
    drop=("conference_source_id", "conference_name", "conference_short_name"),
)
