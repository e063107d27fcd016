"""Player box scores: one row per game, team and athlete."""

from __future__ import annotations

from quality.columns import BOOL, FLOAT, INT, STRING, Field, ListOf, Record
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
    NAME,
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

PLAYER = Record(
    (
        REBOUNDS,
        *reversed(SHOOTING),
        Field("offensiveReboundPct", FLOAT, "Share of available offensive rebounds taken", True, None, "percent", True),
        Field("freeThrowRate", FLOAT, "Free throws attempted per field goal attempted", True, None, "percent", True),
        Field("assistsTurnoverRatio", FLOAT, "Assists per turnover", True, bounds=COUNT),
        Field("gameScore", FLOAT, "Hollinger's game score", True),
        Field("trueShootingPct", FLOAT, "Points / (2 (FGA + 0.44 FTA))", True, None, "percent", True),
        Field("effectiveFieldGoalPct", FLOAT, "(FGM + 0.5 3PM) / FGA", True, None, "percent", True),
        Field("netRating", FLOAT, "Offensive minus defensive rating", True, unit="points per 100 possessions"),
        Field("defensiveRating", FLOAT, "Points allowed per 100 possessions", True),
        Field("offensiveRating", FLOAT, "Points produced per 100 possessions", True),
        Field(
            "usage",
            FLOAT,
            "Share of the team's possessions used while on the floor",
            True,
            unit="percent",
            percent=True,
        ),
        Field("blocks", INT, "Blocked shots", True, bounds=COUNT),
        Field("steals", INT, "Steals", True, bounds=COUNT),
        Field("assists", INT, "Assists", True, bounds=COUNT),
        Field("fouls", FLOAT, "Personal fouls", True, bounds=COUNT),
        Field("turnovers", INT, "Turnovers", True, bounds=COUNT),
        Field("points", INT, "Points scored", True, bounds=COUNT),
        Field("minutes", FLOAT, "Minutes played", True, unit="minutes", bounds=COUNT),
        Field("ejected", BOOL, "Sent off", True),
        Field("starter", BOOL, "In the starting five", True),
        Field("position", STRING, "Position, abbreviated"),
        NAME,
        Field("athleteSourceId", STRING, "ESPN's identifier of the athlete: what box scores are joined on"),
        # The API sends its stat row's id under this name; a join on it finds other people.
        Field("athleteId", INT, "Row id of the API's own table, sent as athleteId; not the athlete", name="box_row_id"),
    )
)

GAME_PLAYERS = Endpoint(
    name="game_players",
    path="/games/players",
    description="Player box scores, one record per game and team with its players.",
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
            Field("gamePace", FLOAT, "Possessions of both teams per 40 minutes, halved", True, bounds=COUNT),
            Field("players", ListOf(PLAYER), "The team's players with minutes in the game"),
        )
    ),
    params=(*GAME_WINDOW_PARAMS, SEASON_TYPE_PARAM, TOURNAMENT_PARAM),
    plan=Plan.WINDOWS,
    window_days=4,
    row_cap=1000,
)

FCT_GAME_PLAYERS = silver_table(
    "fct_game_players",
    GAME_PLAYERS,
    "One row per game, team and athlete who played.",
    key=("game_id", "team_id", "athlete_source_id"),
    version=("game_id",),
    explode="players",
    derived=(game_date(),),
    sort=("start_at", "game_id", "team_id", "athlete_source_id"),
)
