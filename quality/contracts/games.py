"""Games: the schedule and its results. This table determines what every other table is expected to have."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from quality.columns import BOOL, FLOAT, INT, STRING, Column, Derived, Field, ListOf, Record
from quality.dataset import Endpoint, Param, Pattern, silver_table
from quality.nulls import NullLimit
from quality.vocabulary import (
    CITY,
    CONFERENCE_GAME,
    COUNT,
    GAME_STATUSES,
    GAME_TYPE,
    GAME_WINDOW_PARAMS,
    NEUTRAL_SITE,
    SEASON,
    SEASON_LABEL,
    SEASON_TYPE,
    SEASON_TYPE_PARAM,
    SOURCE_ID,
    START_AT,
    START_TIME_TBD,
    STATE,
    STATUS,
    TOURNAMENT,
    TOURNAMENT_PARAM,
    VENUE,
    game_date,
    ident,
)


def _side(side: str) -> tuple[Field, ...]:
    return (
        Field(f"{side}TeamId", INT, f"{side} team: team id, -1 if unknown"),
        Field(f"{side}Team", STRING, f"School name of the {side} team; empty if unknown"),
        Field(f"{side}ConferenceId", INT, f"Conference id of the {side} team in the season", True).decor(),
        Field(f"{side}Conference", STRING, f"Conference abbreviation of the {side} team in the season", True).decor(),
        Field(f"{side}Seed", INT, f"Tournament seed of the {side} team", True).decor(),
        Field(f"{side}Points", INT, f"Points of the {side} team; 0 before the game", True, bounds=COUNT),
        Field(f"{side}PeriodPoints", ListOf(INT), f"Points of the {side} team in each half and overtime", True),
        Field(f"{side}Winner", BOOL, f"The {side} team won; null until the game is final", True),
        Field(f"{side}TeamEloStart", INT, f"Elo rating of the {side} team before the game", True).decor(),
        Field(f"{side}TeamEloEnd", INT, f"Elo rating of the {side} team after the game", True).decor(),
    )


GAMES = Endpoint(
    name="games",
    path="/games",
    description="Games of a season: schedule, status, final and period points, Elo ratings.",
    record=Record(
        (
            ident("game_id", "Game id; stable, but not in chronological order"),
            SOURCE_ID,
            SEASON_LABEL,
            SEASON,
            SEASON_TYPE,
            START_AT,
            START_TIME_TBD,
            NEUTRAL_SITE,
            CONFERENCE_GAME,
            GAME_TYPE,
            TOURNAMENT,
            Field("gameNotes", STRING, "Name of the event, such as a tournament and its round", True).decor(),
            STATUS,
            Field("attendance", INT, "Attendance; 0 and null mean unknown", True, bounds=COUNT).decor(),
            *_side("home"),
            *_side("away"),
            Field("excitement", FLOAT, "Excitement index of the API; 0 is sent as null", True).decor(),
            Field("venueId", INT, "Venue id", True).decor(),
            VENUE,
            CITY,
            STATE,
        )
    ),
    params=(
        *GAME_WINDOW_PARAMS,
        SEASON_TYPE_PARAM,
        Param("status", values=GAME_STATUSES),
        TOURNAMENT_PARAM,
    ),
    pattern=Pattern.WINDOWS,
    window_days=30,
    row_cap=3000,
)

MOST_POINTS = 250  # of a team; no Division I team has scored more than 186
_POINTS = [pl.col(f"{side}_points").fill_null(0) for side in ("home", "away")]

HAS_RESULT = Derived(
    column=Column(
        name="has_result",
        dtype=pl.Boolean(),
        description="The game is final, has a winner, and is between two different teams; a game with 0-0 (scheduled, "
        "or final by mistake) has no result, nor has a final with equal points, with more than "
        f"{MOST_POINTS} points of a team, or in which both teams are unknown",
    ),
    expr=(pl.col("status") == "final")
    & (_POINTS[0] != _POINTS[1])
    & (pl.max_horizontal(_POINTS) <= MOST_POINTS)
    & (pl.col("home_team_id") != pl.col("away_team_id")),
)

# Of two versions of a game in one response, the one that is further on counts: scores only rise.
LATER = (
    pl.col("status").replace_strict({"final": 3, "in_progress": 1, "scheduled": 0}, default=2, return_dtype=pl.Int8()),
    pl.when(pl.col("status") == "in_progress").then(pl.sum_horizontal("home_points", "away_points")).otherwise(0),
)

# Values that the API sends for a game that has not been played yet.
OUTCOME = (
    ("status", "scheduled"),
    ("has_result", False),
    ("attendance", None),
    ("excitement", None),
    *((f"{side}_points", 0) for side in ("home", "away")),
    *(
        (f"{side}_{name}", None)
        for side in ("home", "away")
        for name in ("period_points", "winner", "team_elo_start", "team_elo_end")
    ),
)

FCT_GAMES = replace(
    silver_table(
        "fct_games",
        GAMES,
        "One row per game, scheduled games included.",
        key=("game_id",),
        derived=(game_date(), HAS_RESULT),
        sort=("start_at", "game_id"),
        null_limits=(
            NullLimit(
                "home_points",
                (
                    "home_points",
                    "away_points",
                ),
                at_most=0.01,
                reason="points are 0, not null, before a game",
            ),
            NullLimit("venue_id", ("venue_id",), at_most=0.1, reason="the venue is unknown"),
        ),
    ),
    outcome=OUTCOME,
    prefer=LATER,
)
