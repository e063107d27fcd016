"""Win probability and interval from an expected margin and its spread. The spread is corrected by the data."""

from __future__ import annotations

from math import erf, sqrt

import numpy as np

from tasks.gold.model._field import Floats
from tasks.gold.model.parameters import SPREAD_TRUST, TOTAL_MEMORY, TOTAL_SLOPE, TOTAL_TRUST

QUANTILE_80 = 1.2815515655446004  # of the normal distribution: 10 % lie above


class Spread:
    """Ratio of the spread of results to the model's, learned from the games so far."""

    def __init__(self) -> None:
        self._games = 0.0
        self._squares = 0.0

    @property
    def factor(self) -> float:
        """Standard deviation of standardised surprises; 1 before any game."""
        return sqrt((SPREAD_TRUST + self._squares) / (SPREAD_TRUST + self._games))

    def learn(self, surprise: Floats, variance: Floats) -> None:
        """Update with games: surprises and their expected variance."""
        self._games += len(surprise)
        self._squares += float(np.minimum(surprise**2 / variance, 16.0).sum())


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
        """Update with the games of a day; a hundred thousand games ago counts less than last year."""
        if self._games:
            ahead = expected - self._sum / self._games
            self._squares += float((ahead**2).sum())
            self._products += float((ahead * (actual - self._sum / self._games)).sum())
        self._games, self._sum = self._games + len(expected), self._sum + float(expected.sum())
        fade = min(1.0, TOTAL_MEMORY / self._games) if self._games else 1.0
        for name in ("_games", "_squares", "_products", "_sum"):
            setattr(self, name, getattr(self, name) * fade)


def win_probability(margin: Floats, sd: Floats) -> Floats:
    """Probability that a normal margin is above zero."""
    return np.array([0.5 * (1.0 + erf(z / sqrt(2.0))) for z in margin / sd])
