"""From one season to the next: who belongs to the division, what is expected of each team, and how well that held."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tasks.gold.model.field import Floats, Ints
from tasks.gold.model.games import Bools
from tasks.gold.model.parameters import CARRY_TRUST, GAP_KEPT, Process

MEMBER_SHARE = 0.35  # of the games that a well-scheduled team has played
SOLE_SEASON = 0.5  # what the season before counts for when a team has only one behind it


def members(played: Ints) -> Bools:
    """The division by the games played so far: outsiders meet a member once or twice, members play all the time.

    played: games per team. A member has at least 35 % of the upper quartile of all teams that played.
    """
    if not played.any():
        return np.zeros(len(played), dtype=bool)
    usual = float(np.quantile(played[played > 0], 0.75))
    result: Bools = played >= max(1.0, MEMBER_SHARE * usual)
    return result


def opposition(ratings: Floats, home: Ints, away: Ints) -> Floats:
    """Mean rating of each team's opponents; 0 where there was none."""
    size = len(ratings)
    met = np.bincount(np.r_[home, away], minlength=size)
    faced = np.bincount(np.r_[home, away], weights=ratings[np.r_[away, home]], minlength=size)
    result: Floats = faced / np.maximum(met, 1)
    return result


@dataclass
class Carry:
    """What is remembered of every team, and the weights that turn it into an expectation.

    The weights start at those of the process and move towards what the data teach, season by season: the process counts
    for `CARRY_TRUST` teams.
    """

    process: Process
    teams: int
    last: Floats = field(init=False)
    before: Floats = field(init=False)
    faced: Floats = field(init=False)
    season: Ints = field(init=False)

    def __post_init__(self) -> None:
        self.last = np.zeros(self.teams)
        self.before = np.zeros(self.teams)
        self.faced = np.zeros(self.teams)
        self.season = np.full(self.teams, -1)
        self._squares = np.zeros((3, 3))
        self._products = np.zeros(3)
        self._misses = np.zeros(2)  # number, and sum of squares

    @property
    def known(self) -> Bools:
        """Teams that were members of an earlier season."""
        return self.season >= 0

    @property
    def weights(self) -> Floats:
        """Of last season, the season before, and last season's opposition."""
        start, seen = np.array(self.process.carry), self._misses[0]
        if not seen:
            return start
        learnt = np.linalg.solve(self._squares + CARRY_TRUST * 1e-3 * np.eye(3), self._products)
        active = start != 0
        result: Floats = np.where(active, (CARRY_TRUST * start + seen * learnt) / (CARRY_TRUST + seen), 0.0)
        return result

    @property
    def variance(self) -> float:
        """Of what the expectation does not know."""
        start = self.process.carry_sd**2
        return float((CARRY_TRUST * start + self._misses[1]) / (CARRY_TRUST + self._misses[0]))

    def expect(self, season: int, teams: Ints) -> tuple[Floats, Floats]:
        """Mean and variance of known teams before their first game of a season."""
        away = np.maximum(season - self.season[teams] - 1, 0)
        kept = GAP_KEPT**away
        mean = kept * (self._features(teams) @ self.weights)
        return mean, self.variance * (2.0 - kept)

    def remember(self, season: int, teams: Ints, ratings: Floats, variances: Floats, faced: Floats) -> None:
        """Close a season for its members: compare with what was expected, then keep what they became.

        ratings: centred on the members. variances: posterior, so that what was not seen is not taken for change.
        """
        back = (self.season[teams] == season - 1) & self.known[teams]
        features = self._features(teams[back])
        miss = ratings[back] - features @ self.weights
        self._misses += (len(miss), float((miss**2 + variances[back]).sum()))
        self._squares += features.T @ features
        self._products += features.T @ ratings[back]
        first = ~self.known[teams]
        self.before[teams] = np.where(first, SOLE_SEASON * ratings, self.last[teams])
        self.last[teams], self.faced[teams], self.season[teams] = ratings, faced, season

    def _features(self, teams: Ints) -> Floats:
        return np.column_stack([self.last[teams], self.before[teams], self.faced[teams]])
