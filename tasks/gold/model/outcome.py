"""Win probability and interval from an expected margin and its spread. The spread is corrected by the data."""

from __future__ import annotations

from math import erf, sqrt

import numpy as np

from tasks.gold.model.arrays import Floats
from tasks.gold.model.parameters import (
    MISMATCH,
    MISMATCH_TRUST,
    OUTCOME_SD,
    SHARPNESS,
    SHARPNESS_SD,
    SPREAD_TRUST,
    TOTAL_MEMORY,
    TOTAL_SLOPE,
    TOTAL_TRUST,
)
from tasks.normal import normal_cdf

QUANTILE_80 = 1.2815515655446004  # of the normal distribution: 10 % lie above
LARGEST = 16.0  # squared surprises count up to this many times their variance
SHARPNESSES = np.linspace(0.84, 1.08, 13)  # candidates
CERTAIN = 1e-6  # smallest probability in a likelihood


def win_probability(margin: Floats, sd: Floats) -> Floats:
    """Probability that a normal margin is above zero."""
    return np.array([0.5 * (1.0 + erf(z / sqrt(2.0))) for z in margin / sd])


class Spread:
    """Variance of results around their forecasts: grows with the mismatch, corrected by the games so far.

    The favourite's margin is less certain the larger it is: benches are emptied, or not.
    """

    def __init__(self) -> None:
        self._games = self._squares = 0.0
        self._weight = self._excess = 0.0

    @property
    def factor(self) -> float:
        """Standard deviation of standardised surprises; 1 before any game."""
        return sqrt((SPREAD_TRUST + self._squares) / (SPREAD_TRUST + self._games))

    @property
    def mismatch(self) -> float:
        """Variance added per squared point of expected margin."""
        return max(0.0, (MISMATCH_TRUST * MISMATCH + self._excess) / (MISMATCH_TRUST + self._weight))

    def variance(self, margin: Floats, known: Floats) -> Floats:
        """Of results at the reference pace. known: variance of the expected margin itself."""
        result: Floats = self.factor**2 * (known + OUTCOME_SD**2 + self.mismatch * margin**2)
        return result

    def learn(self, surprise: Floats, margin: Floats, known: Floats) -> None:
        """Update with games: result minus forecast and the forecast, both at the reference pace, and its variance."""
        even = known + OUTCOME_SD**2
        expected = even + self.mismatch * margin**2
        squares = np.minimum(surprise**2 / expected, LARGEST)
        self._excess += float((margin**2 * (squares * expected / self.factor**2 - even) / even**2).sum())
        self._weight += float((margin**4 / even**2).sum())
        self._games += len(surprise)
        self._squares += float(squares.sum())


class Sharpness:
    """Factor on the spread for win probability: results are denser around a tie than under a normal distribution.

    It is the mean of some candidates, weighted by the likelihood of the wins and losses so far.
    """

    def __init__(self) -> None:
        self._log = -((SHARPNESSES - SHARPNESS) ** 2) / (2 * SHARPNESS_SD**2)

    @property
    def value(self) -> float:
        """The factor."""
        weight = np.exp(self._log - self._log.max())
        return float((weight * SHARPNESSES).sum() / weight.sum())

    def learn(self, margin: Floats, sd: Floats, won: Floats) -> None:
        """Update with games: forecasts, their spread, and 1 for a win of the home team."""
        points = margin / (sd * SHARPNESSES[:, None])
        chance = np.clip(normal_cdf(points), CERTAIN, 1 - CERTAIN)
        self._log += np.log(np.where(won > 0, chance, 1 - chance)).sum(axis=1)


class TotalSlope:
    """How much of a total's distance from the average holds in the result, learned from the games so far.

    Totals are less predictable than the strengths behind them say, and by how much changes with the years.
    """

    def __init__(self) -> None:
        self._games = self._squares = self._products = self._sum = 0.0

    @property
    def value(self) -> float:
        """The slope of results on forecasts."""
        return (TOTAL_TRUST * TOTAL_SLOPE + self._products) / (TOTAL_TRUST + self._squares)

    def shrunk(self, expected: Floats) -> Floats:
        """Forecasts, drawn towards the average forecast so far."""
        if not self._games:
            return expected
        average = self._sum / self._games
        return average + self.value * (expected - average)

    def learn(self, expected: Floats, actual: Floats) -> None:
        """Update with the games of a day. Older games lose weight."""
        if self._games:
            ahead = expected - self._sum / self._games
            self._squares += float((ahead**2).sum())
            self._products += float((ahead * (actual - self._sum / self._games)).sum())
        games = self._games + len(expected)
        fade = min(1.0, TOTAL_MEMORY / games) if games else 1.0
        self._games, self._sum = games * fade, (self._sum + float(expected.sum())) * fade
        self._squares, self._products = self._squares * fade, self._products * fade
