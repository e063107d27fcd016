"""The normal equations of all stints so far: who played with and against whom, for how many possessions."""

from __future__ import annotations

import numpy as np

from tasks.gold.impact.units import Day
from tasks.gold.model.arrays import Floats, Ints

SIDES = 2  # offence, defence
PARTS = 12  # days of opponents that are kept apart: joining them every day would copy the season every day


class Evidence:
    """Sums over stints of possessions x (row of the design) x (row of the design), in parts.

    The unknowns are the offence and the defence of every player, arrays of shape (2, teams, places), and two that all
    stints share: the level and the home edge. A stint's points per 100 possessions are the level, plus or minus the
    home edge, plus the offence of five players, minus the defence of five opponents.
    """

    def __init__(self, teams: int, width: int) -> None:
        self.shape = (SIDES, teams, width)
        self.own = np.zeros((SIDES, teams, width, width))  # team mates on the same side
        self.fixed = np.zeros((2, 2))
        self.mixed = np.zeros((2, *self.shape))  # level and home edge against players
        self.moment = np.zeros(self.shape)
        self.fixed_moment = np.zeros(2)
        self._met: list[tuple[Ints, Ints, Floats]] = []  # offence place, defence place (both flat), possessions

    @property
    def possessions(self) -> Floats:
        """Possessions by side, team and place."""
        found: Floats = np.einsum("stpp->stp", self.own)
        return found

    def add(self, day: Day) -> None:
        """Add the stints of a day."""
        if not len(day.possessions):
            return
        weight, score = day.possessions, 100 * day.points
        fives = (self._flat(day.offence, day.attack), self._flat(day.defence, day.guard))
        common = np.stack([np.ones_like(day.home), day.home])
        for side, (team, places) in enumerate(((day.offence, day.attack), (day.defence, day.guard))):
            sign = (1.0, -1.0)[side]
            _pairs(self.own[side], team, places, weight)
            _spread(self.moment[side], fives[side], sign * score)
            for number, values in enumerate(common):
                _spread(self.mixed[number, side], fives[side], sign * weight * values)
        self.fixed += (common * weight) @ common.T
        self.fixed_moment += common @ score
        self._met.append(_against(*fives, weight, self.shape[1] * self.shape[2]))
        if len(self._met) > PARTS:
            first, second, possessions = (np.concatenate(parts) for parts in zip(*self._met, strict=True))
            self._met = [(first, second, possessions)]

    def times(self, players: Floats, fixed: Floats) -> tuple[Floats, Floats]:
        """The matrix times a vector, given and returned in the same two parts."""
        out = np.matmul(self.own, players[..., None])[..., 0] + np.tensordot(fixed, self.mixed, axes=1)
        attack, guard = players[0].reshape(-1), players[1].reshape(-1)
        sums = (out[0].reshape(-1), out[1].reshape(-1))
        for first, second, weight in self._met:
            sums[0][:] -= np.bincount(first, weight * guard[second], minlength=len(attack))
            sums[1][:] -= np.bincount(second, weight * attack[first], minlength=len(attack))
        return out, self.fixed @ fixed + np.tensordot(self.mixed, players, axes=3)

    def _flat(self, team: Ints, places: Ints) -> Ints:
        return team[:, None] * self.shape[2] + places


def _spread(into: Floats, people: Ints, values: Floats) -> None:
    """Add a value per stint to each of its five players."""
    into += np.bincount(people.reshape(-1), np.repeat(values, 5), minlength=into.size).reshape(into.shape)


def _pairs(into: Floats, team: Ints, places: Ints, weight: Floats) -> None:
    """Add possessions to every pair among the five players of a stint."""
    width = into.shape[-1]
    cell = (team[:, None, None] * width + places[:, :, None]) * width + places[:, None, :]
    known, place = np.unique(cell, return_inverse=True)
    sums = np.bincount(place.reshape(-1), np.repeat(weight, 25), minlength=len(known))
    into.reshape(-1)[known] += sums


def _against(attack: Ints, guard: Ints, weight: Floats, size: int) -> tuple[Ints, Ints, Floats]:
    """Possessions of every pair of opponents."""
    cell = (attack[:, :, None] * size + guard[:, None, :]).reshape(-1)
    known, place = np.unique(cell, return_inverse=True)
    sums: Floats = np.bincount(place, np.repeat(weight, 25), minlength=len(known)).astype(np.float64)
    return (known // size).astype(np.int64), (known % size).astype(np.int64), sums
