"""Ids never decide between plays that differ: of any plays at all, also of such as make no sense."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tasks.pbp.possessions import possessions
from tests.unit.pbp.grammar import AWAY, HOME, Writer, frame, shuffled

OTHERS = (
    "Offensive Rebound", "Defensive Rebound", "Dead Ball Rebound", "Lost Ball Turnover", "Foul Turnover",
    "Offensive Charge", "Steal", "Block Shot", "PersonalFoul", "Technical Foul",
)  # fmt: skip
THROW, SHOT = "MadeFreeThrow", "JumpShot"
KINDS = st.one_of(
    st.tuples(st.just(THROW), st.integers(0, 1)),
    st.tuples(st.just(SHOT), st.sampled_from((0, 2, 3))),
    st.tuples(st.sampled_from(OTHERS), st.none()),
)
# (seconds since the play before, (type, points), team, whether the running score has the points)
PLAYS = st.tuples(st.sampled_from((0, 0, 0, 1, 4)), KINDS, st.sampled_from((HOME, AWAY)), st.booleans())


def plays_of(steps: list[Any]) -> list[dict[str, Any]]:
    """The plays of a period. A basket that the running score does not have is also one that was assisted."""
    writer = Writer()
    for wait, (kind, points), team, has in steps:
        writer.later(wait)
        score = dict(writer.score)
        writer.play(kind, team, points=points, three=points == 3)
        if not has:
            writer.score = score
            told = {"home_score": score[HOME], "away_score": score[AWAY], "shot_info_assisted": True}
            writer.plays[-1] |= told
    return writer.plays


TRIP_AND_TECHNICAL = [
    (0, (SHOT, 2), AWAY, True),
    *[(wait, (THROW, 0), HOME, True) for wait in (4, 0, 0)],
    (0, ("Technical Foul", None), HOME, True),
    (0, (THROW, 0), AWAY, True),
    (4, (SHOT, 2), AWAY, True),
]


@given(st.lists(PLAYS, min_size=1, max_size=14), st.integers(0, 1000))
# All of a period in one second, and both teams had the ball.
@example([(0, (SHOT, 0), HOME, True), (0, (SHOT, 0), AWAY, True)], 0)
@example([(0, (SHOT, 0), HOME, True), (0, (SHOT, 0), AWAY, True)], 2)
# Baskets of different worth with one running score.
@example([(0, (SHOT, 2), HOME, False), (0, (SHOT, 3), HOME, False)], 0)
@example([(0, (SHOT, 2), HOME, False), (0, (SHOT, 3), HOME, False)], 2)
# A missed trip without a rebound, and a missed free throw of the other team for a technical foul.
@example(TRIP_AND_TECHNICAL, 0)
@example(TRIP_AND_TECHNICAL, 3)
def test_ids_decide_nothing(steps: list[Any], seed: int):
    """Plays that are equal in all that is read of them can be exchanged: no result shows it."""
    plays = plays_of(steps)
    one, other = (possessions(frame(shuffled(plays, n)).lazy()).collect() for n in (seed, seed + 7))
    assert_frame_equal(one, other, check_row_order=False)
