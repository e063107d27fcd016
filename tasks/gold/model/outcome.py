"""Win probability and interval from an expected margin and its spread. The spread is corrected by the data."""

from __future__ import annotations

from math import erf, sqrt

import numpy as np

from tasks.gold.model._field import Floats
from tasks.gold.model.parameters import SPREAD_TRUST

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


def win_probability(margin: Floats, sd: Floats) -> Floats:
    """Probability that a normal margin is above zero."""
    return np.array([0.5 * (1.0 + erf(z / sqrt(2.0))) for z in margin / sd])
