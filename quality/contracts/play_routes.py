"""More expensive routes to plays: by game, team, tournament or player. By date, a season takes about 155 calls."""

from __future__ import annotations

from dataclasses import replace

from quality.contracts.plays import PLAYS
from quality.dataset import Each, Endpoint, Param, Pattern

SEASON = Param("season", "integer", required=True)
GAME = Param("gameId", "integer", required=True, in_path=True)
PLAYER = Param("playerId", "integer", required=True, in_path=True)


def _route(name: str, path: str, description: str, params: tuple[Param, ...], each: Each) -> Endpoint:
    return replace(
        PLAYS,
        name=name,
        path=path,
        description=description,
        params=(*params, Param("shootingPlaysOnly", "boolean")),
        pattern=Pattern.EACH,
        each=each,
        inject=(),
        refresh_days=7,
        opt_in=True,
        route_of=PLAYS,
    )


PLAYS_BY_GAME = _route(
    "plays_by_game",
    "/plays/game/{gameId}",
    "Plays of a game.",
    (GAME,),
    Each("gameId", "fct_games", "game_id", about=6_300),
)

PLAYS_BY_TEAM = _route(
    "plays_by_team",
    "/plays/team",
    "Plays of both teams in a team's games of a season.",
    (SEASON, Param("team", required=True)),
    Each("team", "dim_team_seasons", "school", about=365),
)

PLAYS_BY_TOURNAMENT = _route(
    "plays_by_tournament",
    "/plays/tournament",
    "Plays of a tournament's games in a season.",
    (Param("tournament", required=True), SEASON),
    Each("tournament", "fct_games", "tournament", about=10),
)

PLAYS_BY_PLAYER = replace(
    _route(
        "plays_by_player",
        "/plays/player/{playerId}",
        "Plays of a season that involve an athlete.",
        (PLAYER, SEASON),
        Each("playerId", "fct_rosters", "athlete_id", about=5_500),
    ),
    partial=True,
)
