"""Player box scores: one row per game, team and athlete."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from quality.boxscore import (
    PLAYER_ASSISTS,
    PLAYER_ASSISTS_TURNOVERS,
    PLAYER_BLOCKS,
    PLAYER_EFFECTIVE_FIELD_GOAL,
    PLAYER_FOULS,
    PLAYER_FREE_THROW_RATE,
    PLAYER_MINUTES,
    PLAYER_OFFENSIVE_REBOUND,
    PLAYER_POINTS,
    PLAYER_RATINGS,
    PLAYER_STEALS,
    PLAYER_TURNOVERS,
    PLAYER_USAGE,
    REBOUNDS,
    SHOOTING,
    TRUE_SHOOTING,
)
from quality.columns import BOOL, FLOAT, INT, Field, ListOf, Record, RowRule
from quality.contracts.athletes import ATHLETE_OF_SEASON
from quality.dataset import Endpoint, Pattern, silver_table
from quality.nulls import NullLimit
from quality.vocabulary import (
    ATHLETE_SOURCE_ID,
    BOX_HEADER,
    COUNT,
    GAME_WINDOW_PARAMS,
    NAME,
    POSITION,
    SEASON_TYPE_PARAM,
    TOURNAMENT_PARAM,
    game_date,
    percent,
)

PLAYER = Record(
    (
        REBOUNDS,
        *reversed(SHOOTING),
        PLAYER_OFFENSIVE_REBOUND,
        PLAYER_FREE_THROW_RATE,
        PLAYER_ASSISTS_TURNOVERS,
        Field("gameScore", FLOAT, "Hollinger's game score", True).decor(),
        percent("trueShootingPct", TRUE_SHOOTING),
        PLAYER_EFFECTIVE_FIELD_GOAL,
        *reversed(PLAYER_RATINGS),
        PLAYER_USAGE,
        PLAYER_BLOCKS,
        PLAYER_STEALS,
        PLAYER_ASSISTS,
        PLAYER_FOULS,
        PLAYER_TURNOVERS,
        PLAYER_POINTS,
        PLAYER_MINUTES,
        Field("ejected", BOOL, "The player was ejected", True).decor(),
        Field("starter", BOOL, "The player started the game", True).decor(),
        POSITION,
        NAME,
        ATHLETE_SOURCE_ID,
        # The API sends the id of its statistics row under this name; joining on it finds other athletes.
        Field(
            "athleteId",
            INT,
            "Row id in a table of the API, sent as athleteId; does not identify the athlete",
            name="box_row_id",
        ),
    )
)

GAME_PLAYERS = Endpoint(
    name="game_players",
    path="/games/players",
    description="Player box scores: one record per game and team, with its players.",
    record=Record(
        (
            *BOX_HEADER,
            Field(
                "gamePace", FLOAT, "Pace: possessions per team and 40 minutes (mean of both teams)", True, bounds=COUNT
            ).decor(),
            Field("players", ListOf(PLAYER), "Players of the team with minutes in the game"),
        )
    ),
    params=(*GAME_WINDOW_PARAMS, SEASON_TYPE_PARAM, TOURNAMENT_PARAM),
    pattern=Pattern.WINDOWS,
    window_days=4,
    row_cap=1000,
)


# Of two teams in a game, an athlete counts for the one for which most box scores list the athlete; of equal numbers for
# the team with the lower id: for one of them, always the same.
TIMES = pl.len().over("athlete_source_id", "team_id").cast(pl.Int64) * 1_000_000 - pl.col("team_id")
IN_ONE_TEAM = RowRule(
    name="an athlete plays for one team in a game",
    column="athlete_source_id",
    holds=pl.col("times") == pl.col("times").max().over("game_id", "athlete_source_id"),
    of=(TIMES.alias("times"),),
)

FCT_GAME_PLAYERS = replace(
    silver_table(
        "fct_game_players",
        GAME_PLAYERS,
        "One row per game, team and athlete who played.",
        key=("game_id", "team_id", "athlete_source_id"),
        version=("game_id",),
        explode="players",
        derived=(game_date(), ATHLETE_OF_SEASON),
        sort=("start_at", "game_id", "team_id", "athlete_source_id"),
        null_limits=(
            NullLimit(
                "points", ("points",), at_most=0.01, reason="a player who was on the floor has a number of points"
            ),
            NullLimit(
                "athlete_id",
                ("athlete_id",),
                at_most=0.5,
                reason="looked up in rosters and season statistics, which lack most players outside Division I",
            ),
        ),
    ),
    rules=(IN_ONE_TEAM,),
)
