"""Weights of box rates, learned from games that came after the rates.

Rates and results of the same games share their luck: a shot that falls raises both, so weights fitted on them are too
high. Here the rates of a morning explain the stints of the next date.
"""

from __future__ import annotations

import numpy as np

from tasks.gold.impact.parameters import DEFENCE, OFFENCE, POSSESSION_SD, Prior
from tasks.gold.impact.units import Day
from tasks.gold.model.arrays import Floats

SIZES = (len(OFFENCE), len(DEFENCE))
Features = tuple[Floats, Floats]


class Weights:
    """Estimates of the weights by least squares around their start."""

    def __init__(self, prior: Prior) -> None:
        self._start = prior.start * np.array([*OFFENCE.values(), *DEFENCE.values()])
        self._gram = (POSSESSION_SD / prior.weight_sd) ** 2 * np.eye(len(self._start))
        self._moment = np.zeros(len(self._start))

    def add(self, day: Day, features: Features, expected: Floats) -> None:
        """Add the stints of a day.

        Args:
            features: box rates of the morning, shapes (teams, places, rates).
            expected: points per 100 possessions of each stint by team ratings alone.
        """
        if not len(day.possessions):
            return
        attack = features[0][day.offence[:, None], day.attack].sum(axis=1)
        guard = features[1][day.defence[:, None], day.guard].sum(axis=1)
        design = np.concatenate([attack, -guard], axis=1)
        surprise = 100 * day.points - day.possessions * (expected + design @ self._start)
        self._gram += (design * day.possessions[:, None]).T @ design
        self._moment += design.T @ surprise

    def __call__(self) -> tuple[Floats, Floats]:
        """Weights for offence and defence, in the order of OFFENCE and DEFENCE."""
        found: Floats = self._start + np.linalg.solve(self._gram, self._moment)
        return found[: SIZES[0]], found[SIZES[0] :]
