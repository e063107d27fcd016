"""Score and win probability by minute."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from report.timelines import by_minute, period_ends, steps

PLAYS = pl.DataFrame(
    {
        "play_id": [1, 2, 3, 4, 5, 6],
        "game_id": [7] * 6,
        "period": [1, 1, 1, 2, 3, 3],
        "seconds_remaining": [1200, 1181, 1140, 0, 300, 0],
        "home_score": [0, 2, 2, 60, 60, 66],
        "away_score": [0, 0, 3, 60, 60, 61],
    }
)
CHANCES = pl.DataFrame(
    {"play_id": [1, 2, 3, 6], "play_number": [1, 2, 3, 6], "model_home_win_probability": [0.5, 0.6, None, 1.0]}
)


def test_minutes_count_from_tip_off_through_overtimes():
    found = by_minute(PLAYS.lazy(), CHANCES.lazy())
    assert found.select("minute", "home", "away", "chance").rows() == [
        (1, 2, 3, 0.6),
        (40, 60, 60, None),
        (45, 66, 61, 1.0),
    ]


def test_a_score_never_falls():
    """Trap: a play that was entered late with the score of an earlier one."""
    late = PLAYS.with_columns(home_score=pl.when(pl.col("play_id") == 4).then(1).otherwise("home_score"))
    assert by_minute(late.lazy(), None)["home"].to_list() == [2, 60, 66]


def test_a_play_with_an_impossible_clock_is_left_out():
    wrong = PLAYS.with_columns(seconds_remaining=pl.col("seconds_remaining") + 1)
    assert by_minute(wrong.lazy(), None)["minute"].to_list() == [1, 40, 45]


def test_without_win_probabilities_they_are_null():
    assert by_minute(PLAYS.lazy(), None)["chance"].null_count() == 3


def test_periods_end_after_halves_and_overtimes():
    assert period_ends(4) == [20, 40, 45, 50]


def test_steps_are_changes_by_minute_up_to_the_last_one():
    """Trap: a minute without a play, which would move all that follows by one."""
    assert steps([1, 2, 3, 5, 6], [2, 2, 3, 1, 1]) == "2 0 1 0 -2"
    assert steps([1], [40], start=50) == "-10"
    assert steps([1, 2], [0, 0]) == steps([], []) == ""


@given(st.dictionaries(st.integers(1, 60), st.integers(0, 150)), st.integers(0, 100))
def test_steps_lead_to_every_value(values: dict[int, int], start: int):
    changes = [int(step) for step in steps(sorted(values), [values[at] for at in sorted(values)], start).split()]
    for minute, value in values.items():
        assert start + sum(changes[:minute]) == value
