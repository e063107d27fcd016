"""Substitutions: a row is a stint, an athlete's time on the floor from entering the game to leaving it.

A season takes 365 calls by team, 6,300 by game and 5,500 by player, so the plan requests by team.
"""

from __future__ import annotations

from dataclasses import replace

from quality.columns import INT, STRING, Field, Record
from quality.dataset import SEASON_INJECTED, Each, Endpoint, Param, Pattern, silver_table
from quality.vocabulary import (
    ATHLETE_ID,
    CONFERENCE,
    COUNT,
    GAME_ID,
    OPPONENT,
    OPPONENT_CONFERENCE,
    OPPONENT_ID,
    POSITION,
    SEASON_PARAM,
    START_AT,
    TEAM,
    TEAM_ID,
    count,
    game_date,
)


def _moment(wire: str, what: str) -> Field:
    fields = (
        count("opponentPoints", f"points of the opponent at the {what}", null=False),
        count("teamPoints", f"points of the team at the {what}", null=False),
        Field("secondsRemaining", INT, f"seconds left in the period at the {what}", unit="seconds", bounds=COUNT),
        count("period", f"period at the {what}", null=False),
    )
    return Field(wire, Record(fields), what)


SUBSTITUTIONS = Endpoint(
    name="substitutions",
    path="/substitutions/team",
    description="Stints of a team's athletes over a season.",
    record=Record(
        (
            GAME_ID,
            START_AT,
            TEAM_ID,
            TEAM,
            CONFERENCE,
            ATHLETE_ID,
            Field("athlete", STRING, "Athlete's name"),
            POSITION.null(),
            OPPONENT_ID,
            OPPONENT,
            OPPONENT_CONFERENCE,
            _moment("subIn", "start of the stint"),
            _moment("subOut", "end of the stint"),
        )
    ),
    params=(Param("season", "integer", required=True), Param("team", required=True)),
    pattern=Pattern.EACH,
    each=Each("team", "dim_team_seasons", "school", about=365),
    inject=(SEASON_INJECTED,),
    first_season=2024,
    refresh_days=7,
    opt_in=True,
)

SUBSTITUTIONS_BY_GAME = replace(
    SUBSTITUTIONS,
    name="substitutions_by_game",
    path="/substitutions/game/{gameId}",
    description="Stints of both teams' athletes in a game.",
    params=(Param("gameId", "integer", required=True, in_path=True),),
    each=Each("gameId", "fct_games", "game_id", about=6_300),
    route_of=SUBSTITUTIONS,
)

SUBSTITUTIONS_BY_PLAYER = replace(
    SUBSTITUTIONS,
    name="substitutions_by_player",
    path="/substitutions/player/{playerId}",
    description="Stints of one athlete over a season.",
    params=(
        Param("playerId", "integer", required=True, in_path=True),
        replace(SEASON_PARAM, required=True),
    ),
    each=Each("playerId", "fct_rosters", "athlete_id", about=5_500),
    route_of=SUBSTITUTIONS,
    partial=True,
)

FCT_SUBSTITUTIONS = silver_table(
    "fct_substitutions",
    SUBSTITUTIONS,
    "One row per stint: an uninterrupted stretch of an athlete on the floor.",
    key=("game_id", "athlete_id", "sub_in_period", "sub_in_seconds_remaining"),
    version=("game_id", "team_id"),
    derived=(game_date(),),
    sort=("start_at", "game_id", "team_id", "sub_in_period", "athlete_id"),
)
