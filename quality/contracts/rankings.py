"""Polls by week: AP poll and coaches poll."""

from __future__ import annotations

from quality.columns import FLOAT, INT, STRING, TIMESTAMP, Field, Record
from quality.dataset import Endpoint, Param, silver_table
from quality.vocabulary import (
    CONFERENCE,
    CONFERENCE_PARAM,
    COUNT,
    RANKING,
    SEASON,
    SEASON_PARAM,
    SEASON_TYPE,
    SEASON_TYPE_PARAM,
    TEAM,
    TEAM_ID,
    TEAM_PARAM,
)

RANKINGS = Endpoint(
    name="rankings",
    path="/rankings",
    description="Polls of all weeks of a season.",
    record=Record(
        (
            SEASON,
            SEASON_TYPE,
            Field("week", INT, "Week of the poll", bounds=COUNT),
            Field(
                "pollDate", TIMESTAMP, "Time when the poll was published; null for about 7 % of the rows", True
            ).decor(),
            Field("pollType", STRING, "Name of the poll, such as AP Top 25"),
            TEAM_ID,
            TEAM,
            CONFERENCE,
            RANKING,
            Field("points", INT, "Points in the poll", True, bounds=COUNT),
            Field("firstPlaceVotes", FLOAT, "First-place votes", True, bounds=COUNT),
        )
    ),
    params=(
        SEASON_PARAM,
        SEASON_TYPE_PARAM,
        Param("week", "integer"),
        Param("pollType"),
        TEAM_PARAM,
        CONFERENCE_PARAM,
    ),
    first_season=1949,
    refresh_days=1,
)

FCT_RANKINGS = silver_table(
    "fct_rankings",
    RANKINGS,
    "One row per poll, week and team; a team outside the ranked places that received votes has no ranking.",
    key=("season", "season_type", "week", "poll_type", "team_id"),
)
