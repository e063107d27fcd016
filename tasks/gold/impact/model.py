"""Impact of players on a morning: a regularised regression on stints around the box scores and the team ratings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tasks.gold.impact._boxes import Boxes
from tasks.gold.impact._evidence import SIDES, Evidence
from tasks.gold.impact.parameters import DEFENCE, FIXED_WEIGHT, OFFENCE, POSSESSION_SD, PRIOR, STEPS, Prior
from tasks.gold.impact.units import Day
from tasks.gold.model.arrays import Floats

STARTS = (np.array(list(OFFENCE.values())), np.array(list(DEFENCE.values())))
Features = tuple[Floats, Floats]


@dataclass(frozen=True)
class Teams:
    """Team ratings of a morning, by team code, in points per 100 possessions.

    Attributes:
        strength: offence, and defence (positive: allows fewer), against the mean; shape (2, teams). 0 if unknown.
        uncertainty: standard deviation of the sum of both.
        level, home: points of an average team against another one, and what playing at home adds to them.
    """

    strength: Floats
    uncertainty: Floats
    level: float
    home: float


@dataclass(frozen=True)
class Estimates:
    """Points per 100 possessions by side (offence, defence), team and place.

    Attributes:
        impact: the estimate; by shares of minutes, the players of a team sum to its rating.
        box: the same from box scores and team ratings alone.
        variance: of the impact.
        possessions: with the player on the floor that the estimate uses.
    """

    impact: Floats
    box: Floats
    variance: Floats
    possessions: Floats


@dataclass
class _Point:
    """A vector of the unknowns: players around their expectation, level and home edge, weights of box rates."""

    players: Floats
    fixed: Floats
    weights: tuple[Floats, Floats]

    def dot(self, other: _Point) -> float:
        own, others = (np.concatenate([p.players.reshape(-1), p.fixed, *p.weights]) for p in (self, other))
        return float(own @ others)

    def plus(self, factor: float, other: _Point) -> _Point:
        weights = tuple(a + factor * b for a, b in zip(self.weights, other.weights, strict=True))
        return _Point(
            self.players + factor * other.players, self.fixed + factor * other.fixed, (weights[0], weights[1])
        )


class ImpactModel:
    """Learns day by day. Nothing that it has seen is from the morning's date or later."""

    def __init__(self, before: Floats, prior: Prior = PRIOR, steps: int = STEPS) -> None:
        """before: box counts of the season before, shape (teams, places, counts)."""
        teams, width, _ = before.shape
        self.boxes, self.evidence = Boxes(before), Evidence(teams, width)
        self.prior, self.steps = prior, steps
        self._starts = STARTS[0] * prior.start, STARTS[1] * prior.start
        zero = (np.zeros_like(STARTS[0]), np.zeros_like(STARTS[1]))
        self._now = _Point(np.zeros(self.evidence.shape), np.zeros(2), zero)

    def learn(self, day: Day) -> None:
        """Add a day."""
        self.boxes.add(day)
        self.evidence.add(day)

    def weights(self) -> tuple[Floats, Floats]:
        """Weights of the box rates as learned so far, for offence and defence."""
        own, starts = self._now.weights, self._starts
        return own[0] + starts[0], own[1] + starts[1]

    def estimates(self, teams: Teams) -> Estimates:
        """All players, given the team ratings of the morning."""
        features = self.boxes.features()
        expected = np.repeat(teams.strength[..., None] / 5, self.evidence.shape[2], axis=2)
        base = expected + _apply(features, self._starts)
        self._solve(features, base, np.array([teams.level, teams.home]))
        box = expected + _apply(features, self.weights())
        shares = self.boxes.shares
        impact = box + self._now.players
        missing = np.where(shares.any(axis=1), teams.strength - (shares * impact).sum(axis=2), 0.0)
        return Estimates(
            impact=impact + missing[..., None] / 5,
            box=box,
            variance=self._variance(teams),
            possessions=self.evidence.possessions,
        )

    def _solve(self, features: Features, base: Floats, fixed: Floats) -> None:
        """Conjugate gradients from the last morning's solution (Hestenes and Stiefel, 1952)."""
        if not self.evidence.fixed[0, 0]:
            return
        product = self.evidence.times(base, fixed)
        pull = (self.evidence.moment - product[0], self.evidence.fixed_moment - product[1])
        right = _Point(pull[0], pull[1], _gather(features, pull[0]))
        now = self._now
        left = right.plus(-1.0, self._matrix(features, now))
        scale = self._scale(features)
        step = _scaled(left, scale)
        length = left.dot(step)
        for _ in range(self.steps):
            if length < 1e-12:
                break
            moved = self._matrix(features, step)
            along = length / step.dot(moved)
            now, left = now.plus(along, step), left.plus(-along, moved)
            ready = _scaled(left, scale)
            longer = left.dot(ready)
            step, length = ready.plus(longer / length, step), longer
        self._now = now

    def _matrix(self, features: Features, at: _Point) -> _Point:
        """The matrix of the penalised normal equations times a vector."""
        players, fixed = self.evidence.times(at.players + _apply(features, at.weights), at.fixed)
        loose = (POSSESSION_SD / self.prior.weight_sd) ** 2
        gathered = _gather(features, players)
        weights = (gathered[0] + loose * at.weights[0], gathered[1] + loose * at.weights[1])
        return _Point(players + self.prior.penalty * at.players, fixed + FIXED_WEIGHT * at.fixed, weights)

    def _scale(self, features: Features) -> _Point:
        """The diagonal of the matrix, roughly, with which the steps are scaled."""
        possessions = self.evidence.possessions
        loose = (POSSESSION_SD / self.prior.weight_sd) ** 2
        weights = tuple(np.einsum("tpk,tp->k", features[side] ** 2, possessions[side]) + loose for side in range(SIDES))
        fixed = np.diag(self.evidence.fixed) + FIXED_WEIGHT
        return _Point(possessions + self.prior.penalty, fixed, (weights[0], weights[1]))

    def _variance(self, teams: Teams) -> Floats:
        """Of each player given the opponents, from the blocks of team mates, plus the team's own uncertainty."""
        size = self.evidence.shape[2]
        precision = self.evidence.own + self.prior.penalty * np.eye(size)
        own = np.einsum("stpp->stp", np.linalg.inv(precision)) * POSSESSION_SD**2
        team = teams.uncertainty[None, :, None] ** 2 / 2 / 25
        found: Floats = self.prior.inflation**2 * (own + team)
        return found


def _apply(features: Features, weights: tuple[Floats, Floats]) -> Floats:
    return np.stack([features[side] @ weights[side] for side in range(SIDES)])


def _gather(features: Features, players: Floats) -> tuple[Floats, Floats]:
    found = [np.einsum("tpk,tp->k", features[side], players[side]) for side in range(SIDES)]
    return found[0], found[1]


def _scaled(point: _Point, scale: _Point) -> _Point:
    weights = (point.weights[0] / scale.weights[0], point.weights[1] / scale.weights[1])
    return _Point(point.players / scale.players, point.fixed / scale.fixed, weights)
