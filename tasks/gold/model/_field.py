"""Gaussian estimate of one quality of every team (such as margin above average), and its update with games.

One game observes  y = q(home) + sign * q(away) + common * level + noise,  where `level` is shared by all games: the
home edge of a margin (sign -1), or the level of totals and tempo (sign +1). The update is the exact posterior of all
games of a block at once; with no drift it is recursive least squares, the same numbers as one ridge over all games.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tasks.gold.model.arrays import Floats, Ints

LEVEL = 0  # slot of the quantity common to all games


@dataclass(frozen=True)
class Block:
    """Games of one update: slots of both teams, the weight of the common level, and the sign of the away team."""

    home: Ints
    away: Ints
    common: Floats
    sign: float

    def __len__(self) -> int:
        return len(self.home)

    def take(self, rows: Ints) -> Block:
        """Some of the games."""
        return Block(self.home[rows], self.away[rows], self.common[rows], self.sign)

    def apply(self, matrix: Floats) -> Floats:
        """Design matrix times `matrix` (slots in rows), without building the design matrix."""
        level = np.multiply.outer(self.common, matrix[LEVEL])
        result: Floats = matrix[self.home] + self.sign * matrix[self.away] + level
        return result


@dataclass(frozen=True)
class Forecast:
    """Expected results of a block: mean, covariance between games, and between games and slots."""

    mean: Floats
    between: Floats
    cross: Floats

    def take(self, rows: Ints) -> Forecast:
        """The forecast of some of the games."""
        return Forecast(self.mean[rows], self.between[np.ix_(rows, rows)], self.cross[rows])


class TeamField:
    """Mean and covariance of the used slots: the level first, then teams in the order in which they were added."""

    def __init__(self, level: float, level_sd: float, capacity: int) -> None:
        self._mean = np.zeros(capacity + 1)
        self._cov = np.zeros((capacity + 1, capacity + 1))
        self._mean[LEVEL], self._cov[LEVEL, LEVEL] = level, level_sd**2
        self.size = 1

    @property
    def mean(self) -> Floats:
        """Means of the slots in use (a view)."""
        return self._mean[: self.size]

    @property
    def cov(self) -> Floats:
        """Covariance of the slots in use (a view)."""
        return self._cov[: self.size, : self.size]

    def add(self, means: Floats, variances: Floats) -> None:
        """Add slots for new teams, independent of all others."""
        new = np.arange(self.size, self.size + len(means))
        self._mean[new] = means
        self._cov[new, new] = variances
        self.size += len(means)

    def drift(self, team: float, level: float = 0.0) -> None:
        """Let time pass: add the variances by which each team's quality and the level may have changed."""
        slots = np.arange(self.size)
        self._cov[slots, slots] += np.where(slots == LEVEL, level, team)

    def forecast(self, block: Block) -> Forecast:
        """The expected results of a block, without the noise of its games."""
        cross = block.apply(self.cov)
        between = block.apply(np.ascontiguousarray(cross.T))
        return Forecast(block.apply(self.mean), between, cross)

    def learn(self, forecast: Forecast, surprise: Floats, noise: Floats) -> tuple[Floats, Floats]:
        """Exact posterior after the games of a forecast.

        surprise: observed minus forecast. noise: variance per game. Returns the inverse covariance of the games times
        the surprise, and the diagonal of that inverse. They update any other quantity that the games depend on.
        """
        factor = np.linalg.cholesky(forecast.between + np.diag(noise))
        root = np.linalg.inv(factor)
        news, gain = root @ surprise, root @ forecast.cross
        self.mean[:] += gain.T @ news
        self.cov[:] -= gain.T @ gain
        return root.T @ news, np.einsum("ij,ij->j", root, root)
