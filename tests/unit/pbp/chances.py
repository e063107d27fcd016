"""Win probabilities of written games: the schedule and lines of the one game, and the rows that come out."""

from __future__ import annotations

from typing import Any

import polars as pl

from quality.contracts.win_probability import FCT_PLAY_WIN_PROBABILITY
from tasks.pbp.win_probability import win_probability
from tests.unit.pbp.grammar import AWAY, DAY, GAME, HOME, Game

assert FCT_PLAY_WIN_PROBABILITY.derivation is not None
PLAYS, GAMES, LINES = (item.schema for item in FCT_PLAY_WIN_PROBABILITY.derivation.inputs)


def schedule(game: Game, **values: Any) -> dict[str, Any]:
    """The row of a game that ended as its plays say."""
    points = {"home_points": game.score[HOME], "away_points": game.score[AWAY]}
    teams = {"home_team_id": HOME, "away_team_id": AWAY, "neutral_site": False}
    row = {"game_id": GAME, "game_date": DAY, "status": "final", "has_result": True}
    return row | teams | points | values


def line(spread: float | None, provider: str = "Anybook", **values: Any) -> dict[str, Any]:
    """A closing line."""
    return {"game_id": GAME, "game_date": DAY, "provider": provider, "spread": spread} | values


def chances(plays: pl.DataFrame, *games: dict[str, Any], lines: tuple[dict[str, Any], ...] = ()) -> pl.DataFrame:
    """Rows of silver.fct_play_win_probability, in the order of play."""
    found = win_probability(
        plays.with_columns(
            pl.lit(None, PLAYS[name]).alias(name) for name in PLAYS if name not in plays.columns
        ).select(list(PLAYS)).lazy(),
        pl.LazyFrame(list(games), schema=GAMES),
        pl.LazyFrame(list(lines), schema=LINES),
    )  # fmt: skip
    return found.collect().sort("game_id", "play_number")
