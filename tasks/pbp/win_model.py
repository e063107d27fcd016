"""Win probability from lead, time, possession and strength: a Brownian motion of the lead with an uncertain drift.

Source: H. Stern, "A Brownian Motion Model for the Progress of Sports Scores", Journal of the American Statistical
Association 89 (1994). Added here: a prior on the drift, whole points, possession and overtime. docs/win-probability.md
has the formula, the fit and the calibration.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from tasks.normal import Floats, normal_cdf
from tasks.pbp.game_clock import OVERTIME, REGULATION


@dataclass(frozen=True)
class Parameters:
    """Constants of the model. Leads are in points, of the home team.

    Attributes:
        sd: standard deviation of the change of the lead over 40 minutes, around its expectation.
        late_sd: standard deviation of what the last possessions add to that: fouls, hurried shots.
        ball: expected points of having the ball, compared with neither team having it.
        fade_seconds: time left at which `ball` and the variance of `late_sd` have 63 % of their value; with no time
            left they have none.
    """

    sd: float
    late_sd: float
    ball: float
    fade_seconds: float


# Standard deviation of the final margin around the closing line, in points: 68 % of 37,967 real games with a line, not
# at a neutral site, are within 10.5 points (seasons 2011 to 2020; measured on 29 November 2026).
MARGIN_SD = 10.5
# The others were fitted on the same day to 482,317 plays of the sandbox, because the recorded plays are of three games
# only. `benchmarks/win_probability_fit.py` repeats both.
LATE_SD = 2.5
FITTED = Parameters(sd=sqrt(MARGIN_SD**2 - LATE_SD**2), late_sd=LATE_SD, ball=0.7, fade_seconds=35.0)
END_SD = 0.25  # points; keeps the deviation above 0 when no time is left: a lead of a point is then safe by 2 sd


@dataclass(frozen=True)
class Moments:
    """Moments of games as arrays of one length.

    Attributes:
        lead: points of the home team minus those of the away team.
        left: seconds left in regulation, or in the overtime period.
        played: seconds played since tip-off.
        ball: 1 if the home team has the ball, -1 the away team, 0 unknown or neither.
        margin: expected margin of the home team at tip-off, in points.
        margin_sd: standard deviation of the error of `margin`, in points.
    """

    lead: Floats
    left: Floats
    played: Floats
    ball: Floats
    margin: Floats
    margin_sd: Floats


def home_win_probability(at: Moments, by: Parameters = FITTED) -> Floats:
    """Win probability of the home team at each moment, 0-1; NaN where an input is NaN.

    The lead at the end is normal, and rounded to whole points. A tie leads to an overtime, which the home team wins
    with the probability of a five-minute game between the same teams; another tie leads to another one.
    """
    ahead, tied = _outcome(at.lead, at.left, at.played, at.ball, at, by)
    zero = np.zeros_like(at.lead)
    won, again = _outcome(zero, zero + OVERTIME, zero + REGULATION, zero, at, by)
    return np.clip(ahead + tied * won / (1.0 - again), 0.0, 1.0)


def _outcome(
    lead: Floats, left: Floats, played: Floats, ball: Floats, of: Moments, by: Parameters
) -> tuple[Floats, Floats]:
    """Probabilities that the home team is ahead, and that the score is tied, at the end of the period.

    The drift is the margin that the home team gains per 40 minutes. Its distribution before the game has mean `margin`
    and deviation `margin_sd`; the lead so far updates it (normal prior, normal likelihood).
    """
    seen, ahead = played / REGULATION, left / REGULATION
    weight = (of.margin_sd / by.sd) ** 2
    drift = (of.margin + weight * lead) / (1.0 + weight * seen)
    drift_variance = of.margin_sd**2 / (1.0 + weight * seen)
    to_come = 1.0 - np.exp(-left / by.fade_seconds)
    mean = lead + drift * ahead + by.ball * to_come * ball
    deviation = np.sqrt(by.sd**2 * ahead + drift_variance * ahead**2 + by.late_sd**2 * to_come + END_SD**2)
    at_least_level = normal_cdf((mean + 0.5) / deviation)
    won = normal_cdf((mean - 0.5) / deviation)
    return won, at_least_level - won
