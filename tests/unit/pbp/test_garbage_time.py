"""Garbage time: one stretch at the end, decided once; and the box without it."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.contracts.possessions import ATTACK, DEFENCE
from tasks.pbp._garbage import garbage_time, is_safe, seconds_left
from tasks.pbp.box import team_boxes
from tasks.pbp.possessions import possessions
from tests.unit.pbp.grammar import AWAY, HOME, Game, games


@pytest.mark.parametrize(
    ("lead", "left", "safe"),
    [
        (10, 56, True),  # (10 - 3 + 0.5) squared is 56.25
        (10, 57, False),
        (-10, 42, True),  # the leader does not have the ball: (10 - 3 - 0.5) squared is 42.25
        (-10, 43, False),
        (3, 0, True),
        (0, 0, False),
        (2, 0, False),
        (60, 2400, True),
        (50, 2400, False),
    ],
)
def test_a_safe_lead(lead: int, left: int, safe: bool):
    assert pl.select(is_safe(pl.lit(lead), pl.lit(left))).item() is safe


@pytest.mark.parametrize(("period", "left"), [(1, 1210), (2, 10), (3, 10), (5, 10)])
def test_seconds_left(period: int, left: int):
    assert pl.select(seconds_left(pl.lit(period), pl.lit(10))).item() == left


def stretch(leads: list[int]) -> list[bool]:
    """Garbage time of possessions of one team in the last minute of the second half, 5 s each, by its lead."""
    count = len(leads)
    rows = pl.DataFrame(
        {
            "game_id": [1] * count,
            "period": [2] * count,
            "start_seconds_remaining": [5 * (count - n) for n in range(count)],
            "offence_team_id": [HOME] * count,
            "defence_team_id": [AWAY] * count,
            "offence_score_before": [max(lead, 0) for lead in leads],
            "defence_score_before": [max(-lead, 0) for lead in leads],
        }
    )
    return garbage_time(rows)["is_garbage_time"].to_list()


def test_a_lead_that_melts_ends_what_looked_like_garbage_time():
    assert stretch([20, 20, 4, 20, 20]) == [False, False, False, True, True]
    assert stretch([20, 20, -20, -20]) == [False, False, True, True]
    assert stretch([20, 20, 1]) == [False, False, False]


@given(st.lists(st.integers(-25, 25), min_size=1, max_size=12))
def test_it_never_flickers(leads: list[int]):
    flags = stretch(leads)
    assert flags == sorted(flags)
    assert stretch([-lead for lead in leads]) == flags or any(abs(lead) < 12 for lead in leads)


@settings(max_examples=20)
@given(games())
def test_boxes_are_the_sum_of_possessions(game: Game):
    rows = possessions(game.plays.lazy())
    boxes = team_boxes(rows).collect()
    counts = [column.name for column in (*ATTACK, *DEFENCE)]
    for name, kept in (("all", rows), ("no_garbage_time", rows.filter(~pl.col("is_garbage_time")))):
        part = boxes.filter(variant=name)
        assert part.select(counts).sum().row(0) == kept.select(counts).sum().collect().row(0)
    every = boxes.filter(variant="all")
    assert dict(every.select("team_id", "points").rows()) == game.score
    assert every["personal_fouls"].sum() == (game.plays["play_type"] == "PersonalFoul").sum()
    assert every["technical_fouls"].sum() == (game.plays["play_type"] == "Technical Foul").sum()
