"""The current scoreboard: polled on request, free of charge, from tier 1."""

from __future__ import annotations

import polars as pl

from quality.columns import FLOAT, INT, STRING, TIMESTAMP, Column, Derived, Field, ListOf, Record
from quality.dataset import Endpoint, Pattern, silver_table
from quality.vocabulary import (
    CITY,
    CLOCK,
    CONFERENCE_GAME,
    CONFERENCE_PARAM,
    COUNT,
    NEUTRAL_SITE,
    PERIOD,
    START_AT,
    START_TIME_TBD,
    STATE,
    STATUS,
    VENUE,
    ident,
)

SIDE = Record(
    (
        Field("lineScores", ListOf(INT), "points in each half and overtime", True),
        Field("points", INT, "points", True, bounds=COUNT),
        Field("conferenceAbbreviation", STRING, "conference abbreviation", True),
        Field("conference", STRING, "name of the conference", True),
        Field("location", STRING, "school", True),
        Field("name", STRING, "display name; empty if unknown"),
        Field("id", INT, "team id, -1 if unknown"),
    )
)
BETTING = Record(
    (
        Field("awayMoneyline", FLOAT, "moneyline of the away team", True, unit="American odds"),
        Field("homeMoneyline", FLOAT, "moneyline of the home team", True, unit="American odds"),
        Field("overUnder", FLOAT, "total of both teams' points", True, unit="points"),
        Field("spread", FLOAT, "spread of the home team, negative if favoured", True, unit="points"),
    )
)

SCOREBOARD = Endpoint(
    name="scoreboard",
    path="/scoreboard",
    description="Current state of today's games.",
    record=Record(
        (
            ident("game_id", "Game id; stable, but not in chronological order"),
            START_AT,
            START_TIME_TBD,
            Field("tv", STRING, "Television channel", True).decor(),
            NEUTRAL_SITE,
            CONFERENCE_GAME,
            STATUS,
            PERIOD.null(),
            CLOCK.null(),
            VENUE,
            CITY,
            STATE,
            Field("homeTeam", SIDE, "home team"),
            Field("awayTeam", SIDE, "away team"),
            Field("betting", BETTING, "current lines"),
        )
    ),
    params=(CONFERENCE_PARAM,),
    pattern=Pattern.ONCE,
    refresh_days=0,
    min_tier=1,
    metered=False,
    opt_in=True,
    ahead=True,
    snapshots=True,
)

CAPTURED_AT = Derived(
    column=Column(name="captured_at", dtype=TIMESTAMP, description="Time of the poll, UTC"),
    expr=pl.col("fetched_at"),
)

SNAP_SCOREBOARD = silver_table(
    "snap_scoreboard",
    SCOREBOARD,
    "One row per game and poll of the scoreboard.",
    key=("game_id", "captured_at"),
    derived=(CAPTURED_AT,),
    sort=("captured_at", "game_id"),
)
