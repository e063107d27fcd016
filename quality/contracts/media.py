"""Broadcasts: the channels and streams that show a game."""

from __future__ import annotations

from dataclasses import replace

from quality.columns import STRING, Field, ListOf, Record
from quality.dataset import Endpoint, Pattern, silver_table
from quality.vocabulary import (
    AWAY_CONFERENCE,
    AWAY_TEAM,
    AWAY_TEAM_ID,
    CONFERENCE_GAME,
    GAME_HEADER,
    GAME_TYPE,
    GAME_WINDOW_PARAMS,
    HOME_CONFERENCE,
    HOME_TEAM,
    HOME_TEAM_ID,
    NEUTRAL_SITE,
    NOTES,
    SEASON_TYPE_PARAM,
    TOURNAMENT,
    TOURNAMENT_PARAM,
    game_date,
)

UNSENT = "the official client knows it, and the server does not send it; /games has it"

BROADCAST = Record(
    (
        Field("broadcastName", STRING, "Channel or service, such as ESPN2"),
        Field("broadcastType", STRING, "Kind of broadcast: television, web, radio, ..."),
    )
)

GAME_MEDIA = Endpoint(
    name="game_media",
    path="/games/media",
    description="Games with their broadcasts.",
    record=Record(
        (
            *(replace(item, may_be_missing=UNSENT) if item is TOURNAMENT else item for item in GAME_HEADER),
            HOME_TEAM_ID,
            HOME_TEAM,
            HOME_CONFERENCE,
            AWAY_TEAM_ID,
            AWAY_TEAM,
            AWAY_CONFERENCE,
            NEUTRAL_SITE,
            CONFERENCE_GAME,
            GAME_TYPE,
            NOTES,
            Field("broadcasts", ListOf(BROADCAST), "Broadcasts; empty if none is known"),
        )
    ),
    params=(*GAME_WINDOW_PARAMS, SEASON_TYPE_PARAM, TOURNAMENT_PARAM),
    pattern=Pattern.WINDOWS,
    window_days=30,
    row_cap=3000,
    ahead=True,
    first_season=2011,
)

FCT_GAME_MEDIA = silver_table(
    "fct_game_media",
    GAME_MEDIA,
    "One row per game and broadcast.",
    key=("game_id", "broadcast_type", "broadcast_name"),
    version=("game_id",),
    explode="broadcasts",
    derived=(game_date(),),
    sort=("start_at", "game_id", "broadcast_type", "broadcast_name"),
)
