"""From one season to the next: who belongs to the division, what is expected of each team, and how well that held."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tasks.gold.model._field import Floats, Ints
from tasks.gold.model.games import Bools
from tasks.gold.model.parameters import CARRY_TRUST, GAP_KEPT, PRESEASON_TRUST, Process
from tasks.gold.model.preseason import NOTHING, Preseason

MEMBER_SHARE = 0.35  # of the games that a well-scheduled team has played: who plays less is no member
NEWCOMER_SHARE = 0.25  # of them, this season's or last season's: who has played as many has joined
SETTLED_GAMES = 12.0  # games of a well-scheduled team after which members that do not play are left out
RATINGS = 3  # what is remembered of a team: last season, the season before, and last season's opposition
SOLE_SEASON = 0.5  # what the season before counts for when a team has only one behind it


def usual_games(played: Ints) -> float:
    """Games of a well-scheduled team: the upper quartile of all teams that played."""
    return float(np.quantile(played[played > 0], 0.75)) if played.any() else 0.0


def members(played: Ints, returning: Bools, usual_before: float) -> Bools:
    """The division as far as games so far tell: outsiders meet a member once or twice, members play all the time.

    played: games per team in this season, so far. returning: members of an earlier season; they belong until it is
    plain that they do not play. usual_before: `usual_games` of the last season, 0 when there is none.
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
    for `CARRY_TRUST` teams. Preseason quantities start at nothing; that counts for `PRESEASON_TRUST` teams, and only
    teams of which a quantity is known teach its weight.
    """

    process: Process
    teams: int
    preseason: Preseason = NOTHING
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
        self._start: Floats = np.r_[self.process.carry, np.zeros(size)]
        self._trust = np.r_[np.full(RATINGS, CARRY_TRUST), np.full(size, PRESEASON_TRUST)]
        self._taught = np.zeros(RATINGS + size)  # teams behind each weight
        self._squares = np.zeros((RATINGS + size, RATINGS + size))
        self._products = np.zeros(RATINGS + size)
        self._misses = np.zeros(2)  # number, and sum of squares

    @property
    def known(self) -> Bools:
        """Teams that were members of an earlier season."""
        known: Bools = self.season >= 0
        return known

    def returning(self, season: int) -> Bools:
        """Teams that were members in one of the two seasons before."""
        back: Bools = self.known & (self.season >= season - 2)
        return back

    @property
    def weights(self) -> Floats:
        """Of last season, the season before, last season's opposition, and each preseason quantity."""
        start, trust, seen = self._start, self._trust, self._taught
        if not self._misses[0]:
            return start.copy()
        learnt = np.linalg.solve(self._squares + CARRY_TRUST * 1e-3 * np.eye(len(start)), self._products)
        active = (start != 0) | (np.arange(len(start)) >= RATINGS)
        result: Floats = np.where(active, (trust * start + seen * learnt) / (trust + seen), 0.0)
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
        weights = self.weights
        mean = kept * (self._remembered(teams) @ weights[:RATINGS])
        if self.preseason.size:
            mean = mean + self._ahead(season, teams)[0] @ weights[RATINGS:]
        return mean, self.variance * (2.0 - kept)

    def remember(self, season: int, teams: Ints, ratings: Floats, variances: Floats, faced: Floats) -> None:
        """Close a season for its members: compare with what was expected, then keep what they became.

        ratings: centred on the members. variances: posterior, so that what was not seen is not taken for change.
        """
        back = (self.season[teams] == season - 1) & self.known[teams]
        ahead, told = self._ahead(season, teams[back])
        features = np.column_stack([self._remembered(teams[back]), ahead])
        miss = ratings[back] - features @ self.weights
        self._misses += (len(miss), float((miss**2 + variances[back]).sum()))
        self._taught += np.r_[np.full(RATINGS, len(miss)), told.sum(axis=0)]
        self._squares += features.T @ features
        self._products += features.T @ ratings[back]
        first = ~self.known[teams]
        self.before[teams] = np.where(first, SOLE_SEASON * ratings, self.last[teams])
        self.last[teams], self.faced[teams], self.season[teams] = ratings, faced, season

    def _remembered(self, teams: Ints) -> Floats:
        return np.column_stack([self.last[teams], self.before[teams], self.faced[teams]])

    def _ahead(self, season: int, teams: Ints) -> tuple[Floats, Bools]:
        """Preseason quantities against the average of the teams that come back, and which of them are known.

        They, and not the members of the season: who these are is known only after its games.
        """
        standard, known = self.preseason.standard(season, self.returning(season))
        return standard[teams], known[teams]
