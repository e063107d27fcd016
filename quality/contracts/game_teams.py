"""Team box scores: two mirrored rows per game."""

from __future__ import annotations

from quality.boxscore import (
    ASSISTS,
    BLOCKS,
    POSSESSIONS,
    REBOUNDS,
    SHOOTING,
    STEALS,
    TURNOVERS,
    TURNOVERS_PER_POSSESSION,
    UNIT_RATING,
    UNIT_TRUE_SHOOTING,
    fouls,
    four_factors,
    points_by_origin,
    total_points,
)
from quality.columns import FLOAT, Field, ListOf, Record
from quality.dataset import Endpoint, Pattern, silver_table
from quality.nulls import NullLimit
from quality.vocabulary import (
    BOX_HEADER,
    GAME_WINDOW_PARAMS,
    PACE,
    SEASON_TYPE_PARAM,
    TOURNAMENT_PARAM,
    game_date,
    percent,
)

POINTS = Record(
    (
        *points_by_origin(),
        Field("byPeriod", ListOf(FLOAT), "points in each half and overtime", True),
        Field("largestLead", FLOAT, "largest lead", True).decor(),
        total_points(),
    )
)
UNIT_STATS = Record(
    (
        *SHOOTING,
        REBOUNDS,
        Field("turnovers", TURNOVERS, "turnovers"),
        Field("fouls", fouls(), "fouls"),
        Field("points", POINTS, "points"),
        Field("fourFactors", four_factors(percent("turnoverRatio", TURNOVERS_PER_POSSESSION)), "the four factors"),
        ASSISTS,
        BLOCKS,
        STEALS,
        POSSESSIONS,
        UNIT_RATING,
        UNIT_TRUE_SHOOTING,
        Field("gameScore", FLOAT, "Hollinger's game score for the whole team", True).decor(),
    )
)

GAME_TEAMS = Endpoint(
    name="game_teams",
    path="/games/teams",
    description="Team box scores, one record per game and team.",
    record=Record(
        (
            *BOX_HEADER,
            PACE,
            Field("teamStats", UNIT_STATS, "Statistics of the team"),
            Field("opponentStats", UNIT_STATS, "Statistics of the opponent, equal to those in its own row"),
        )
    ),
    params=(*GAME_WINDOW_PARAMS, SEASON_TYPE_PARAM, TOURNAMENT_PARAM),
    pattern=Pattern.WINDOWS,
    window_days=14,
    row_cap=3000,
)

FCT_GAME_TEAMS = silver_table(
    "fct_game_teams",
    GAME_TEAMS,
    "One row per game and team; the two rows of a game mirror each other.",
    key=("game_id", "team_id"),
    version=("game_id",),
    derived=(game_date(),),
    sort=("start_at", "game_id", "team_id"),
    null_limits=(
        NullLimit(
            "team_stats_points_total", ("team_stats_points_total",), at_most=0.01, reason="a box score has points"
        ),
        NullLimit(
            "pace",
            ("pace",),
            at_most=0.25,
            reason="15.4 % are null over all seasons, because possessions were not counted",
        ),
    ),
)
