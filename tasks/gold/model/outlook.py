"""What is known of all teams on a morning, as a distribution, and many ways in which the games that are left can end.

Strengths are uncertain, correlated between teams, and change with time. A result varies around the difference
of the two strengths. All is in points at the reference pace.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.gold.model._field import LEVEL
from tasks.gold.model._strengths import Strengths
from tasks.gold.model.arrays import Bools, Floats, Ints
from tasks.gold.model.outcome import Spread, win_probability
from tasks.gold.model.walk import Walk

Runs = NDArray[np.float32]
SPAN = 14  # days for which strengths stay the same in a run
LEAST = 1e-6  # variance (squared points) that keeps a covariance matrix positive
BLOCK = 1_000  # runs at a time


@dataclass(frozen=True)
class Fixtures:
    """Games that are left: team codes, neutral sites, and days from the morning."""

    home: Ints
    away: Ints
    neutral: Bools
    ahead: Ints

    def __len__(self) -> int:
        return len(self.home)


@dataclass(frozen=True)
class Outlook:
    """Strengths of teams on a morning.

    Attributes:
        codes: of the teams, ascending. mean, cov: of their strengths. edge: points of each at home.
        drift: variance that is added per day. spread, sharpness: of results, see `tasks.gold.model.outcome`.
    """

    codes: Ints
    mean: Floats
    cov: Floats
    edge: Floats
    drift: float
    spread: Spread
    sharpness: float

    def seats(self, codes: Ints) -> Ints:
        """Places of teams in the arrays."""
        return np.searchsorted(self.codes, codes)

    def margins(self, games: Fixtures) -> tuple[Floats, Floats]:
        """Expected home margins, and the variance of each from uncertain strengths."""
        home, away = self.seats(games.home), self.seats(games.away)
        mean = self.mean[home] - self.mean[away] + np.where(games.neutral, 0.0, self.edge[home])
        known = self.cov[home, home] + self.cov[away, away] - 2 * self.cov[home, away]
        return mean, known + 2 * self.drift * games.ahead

    def chances(self, games: Fixtures) -> Floats:
        """Win probability of each home team."""
        mean, known = self.margins(games)
        return win_probability(mean, np.sqrt(self.spread.variance(mean, known)) * self.sharpness)

    def strengths(self, codes: Ints, runs: int, rng: np.random.Generator) -> Runs:
        """Strengths of some teams in so many runs (run, team)."""
        seats = self.seats(codes)
        root = _root(self.cov[np.ix_(seats, seats)])
        result: Runs = self.mean[seats].astype(np.float32) + _normal(rng, runs, len(seats)) @ root.T
        return result

    def noise(self, margin: Runs, rng: np.random.Generator) -> Runs:
        """How results differ from expected margins, at random."""
        sd = np.sqrt(self.spread.variance(margin.astype(np.float64), np.zeros(1)), dtype=np.float32) * np.float32(
            self.sharpness
        )
        result: Runs = sd * _normal(rng, *margin.shape)
        return result

    def played_out(self, games: Fixtures, runs: int, seed: int) -> Iterator[Bools]:
        """Whether each home team wins, in blocks of runs (run, game). The same seed gives the same runs."""
        rng = np.random.default_rng(seed)
        teams, places = np.unique(np.r_[games.home, games.away], return_inverse=True)
        seats, (home, away) = self.seats(teams), np.split(places, 2)
        root = _root(self.cov[np.ix_(seats, seats)])
        edge = np.where(games.neutral, 0.0, self.edge[seats][home]).astype(np.float32)
        for done in range(0, runs, BLOCK):
            size = min(BLOCK, runs - done)
            strength = self.mean[seats].astype(np.float32) + _normal(rng, size, len(root)) @ root.T
            yield self._block(games, (home, away), edge, strength, rng)

    def _block(
        self, games: Fixtures, sides: tuple[Ints, Ints], edge: Runs, strength: Runs, rng: np.random.Generator
    ) -> Bools:
        (home, away), (runs, teams) = sides, strength.shape
        won, day = np.zeros((runs, len(games)), dtype=bool), 0.0
        for rows in _spans(games.ahead):
            middle = float(games.ahead[rows].mean())
            strength += _normal(rng, runs, teams) * np.float32(np.sqrt(self.drift * (middle - day)))
            day = middle
            margin = strength[:, home[rows]] - strength[:, away[rows]] + edge[rows]
            won[:, rows] = margin + self.noise(margin, rng) > 0
        return won


def outlook(walk: Walk, season: int, day: int, codes: Ints) -> Outlook:
    """Strengths of teams on the morning of a day, from what a walk has learned. The walk is not changed."""
    strengths = walk.strengths
    mean, variance = strengths.estimates(strengths.margin, codes, day)
    edge, _ = walk.edge.of(codes, np.ones(len(codes)))
    return Outlook(
        codes=codes,
        mean=mean,
        cov=_covariance(strengths, codes, variance),
        edge=edge + strengths.margin.field.mean[LEVEL],
        drift=strengths.margin.process.drift**2,
        spread=walk.spread,
        sharpness=walk.sharpness.value,
    )


def _covariance(strengths: Strengths, codes: Ints, variance: Floats) -> Floats:
    """Covariance of teams; one without a game yet is independent of the others."""
    slots = strengths.slots(codes)
    seen = np.flatnonzero(slots >= 0)
    cov = np.zeros((len(codes), len(codes)))
    cov[np.ix_(seen, seen)] = strengths.margin.field.cov[np.ix_(slots[seen], slots[seen])]
    np.fill_diagonal(cov, variance)
    return cov


def _root(cov: Floats) -> Runs:
    """A matrix whose product with its transpose is the covariance, nearly."""
    values: Runs = np.linalg.cholesky(cov + LEAST * np.eye(len(cov))).astype(np.float32)
    return values


def _spans(ahead: Ints) -> Iterator[Ints]:
    """Rows of the games of each span of days, in order."""
    span = ahead // SPAN
    for number in np.unique(span):
        yield np.flatnonzero(span == number)


def _normal(rng: np.random.Generator, *shape: int) -> Runs:
    result: Runs = rng.standard_normal(shape, dtype=np.float32)
    return result
