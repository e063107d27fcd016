"""Baskets of which neither play type nor text says what was made: read from the running score, and counted."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from tasks.pbp.possessions import possessions
from tests.unit.pbp.grammar import AWAY, HOME, frame, shuffled


def found(plays: pl.DataFrame) -> pl.DataFrame:
    return possessions(plays.lazy()).collect().sort("game_id", "possession_number")


def silent(scores: list[tuple[int, int]], kind: str = "Not Available", text: str | None = None, **values: Any):
    """Possessions of baskets, one per score after it, each by the team whose score rises."""
    before = [(0, 0), *scores[:-1]]
    teams = [HOME if after[0] > earlier[0] else AWAY for earlier, after in zip(before, scores, strict=True)]
    plays = [
        {"play_id": n, "game_id": 1, "play_type": kind, "team_id": team, "opponent_id": HOME + AWAY - team, "period": 1,
         "season": 2026, "seconds_remaining": 900 - 20 * n, "home_score": home, "away_score": away, "play_text": text,
         "scoring_play": True} | values
        for n, (team, (home, away)) in enumerate(zip(teams, scores, strict=True))
    ]  # fmt: skip
    return found(frame(shuffled(plays, 3)))


MADE = ("points", "free_throws_made", "field_goals_made", "three_point_field_goals_made", "inferred_shots")


@pytest.mark.parametrize("text", [None, "Ada Lee"])
def test_a_basket_without_type_and_words_is_read_from_the_running_score(text: str | None):
    """Trap: such baskets were no plays at all, and the game's plays lacked their points."""
    rows = silent([(1, 0), (1, 2), (4, 2), (4, 4)], text=text)
    assert rows.select(MADE).rows() == [(1, 1, 0, 0, 1), (2, 0, 1, 0, 1), (3, 0, 1, 1, 1), (2, 0, 1, 0, 1)]


def test_a_score_that_rises_by_more_than_a_basket_says_nothing():
    """Rows between are missing: any of 1 to 3 points would be a guess."""
    rows = silent([(2, 0), (7, 0), (7, 3)])
    assert rows.select(MADE).rows() == [(2, 0, 1, 0, 1), (3, 0, 1, 1, 1)]
    assert found(frame([])).height == silent([(2, 2)]).height == 0


def test_a_play_of_the_same_score_and_second_is_not_the_score_before():
    said = {"game_id": 1, "period": 1, "season": 2026, "seconds_remaining": 600, "home_score": 3, "away_score": 0}
    foul = {"play_id": 1, "play_type": "PersonalFoul", "team_id": AWAY, "opponent_id": HOME}
    basket = {"play_id": 2, "play_type": "Not Available", "team_id": HOME, "opponent_id": AWAY, "scoring_play": True}
    for order in ([foul, basket], [basket, foul]):
        (row,) = found(frame([said | play for play in order])).iter_rows(named=True)
        assert (row["points"], row["inferred_shots"], row["defence_fouls"]) == (3, 1, 1)


@pytest.mark.parametrize(
    ("kind", "value", "three", "inferred"),
    [("Shot", None, 1, 1), ("JumpShot", 0.0, 1, 1), ("JumpShot", 2.0, 0, 0), ("LayUpShot", None, 0, 0)],
)
def test_a_shot_whose_value_nothing_else_tells_has_that_of_the_score(
    kind: str, value: float | None, three: int, inferred: int
):
    (row,) = silent([(3, 0)], kind, score_value=value).iter_rows(named=True)
    assert (row["three_point_field_goals_made"], row["inferred_shots"]) == (three, inferred)
