"""Team box scores: two mirrored rows per game."""

from __future__ import annotations

from quality.columns import FLOAT, INT, Field, ListOf, Record
from quality.dataset import Endpoint, Plan, silver_table
from quality.vocabulary import (
    CONFERENCE,
    CONFERENCE_GAME,
    COUNT,
    GAME_ID,
    GAME_MINUTES,
    GAME_TYPE,
    GAME_WINDOW_PARAMS,
    IS_HOME,
    NEUTRAL_SITE,
    NOTES,
    OPPONENT,
    OPPONENT_CONFERENCE,
    OPPONENT_ID,
    OPPONENT_SEED,
    REBOUNDS,
    SEASON,
    SEASON_LABEL,
    SEASON_TYPE,
    SEASON_TYPE_PARAM,
    SHOOTING,
    START_AT,
    START_TIME_TBD,
    TEAM,
    TEAM_ID,
    TEAM_SEED,
    TOURNAMENT,
    TOURNAMENT_PARAM,
    game_date,
)

TURNOVERS = Record(
    (
        Field("teamTotal", FLOAT, "turnovers charged to the team, not to a player", True, bounds=COUNT),
        Field("total", FLOAT, "turnovers", True, bounds=COUNT),
    )
)
FOULS = Record(
    (
        Field("flagrant", INT, "flagrant fouls", True, bounds=COUNT),
        Field("technical", INT, "technical fouls", True, bounds=COUNT),
        Field("total", FLOAT, "fouls", True, bounds=COUNT),
    )
)
POINTS = Record(
    (
        Field("fastBreak", FLOAT, "points on fast breaks", True, bounds=COUNT),
        Field("offTurnovers", FLOAT, "points after the opponent's turnovers", True, bounds=COUNT),
        Field("inPaint", FLOAT, "points in the paint", True, bounds=COUNT),
        Field("byPeriod", ListOf(FLOAT), "points in each half and overtime", True),
        Field("largestLead", FLOAT, "largest lead", True),
        Field("total", FLOAT, "points", True, bounds=COUNT),
    )
)
FOUR_FACTORS = Record(
    (
        Field(
            "freeThrowRate",
            FLOAT,
            "free throws attempted per field goal attempted",
            True,
            "free_throw_rate",
            "percent",
            True,
        ),
        Field(
            "offensiveReboundPct",
            FLOAT,
            "offensive rebounds per own rebound (not the usual definition)",
            True,
            None,
            "percent",
            True,
        ),
        Field("turnoverRatio", FLOAT, "turnovers per possession", True, None, "percent", True),
        Field("effectiveFieldGoalPct", FLOAT, "(FGM + 0.5 3PM) / FGA", True, None, "percent", True),
    )
)
UNIT_STATS = Record(
    (
        *SHOOTING,
        REBOUNDS,
        Field("turnovers", TURNOVERS, "turnovers"),
        Field("fouls", FOULS, "fouls"),
        Field("points", POINTS, "points"),
        Field("fourFactors", FOUR_FACTORS, "the four factors"),
        Field("assists", INT, "assists", True, bounds=COUNT),
        Field("blocks", INT, "blocked shots", True, bounds=COUNT),
        Field("steals", INT, "steals", True, bounds=COUNT),
        Field("possessions", INT, "possessions, as the API estimates them", True, bounds=COUNT),
        Field("rating", FLOAT, "points per 100 possessions", True, bounds=COUNT),
        Field("trueShooting", FLOAT, "points / (2 (FGA + 0.44 FTA))", True, None, "percent", True),
        Field("gameScore", FLOAT, "Hollinger's game score of the whole team", True),
    )
)

GAME_TEAMS = Endpoint(
    name="game_teams",
    path="/games/teams",
    description="Team box scores, both sides of each game.",
    record=Record(
        (
            GAME_ID,
            SEASON,
            SEASON_LABEL,
            SEASON_TYPE,
            TOURNAMENT,
            START_AT,
            START_TIME_TBD,
            TEAM_ID,
            TEAM,
            CONFERENCE,
            TEAM_SEED,
            OPPONENT_ID,
            OPPONENT,
            OPPONENT_CONFERENCE,
            OPPONENT_SEED,
            NEUTRAL_SITE,
            IS_HOME,
            CONFERENCE_GAME,
            GAME_TYPE,
            NOTES,
            GAME_MINUTES,
            Field("pace", FLOAT, "Possessions of both teams per 40 minutes, halved", True, bounds=COUNT),
            Field("teamStats", UNIT_STATS, "The team's own numbers"),
            Field("opponentStats", UNIT_STATS, "The opponent's numbers, equal to its own row's"),
        )
    ),
    params=(*GAME_WINDOW_PARAMS, SEASON_TYPE_PARAM, TOURNAMENT_PARAM),
    plan=Plan.WINDOWS,
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
)
