"""Excitement, biggest swing and comeback of a game; what has no winner has none of them."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from quality.contracts.possessions import FCT_GAME_PBP
from quality.contracts.win_probability import GAME_COLUMNS
from tasks.pbp.game_pbp import game_pbp
from tests.unit.pbp.chances import chances, schedule
from tests.unit.pbp.grammar import AWAY, HOME, Game, written

assert FCT_GAME_PBP.derivation is not None
GAMES, PLAYS, POSSESSIONS, BOXES, PROBABILITIES = (item.schema for item in FCT_GAME_PBP.derivation.inputs)
NAMES = [column.name for column in GAME_COLUMNS]
BASKET, MISS = (20, [], ("basket", "JumpShot")), (20, [], ("miss", 0))
# The team that has the ball first scores in its possessions; the other one misses.
RUN, HALF = [BASKET, MISS] * 6, [BASKET, BASKET] * 12


def judged(plays: pl.DataFrame, game: dict[str, Any], api: float | None = None) -> dict[str, Any]:
    """The columns of the game that come from its win probability."""
    given = plays.with_columns(pl.lit(api, pl.Float64).alias("home_win_probability"))
    found = game_pbp(
        pl.LazyFrame([game], schema=GAMES),
        plays.lazy().select(list(PLAYS)),
        pl.LazyFrame(schema=POSSESSIONS),
        pl.LazyFrame(schema=BOXES),
        chances(given, game).lazy().select(list(PROBABILITIES)),
    )
    return found.select(NAMES).collect().row(0, named=True)


@pytest.fixture(scope="module")
def close() -> Game:
    """A game that is level most of the time; its last basket decides it."""
    return written([HALF, [*HALF, BASKET]], HOME, 1)


def test_a_close_game_is_more_exciting_than_a_rout(close: Game):
    rout = written([RUN * 3, RUN * 3], HOME, 1)
    games = [judged(game.plays, schedule(game, neutral_site=True)) for game in (close, rout)]
    assert games[0]["excitement_index"] > 3 * games[1]["excitement_index"]
    assert games[0]["biggest_swing"] > games[1]["biggest_swing"]


def test_the_biggest_swing_is_the_play_that_decided(close: Game):
    late = close.plays.filter((pl.col("period") == 2) & (pl.col("seconds_remaining") <= 1200 - 20 * len(HALF) - 20))
    moved = late["play_id"].to_list()
    swing = judged(close.plays, schedule(close, neutral_site=True))
    assert swing["biggest_swing_play_id"] in moved


def test_a_comeback_has_a_small_lowest_probability():
    """The away team is ten points behind at half-time and wins."""
    game = written([RUN[:10], [*([MISS, BASKET] * 8)]], HOME, 1)
    assert game.score[AWAY] > game.score[HOME] > 0
    behind = judged(game.plays, schedule(game, neutral_site=True))["winner_lowest_win_probability"]
    ahead = judged(close_win().plays, schedule(close_win(), neutral_site=True))["winner_lowest_win_probability"]
    assert behind < 0.25 < ahead


def close_win() -> Game:
    """The home team leads from the first basket on."""
    return written([RUN[:4], RUN[:4]], HOME, 1)


OPEN = {"status": "in_progress", "has_result": False, "home_points": 0, "away_points": 0}


@pytest.mark.parametrize(
    ("change", "known"), [(OPEN, True), ({"home_points": 130}, False), ({"has_result": False}, False)]
)
def test_without_a_sound_result_there_is_nothing_to_rank(close: Game, change: dict[str, Any], known: bool):
    row = judged(close.plays, schedule(close) | change)
    nothing = ("excitement_index", "biggest_swing", "biggest_swing_play_id", "winner_lowest_win_probability")
    assert [row[name] for name in nothing] == [None] * 4
    assert (row["win_probability_plays"] > 0) == known
    assert (row["tip_off_home_win_probability"] is not None) == known
    assert row["pregame_source"] == "home_edge"


def test_a_game_without_plays_has_none(close: Game):
    row = judged(close.plays.clear(), schedule(close))
    assert row == dict.fromkeys(NAMES) | {"win_probability_plays": 0}


def test_the_difference_to_the_api_counts_plays_with_both(close: Game):
    assert judged(close.plays, schedule(close))["win_probability_difference"] is None
    rows = chances(close.plays, schedule(close))
    expected = (rows["model_home_win_probability"] - 0.25).abs().mean()
    assert judged(close.plays, schedule(close), api=0.25)["win_probability_difference"] == pytest.approx(expected)
