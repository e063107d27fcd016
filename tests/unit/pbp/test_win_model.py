"""The model of win probability: between 0 and 1, rising with the lead, fair to both sides, exact where it can be."""

from __future__ import annotations

from math import erf, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.pbp.game_clock import OVERTIME, REGULATION
from tasks.pbp.win_model import Floats, Moments, home_win_probability, normal_cdf

LEADS = st.integers(-120, 120).map(float)
LEFT = st.integers(0, REGULATION).map(float)
BALL = st.sampled_from([-1.0, 0.0, 1.0])
MARGINS = st.floats(-60, 60)
DEVIATIONS = st.sampled_from([0.0, 4.0, 9.0, 30.0])


def at(
    lead: float | Floats, left: float, ball: float = 0.0, margin: float = 0.0, margin_sd: float = 0.0, extra: int = 0
) -> Floats:
    """Probability at one moment, or at one per lead; `extra` is the number of the overtime."""
    leads = np.atleast_1d(np.asarray(lead, dtype=np.float64))
    zero = np.zeros_like(leads)
    played = REGULATION + extra * OVERTIME - left
    return home_win_probability(
        Moments(leads, zero + left, zero + played, zero + ball, zero + margin, zero + margin_sd)
    )


@given(LEFT, BALL, MARGINS, DEVIATIONS)
def test_a_larger_lead_is_never_a_smaller_chance(left: float, ball: float, margin: float, margin_sd: float):
    found = at(np.arange(-120.0, 121.0), left, ball, margin, margin_sd)
    assert (np.diff(found) >= -1e-12).all()
    assert found.min() >= 0
    assert found.max() <= 1
    assert found[-1] - found[0] > 0.9  # a lead of 120 points against a deficit of 120


@given(LEADS, LEFT, BALL, MARGINS, DEVIATIONS)
def test_exchanged_sides_give_the_other_teams_chance(
    lead: float, left: float, ball: float, margin: float, margin_sd: float
):
    ours = at(lead, left, ball, margin, margin_sd)
    assert ours + at(-lead, left, -ball, -margin, margin_sd) == pytest.approx(1, abs=1e-9)


@given(LEADS, LEFT, MARGINS, DEVIATIONS)
def test_the_ball_and_a_stronger_team_are_no_disadvantage(lead: float, left: float, margin: float, margin_sd: float):
    away, loose, home = (at(lead, left, ball, margin, margin_sd)[0] for ball in (-1, 0, 1))
    assert away <= loose + 1e-12
    assert loose <= home + 1e-12
    assert at(lead, left, 0, margin, margin_sd) <= at(lead, left, 0, margin + 1, margin_sd) + 1e-12


def test_between_equal_teams_a_level_score_is_even():
    for left, extra in ((2400, 0), (1200, 0), (1, 0), (0, 0), (300, 1), (0, 3)):
        assert at(0, left, extra=extra) == pytest.approx(0.5)


def test_the_same_lead_is_worth_more_with_less_time():
    found = [at(6, left)[0] for left in (2400, 1200, 600, 120, 30, 5, 0)]
    assert found == sorted(found)
    assert found[-1] > 0.999


def test_a_tie_at_the_buzzer_is_an_overtime_of_the_same_teams():
    """Trap: with no time left the formula for regulation gives a favourite nothing, or everything."""
    favourite = at(0, 0, margin=10)[0]
    assert favourite == pytest.approx(at(0, 300, extra=1, margin=10)[0], abs=0.01)
    assert 0.55 < favourite < at(0, 2400, margin=10)[0]


def test_a_lead_says_more_about_a_team_of_unknown_strength():
    known, unknown = at(12, 1200, margin_sd=0.0)[0], at(12, 1200, margin_sd=9.0)[0]
    assert unknown > known


def test_a_favourite_by_the_closing_line_wins_as_often_as_favourites_do():
    """Of margins with a deviation of 10.5 points around 7: Phi(7 / 10.5) = 0.748."""
    assert at(0, 2400, margin=7)[0] == pytest.approx(0.748, abs=0.005)


def test_an_unknown_state_has_no_probability():
    assert np.isnan(at(float("nan"), 600)).all()
    assert np.isnan(at(3, float("nan"))).all()
    assert np.isnan(at(3, 600, margin=float("nan"))).all()


def test_the_normal_distribution_is_that_of_the_error_function():
    z = np.concatenate([np.linspace(-12, 12, 4001), np.random.default_rng(1).normal(size=1000)])
    exact = np.array([0.5 * (1 + erf(value / sqrt(2))) for value in z])
    assert abs(normal_cdf(z) - exact).max() < 2e-7
