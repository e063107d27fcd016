"""Season statistics of players: one row per season, team and athlete. A transfer within a season has two rows."""

from __future__ import annotations

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
from quality.columns import FLOAT, Field, Record
from quality.dataset import Endpoint, Param, silver_table
from quality.vocabulary import (
    ATHLETE_ID,
    ATHLETE_SOURCE_ID,
    CONFERENCE,
    CONFERENCE_PARAM,
    GAMES_PLAYED,
    NAME,
    POSITION,
    RANGE_PARAMS,
    SEASON,
    SEASON_LABEL,
    SEASON_TYPE_PARAM,
    TEAM,
    TEAM_ID,
    TEAM_PARAM,
    count,
    fraction,
    required,
)

WIN_SHARES = Record(
    (
        Field("totalPer40", FLOAT, "total per 40 minutes", True),
        Field("total", FLOAT, "total", True),
        Field("defensive", FLOAT, "defensive", True),
        Field("offensive", FLOAT, "offensive", True),
    )
)

STATS_PLAYER_SEASON = Endpoint(
    name="stats_player_season",
    path="/stats/player/season",
    description="Season statistics of players in final games, as of the day of the call.",
    record=Record(
        (
            SEASON,
            SEASON_LABEL,
            TEAM_ID,
            TEAM,
            CONFERENCE,
            ATHLETE_ID,
            ATHLETE_SOURCE_ID,
            NAME,
            POSITION,
            GAMES_PLAYED,
            count("starts", "Games started", null=False),
            required(PLAYER_MINUTES),
            PLAYER_POINTS,
            PLAYER_TURNOVERS,
            PLAYER_FOULS,
            PLAYER_ASSISTS,
            PLAYER_STEALS,
            PLAYER_BLOCKS,
            PLAYER_USAGE,
            *PLAYER_RATINGS,
            Field("PORPAG", FLOAT, "PORPAG: points over replacement per adjusted game", True),
            PLAYER_EFFECTIVE_FIELD_GOAL,
            # The only percentage that this endpoint sends as a fraction.
            fraction("trueShootingPct", TRUE_SHOOTING),
            PLAYER_ASSISTS_TURNOVERS,
            PLAYER_FREE_THROW_RATE,
            PLAYER_OFFENSIVE_REBOUND,
            *SHOOTING,
            REBOUNDS,
            Field("winShares", WIN_SHARES, "win shares"),
        )
    ),
    params=(
        Param("season", "integer", required=True),
        SEASON_TYPE_PARAM,
        TEAM_PARAM,
        CONFERENCE_PARAM,
        *RANGE_PARAMS,
    ),
    refresh_days=1,
    snapshots=True,
)

FCT_STATS_PLAYER_SEASON = silver_table(
    "fct_stats_player_season",
    STATS_PLAYER_SEASON,
    "One row per team, athlete and day of capture: season statistics as of that day.",
    key=("season", "team_id", "athlete_id", "as_of"),
)
