"""Impact of players on a morning: a regularised regression on stints around the box scores and the team ratings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tasks.gold.impact._boxes import Boxes
from tasks.gold.impact._evidence import SIDES, Evidence
from tasks.gold.impact._weights import Features, Weights
from tasks.gold.impact.parameters import FIXED_WEIGHT, POSSESSION_SD, PRIOR, STEPS, Prior
from tasks.gold.impact.units import Day
from tasks.gold.model.arrays import Floats

NOTHING = 1e-12  # a residual that needs no further step


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
        team: net rating that the players of a team sum to, by team code.
    """

    impact: Floats
    box: Floats
    variance: Floats
    possessions: Floats
    team: Floats


class ImpactModel:
    """Learns day by day. Nothing that it has seen is from the morning's date or later."""

    def __init__(self, before: Floats, prior: Prior = PRIOR, steps: int = STEPS) -> None:
        """before: box counts of the season before, shape (teams, places, counts)."""
        teams, width, _ = before.shape
        self.boxes, self.evidence = Boxes(before), Evidence(teams, width)
        self.weights, self.prior, self.steps = Weights(prior), prior, steps
        self._morning: tuple[Features, Teams] | None = None
        self._players, self._fixed = np.zeros(self.evidence.shape), np.zeros(2)

    def learn(self, day: Day) -> None:
        """Add a day. The box rates of the last morning explain its stints before they are added."""
        if self._morning is not None:
            features, teams = self._morning
            strength = teams.strength[0][day.offence] - teams.strength[1][day.defence]
            self.weights.add(day, features, teams.level + teams.home * day.home + strength)
        self.boxes.add(day)
        self.evidence.add(day)

    def estimates(self, teams: Teams) -> Estimates:
        """All players, given the team ratings of the morning."""
        features, weights = self.boxes.features(), self.weights()
        self._morning = features, teams
        expected = np.repeat(teams.strength[..., None] / 5, self.evidence.shape[2], axis=2)
        box = expected + np.stack([features[side] @ weights[side] for side in range(SIDES)])
        self._solve(box, np.array([teams.level, teams.home]))
        shares = self.boxes.shares
        impact = box + self._players
        missing = np.where(shares.any(axis=1), teams.strength - (shares * impact).sum(axis=2), 0.0)
        return Estimates(
            impact=impact + missing[..., None] / 5,
            box=box,
            variance=self._variance(teams),
            possessions=self.evidence.possessions,
            team=teams.strength.sum(axis=0),
        )

    def _solve(self, expected: Floats, fixed: Floats) -> None:
        """Conjugate gradients from the last morning's solution (Hestenes and Stiefel, 1952), scaled by the diagonal."""
        if not self.evidence.fixed[0, 0]:
            return
        now = _joined(self._players, self._fixed)
        penalty = _joined(np.full(self.evidence.shape, self.prior.penalty), np.full(2, FIXED_WEIGHT))
        fitted = self._times(_joined(expected, fixed) + now)
        left = _joined(self.evidence.moment, self.evidence.fixed_moment) - fitted - penalty * now
        scale = _joined(self.evidence.possessions, np.diag(self.evidence.fixed)) + penalty
        step = left / scale
        length = float(left @ step)
        for _ in range(self.steps):
            if length < NOTHING:
                break
            moved = self._times(step) + penalty * step
            along = length / float(step @ moved)
            now, left = now + along * step, left - along * moved
            ready = left / scale
            longer = float(left @ ready)
            step, length = ready + longer / length * step, longer
        self._players, self._fixed = self._parts(now)

    def _times(self, at: Floats) -> Floats:
        """The matrix of the normal equations, without the penalty, times a vector."""
        return _joined(*self.evidence.times(*self._parts(at)))

    def _parts(self, at: Floats) -> tuple[Floats, Floats]:
        return at[:-2].reshape(self.evidence.shape), at[-2:]

    def _variance(self, teams: Teams) -> Floats:
        """Of each player given the opponents, from the blocks of team mates, plus the team's own uncertainty."""
        size = self.evidence.shape[2]
        precision = self.evidence.own + self.prior.penalty * np.eye(size)
        own = np.einsum("stpp->stp", np.linalg.inv(precision)) * POSSESSION_SD**2
        team = teams.uncertainty[None, :, None] ** 2 / 2 / 25
        found: Floats = self.prior.inflation**2 * (own + team)
        return found


def _joined(players: Floats, fixed: Floats) -> Floats:
    return np.concatenate([players.reshape(-1), fixed])
