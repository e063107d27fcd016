"""Carry-over between seasons: members of the division, the expectation for each team, and the weights behind it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tasks.gold.model.arrays import Bools, Floats, Ints
from tasks.gold.model.parameters import CARRY_TRUST, GAP_KEPT, OPPOSITION_BESIDE_CLASS, PRESEASON_TRUST, Process
from tasks.gold.model.preseason import NOTHING, Preseason

MEMBER_SHARE = 0.35  # share of `usual_games`; a team with fewer games is not a member
NEWCOMER_SHARE = 0.25  # share of `usual_games` of this or last season; a team with so many games has joined
SETTLED_GAMES = 12.0  # `usual_games` from which members with few games are left out
RATINGS = 3  # values kept of a team: last season, the season before, and last season's opposition
SOLE_SEASON = 0.5  # a team with one earlier season: its rating times this stands in for the season before


def usual_games(played: Ints) -> float:
    """Games of a team with a full schedule: the upper quartile of all teams that played."""
    return float(np.quantile(played[played > 0], 0.75)) if played.any() else 0.0


def members(played: Ints, returning: Bools, usual_before: float) -> Bools:
    """Members of the division, inferred from the games so far: outsiders play members once or twice, members often.

    played: games per team in this season so far. returning: members of an earlier season; they stay members until it is
    clear that they do not play. usual_before: `usual_games` of the last season, 0 if there is none.
    """
    usual = usual_games(played)
    if not returning.any():
        enough: Bools = played >= max(1.0, MEMBER_SHARE * usual)
        return enough
    belongs = returning | (played >= max(1.0, NEWCOMER_SHARE * max(usual, usual_before)))
    if usual >= SETTLED_GAMES:
        belongs &= played >= MEMBER_SHARE * usual
    return belongs


def opposition(ratings: Floats, home: Ints, away: Ints) -> Floats:
    """Mean rating of each team's opponents; 0 without opponents."""
    size = len(ratings)
    met = np.bincount(np.r_[home, away], minlength=size)
    faced = np.bincount(np.r_[home, away], weights=ratings[np.r_[away, home]], minlength=size)
    result: Floats = faced / np.maximum(met, 1)
    return result


@dataclass
class Carry:
    """Ratings of earlier seasons, and the weights that turn them into an expectation.

    The weights start at those of the process and are updated with each season's data; the start values count like
    `CARRY_TRUST` teams, those of preseason quantities like `PRESEASON_TRUST` teams. Only teams with a known quantity
    update its weight.
    """

    process: Process
    teams: int
    preseason: Preseason = NOTHING
    scale: float = 1.0  # of the ratings, relative to points at the reference pace
    last: Floats = field(init=False)
    before: Floats = field(init=False)
    faced: Floats = field(init=False)
    season: Ints = field(init=False)

    def __post_init__(self) -> None:
        self.usual = 0.0
        self.last = np.zeros(self.teams)
        self.before = np.zeros(self.teams)
        self.faced = np.zeros(self.teams)
        self.season = np.full(self.teams, -1)
        size = self.preseason.size
        self._start: Floats = np.r_[self.process.carry, self.scale * self.preseason.start]
        self._trust = np.r_[np.full(RATINGS, CARRY_TRUST), np.full(size, PRESEASON_TRUST)]
        self._seen = np.zeros(RATINGS + size)  # number of teams that have updated each weight
        self._squares = np.zeros((RATINGS + size, RATINGS + size))
        self._products = np.zeros(RATINGS + size)
        self._misses = np.zeros(2)  # number, and sum of squares

    @property
    def known(self) -> Bools:
        """Teams that were members in an earlier season."""
        known: Bools = self.season >= 0
        return known

    def returning(self, season: int) -> Bools:
        """Teams that were members in one of the two seasons before."""
        back: Bools = self.known & (self.season >= season - 2)
        return back

    @property
    def weights(self) -> Floats:
        """Weights of last season, the season before, last season's opposition, and each preseason quantity."""
        start, trust, seen = self._start, self._trust, self._seen
        if not self._misses[0]:
            return start.copy()
        learnt = np.linalg.solve(self._squares + CARRY_TRUST * 1e-3 * np.eye(len(start)), self._products)
        active = (start != 0) | (np.arange(len(start)) >= RATINGS)
        result: Floats = np.where(active, (trust * start + seen * learnt) / (trust + seen), 0.0)
        return result

    @property
    def variance(self) -> float:
        """Variance around the expectation."""
        start = self.process.carry_sd**2
        return float((CARRY_TRUST * start + self._misses[1]) / (CARRY_TRUST + self._misses[0]))

    def expect(self, season: int, teams: Ints) -> tuple[Floats, Floats]:
        """Mean and variance of known teams before their first game of a season."""
        away = np.maximum(season - self.season[teams] - 1, 0)
        kept = GAP_KEPT**away
        weights = self.weights
        ahead, known = self._ahead(season, teams)
        mean = kept * (self._remembered(teams, known) @ weights[:RATINGS])
        if self.preseason.size:
            mean = mean + ahead @ weights[RATINGS:]
        return mean, self.variance * self.process.looseness**2 * (2.0 - kept)

    def remember(self, season: int, teams: Ints, ratings: Floats, variances: Floats, faced: Floats) -> None:
        """Close a season for its members: compare the ratings with the expectation, then store them.

        ratings: centred on the members. variances: of the posterior, so that uncertainty does not count as change.
        """
        back = (self.season[teams] == season - 1) & self.known[teams]
        ahead, known = self._ahead(season, teams[back])
        features = np.column_stack([self._remembered(teams[back], known), ahead])
        miss = ratings[back] - features @ self.weights
        self._misses += (len(miss), float((miss**2 + variances[back]).sum()))
        self._seen += np.r_[np.full(RATINGS, len(miss)), known.sum(axis=0)]
        self._squares += features.T @ features
        self._products += features.T @ ratings[back]
        first = ~self.known[teams]
        self.before[teams] = np.where(first, SOLE_SEASON * ratings, self.last[teams])
        self.last[teams], self.faced[teams], self.season[teams] = ratings, faced, season

    def _remembered(self, teams: Ints, known: Bools) -> Floats:
        """Ratings of earlier seasons. Beside a known recruiting class, opposition is worth less."""
        share = np.where(self.preseason.of("recruiting_class_rating", known), OPPOSITION_BESIDE_CLASS, 1.0)
        return np.column_stack([self.last[teams], self.before[teams], self.faced[teams] * share])

    def _ahead(self, season: int, teams: Ints) -> tuple[Floats, Bools]:
        """Preseason quantities relative to the average of the returning teams, and which of them are known.

        The members of the season are not used for the average, because they are known only after its games.
        """
        standard, known = self.preseason.standard(season, self.returning(season))
        return standard[teams], known[teams]
