"""Season statistics of teams, including opponents from outside Division I."""

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
from quality.columns import FLOAT, Field, Record
from quality.dataset import Endpoint, silver_table
from quality.vocabulary import (
    CONFERENCE,
    CONFERENCE_PARAM,
    COUNT,
    GAMES_PLAYED,
    LOSSES,
    PACE,
    RANGE_PARAMS,
    SEASON,
    SEASON_LABEL,
    SEASON_PARAM,
    SEASON_TYPE_PARAM,
    TEAM,
    TEAM_ID,
    TEAM_PARAM,
    WINS,
    fraction,
)

UNIT_STATS = Record(
    (
        *SHOOTING,
        REBOUNDS,
        Field("turnovers", TURNOVERS, "turnovers"),
        Field("fouls", fouls(), "fouls"),
        Field("points", Record((*points_by_origin(), total_points())), "points"),
        # A fraction here, a percentage in /games/teams.
        Field("fourFactors", four_factors(fraction("turnoverRatio", TURNOVERS_PER_POSSESSION)), "the four factors"),
        ASSISTS,
        BLOCKS,
        STEALS,
        POSSESSIONS,
        UNIT_RATING,
        UNIT_TRUE_SHOOTING,
    )
)

STATS_TEAM_SEASON = Endpoint(
    name="stats_team_season",
    path="/stats/team/season",
    description="Season statistics of teams in final games, as of the day of the call.",
    record=Record(
        (
            SEASON,
            SEASON_LABEL,
            TEAM_ID,
            TEAM,
            CONFERENCE,
            GAMES_PLAYED,
            WINS,
            LOSSES,
            Field("totalMinutes", FLOAT, "Length of all games together", True, unit="minutes", bounds=COUNT),
            PACE,
            Field("teamStats", UNIT_STATS, "Statistics of the team"),
            Field("opponentStats", UNIT_STATS, "Statistics of its opponents"),
        )
    ),
    params=(SEASON_PARAM, SEASON_TYPE_PARAM, TEAM_PARAM, CONFERENCE_PARAM, *RANGE_PARAMS),
    refresh_days=1,
    snapshots=True,
)

FCT_STATS_TEAM_SEASON = silver_table(
    "fct_stats_team_season",
    STATS_TEAM_SEASON,
    "One row per team and day of capture: season statistics as of that day.",
    key=("season", "team_id", "as_of"),
)
