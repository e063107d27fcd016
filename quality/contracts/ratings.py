"""Team ratings: adjusted efficiency, SRS, Elo. The API has only current values; the history comes from our captures.

Requests filter only by season: the API computes ranks over the rows of the response, so another filter distorts them.
"""

from __future__ import annotations

from dataclasses import replace

from quality.columns import FLOAT, INT, STRING, Field, Record
from quality.dataset import Endpoint, silver_table
from quality.vocabulary import (
    CONFERENCE,
    CONFERENCE_PARAM,
    COUNT,
    SEASON,
    SEASON_PARAM,
    TEAM,
    TEAM_ID,
    TEAM_PARAM,
    required,
)

PARAMS = (SEASON_PARAM, TEAM_PARAM, CONFERENCE_PARAM)
KEY = ("season", "team_id", "as_of")
PER_100 = "points per 100 possessions"

RANKINGS = Record(
    tuple(
        Field(wire, FLOAT, f"rank by {what} rating; 1 is best", bounds=COUNT)
        for wire, what in (("net", "net"), ("defense", "defensive"), ("offense", "offensive"))
    )
)

RATINGS_ADJUSTED = Endpoint(
    name="ratings_adjusted",
    path="/ratings/adjusted",
    description="Team efficiency adjusted for opponents, as of the day of the call.",
    record=Record(
        (
            SEASON,
            TEAM_ID,
            TEAM,
            required(CONFERENCE),
            Field("offensiveRating", FLOAT, "Points scored, adjusted for opponents", unit=PER_100),
            Field("defensiveRating", FLOAT, "Points allowed, adjusted for opponents; lower is better", unit=PER_100),
            Field("netRating", FLOAT, "Adjusted offensive minus defensive rating", unit=PER_100),
            Field("rankings", RANKINGS, "ranks in Division I"),
        )
    ),
    params=PARAMS,
    first_season=2014,
    refresh_days=1,
    snapshots=True,
)

FCT_RATINGS_ADJUSTED = silver_table(
    "fct_ratings_adjusted",
    RATINGS_ADJUSTED,
    "One row per team and day of capture: adjusted efficiency as of that day.",
    key=KEY,
)

RATINGS_SRS = Endpoint(
    name="ratings_srs",
    path="/ratings/srs",
    description="Simple rating system (SRS) of teams, as of the day of the call; empty for some seasons in progress.",
    record=Record(
        (
            SEASON,
            TEAM_ID,
            TEAM,
            required(CONFERENCE),
            Field("rating", FLOAT, "SRS rating: average margin plus strength of schedule, in points"),
        )
    ),
    params=PARAMS,
    refresh_days=1,
    snapshots=True,
)

FCT_RATINGS_SRS = silver_table(
    "fct_ratings_srs",
    RATINGS_SRS,
    "One row per team and day of capture: SRS rating as of that day.",
    key=KEY,
)

RATINGS_ELO = Endpoint(
    name="ratings_elo",
    path="/ratings/elo",
    description="Elo ratings of teams after their last final game, as of the day of the call.",
    record=Record(
        (
            SEASON,
            TEAM_ID,
            TEAM,
            Field(
                "conference",
                STRING,
                "Conference NAME in the season; only this endpoint sends the name instead of the abbreviation",
            ),
            Field("elo", INT, "Elo rating after the last final game", True),
        )
    ),
    params=PARAMS,
    refresh_days=1,
    snapshots=True,
)

# The API picks a team's last game by start time and sends the team twice if two games share one.
FCT_RATINGS_ELO = replace(
    silver_table(
        "fct_ratings_elo",
        RATINGS_ELO,
        "One row per team and day of capture: Elo rating as of that day; the higher one if the API sends a team twice.",
        key=KEY,
    ),
    prefer=("elo",),
)
