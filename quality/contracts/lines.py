"""Betting lines: one row per game and provider, from the home team's point of view.

The API sends a spread of 0 as null, and some spreads with a reversed sign. Both stay as sent and are flagged by two
columns, which are null if the row does not allow a judgement.
"""

from __future__ import annotations

import polars as pl

from quality.columns import BOOL, FLOAT, INT, STRING, Bounds, Column, Derived, Field, ListOf, Record
from quality.dataset import Endpoint, Pattern, silver_table
from quality.nulls import NullLimit
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
        Field("provider", STRING, "Provider of the line, such as a sportsbook"),
        Field(
            "spread",
            FLOAT,
            "Closing spread of the home team, negative if favoured; a pick'em (0) is sent as null",
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

# One name for one thing: `silver.fct_games` has these columns too.
HOME_POINTS = Field("homeScore", INT, "Points of the home team", True, name="home_points")
AWAY_POINTS = Field("awayScore", INT, "Points of the away team", True, name="away_points")

LINES = Endpoint(
    name="lines",
    path="/lines",
    description="Betting lines of the games of a season, by provider.",
    record=Record(
        (
            GAME_ID,
            SEASON,
            SEASON_TYPE,
            START_AT,
            HOME_TEAM_ID,
            HOME_TEAM,
            HOME_CONFERENCE,
            HOME_POINTS,
            AWAY_TEAM_ID,
            AWAY_TEAM,
            AWAY_CONFERENCE,
            AWAY_POINTS,
            Field("lines", ListOf(LINE), "Lines by provider; empty if there are none"),
        )
    ),
    params=GAME_WINDOW_PARAMS,
    pattern=Pattern.WINDOWS,
    window_days=30,
    row_cap=3000,
    ahead=True,
    first_season=2013,
)

# Limits of an even game in points and in probability; equivalent at a standard deviation of margins of 11.5 points.
EVEN_POINTS = 1.5
EVEN_CHANCE = 0.05
FAR_MOVE = 7.5  # points; three standard deviations of the move from opening to closing spread


def _implied(side: str) -> pl.Expr:
    """Probability implied by American odds, bookmaker's margin included: -150 is 0.6, +150 is 0.4."""
    odds = pl.col(f"{side}_moneyline")
    return pl.when(odds < 0).then(odds / (odds - 100)).otherwise(100 / (odds + 100))


def _home_lead() -> pl.Expr:
    """Win probability of the home team without the bookmaker's margin, minus 0.5; null without both moneylines."""
    home, away = _implied("home"), _implied("away")
    return home / (home + away) - 0.5


def _pick_em() -> pl.Expr:
    quoted = pl.col("over_under").is_not_null() | _home_lead().is_not_null()
    one_sided = (_home_lead().abs() > EVEN_CHANCE).fill_null(value=False)
    came_from_afar = (pl.col("spread_open").abs() > FAR_MOVE).fill_null(value=False)
    return (
        pl.when(pl.col("spread").is_not_null())
        .then(pl.col("spread") == 0)
        .when(quoted)
        .then(~(one_sided | came_from_afar))
    )


def _sign_suspect() -> pl.Expr:
    spread, lead = pl.col("spread"), _home_lead()
    clear = (spread.abs() > EVEN_POINTS) & (lead.abs() > EVEN_CHANCE)
    return clear & (spread * lead > 0)  # a negative spread favours the home team


IS_SPREAD_PICK_EM = Derived(
    column=Column(
        name="is_spread_pick_em",
        dtype=BOOL,
        nullable=True,
        description=(
            "The closing spread is 0 (pick'em), which the API sends as null. True: the spread is 0, or it is null "
            "while a total or both moneylines are quoted and nothing contradicts a pick'em. A contradiction is a "
            f"moneyline probability outside {0.5 - EVEN_CHANCE:.0%}-{0.5 + EVEN_CHANCE:.0%} or an opening spread of "
            f"more than {FAR_MOVE:g} points. False: another spread, or a contradiction. Null: nothing is quoted"
        ),
    ),
    expr=_pick_em(),
)

IS_SPREAD_SIGN_SUSPECT = Derived(
    column=Column(
        name="is_spread_sign_suspect",
        dtype=BOOL,
        nullable=True,
        description=(
            f"Spread and moneylines favour different teams, by more than {EVEN_POINTS:g} points and with a probability "
            f"above {0.5 + EVEN_CHANCE:.0%}: the sign of the spread is probably reversed. Null without a spread or "
            "without both moneylines"
        ),
    ),
    expr=_sign_suspect(),
)

FCT_LINES = silver_table(
    "fct_lines",
    LINES,
    "One row per game and provider: the line as last fetched.",
    key=("game_id", "provider"),
    version=("game_id",),
    explode="lines",
    derived=(game_date(), IS_SPREAD_PICK_EM, IS_SPREAD_SIGN_SUSPECT),
    sort=("start_at", "game_id", "provider"),
    null_limits=(NullLimit("spread", ("spread",), at_most=0.15, reason="a pick'em is sent as null"),),
)

SOURCE_CONSENSUS = "consensus"  # a provider of the source that summarises the others
# Closing spread with a pick'em as 0; null where nothing is quoted.
SPREAD_CLOSE = pl.when(pl.col("is_spread_pick_em").fill_null(value=False)).then(0.0).otherwise("spread")

# What gold reads of a line.
LINES_READ = (
    *("season", "game_id", "provider", "start_at", "spread", "spread_open", "over_under", "over_under_open"),
    *("home_moneyline", "away_moneyline", "is_spread_pick_em", "is_spread_sign_suspect", "fetched_at"),
)
