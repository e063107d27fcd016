"""Betting lines: one row per game and provider, from the home side."""

from __future__ import annotations

from quality.columns import FLOAT, INT, STRING, Bounds, Field, ListOf, Record
from quality.dataset import Endpoint, Plan, silver_table
from quality.vocabulary import (
    AWAY_CONFERENCE,
    AWAY_TEAM,
    AWAY_TEAM_ID,
    GAME_ID,
    GAME_WINDOW_PARAMS,
    HOME_CONFERENCE,
    HOME_TEAM,
    HOME_TEAM_ID,
    SEASON,
    SEASON_TYPE,
    START_AT,
    game_date,
)

SPREAD = Bounds(ge=-100, le=100)
TOTAL = Bounds(ge=0, le=400)

LINE = Record(
    (
        Field("provider", STRING, "Name of the source of the line"),
        Field(
            "spread",
            FLOAT,
            "Closing spread of the home team, negative when favoured; a pick'em (0) is sent as null",
            True,
            unit="points",
            bounds=SPREAD,
        ),
        Field("overUnder", FLOAT, "Closing total of both teams' points", True, unit="points", bounds=TOTAL),
        Field("homeMoneyline", FLOAT, "Closing moneyline of the home team", True, unit="American odds"),
        Field("awayMoneyline", FLOAT, "Closing moneyline of the away team", True, unit="American odds"),
        Field("spreadOpen", FLOAT, "Opening spread of the home team", True, unit="points", bounds=SPREAD),
        Field("overUnderOpen", FLOAT, "Opening total of both teams' points", True, unit="points", bounds=TOTAL),
    )
)

LINES = Endpoint(
    name="lines",
    path="/lines",
    description="Betting lines of a season's games, by provider.",
    record=Record(
        (
            GAME_ID,
            SEASON,
            SEASON_TYPE,
            START_AT,
            HOME_TEAM_ID,
            HOME_TEAM,
            HOME_CONFERENCE,
            Field("homeScore", INT, "Points of the home team", True),
            AWAY_TEAM_ID,
            AWAY_TEAM,
            AWAY_CONFERENCE,
            Field("awayScore", INT, "Points of the away team", True),
            Field("lines", ListOf(LINE), "Lines by provider; empty when there are none"),
        )
    ),
    params=GAME_WINDOW_PARAMS,
    plan=Plan.WINDOWS,
    window_days=30,
    row_cap=3000,
    ahead=True,
    first_season=2013,
)

FCT_LINES = silver_table(
    "fct_lines",
    LINES,
    "One row per game and provider: the line at the last time it was fetched.",
    key=("game_id", "provider"),
    version=("game_id",),
    explode="lines",
    derived=(game_date(),),
    sort=("start_at", "game_id", "provider"),
)
