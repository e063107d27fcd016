"""All teams on one morning, from any form of the model: the arrays that a table of ratings is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tasks.gold.model.arrays import Bools, Floats, Ints
from tasks.gold.model.games import Games
from tasks.gold.model.parameters import PACE

KNOWN_SHARE = 0.5  # share of results with known possessions from which offence, defence and tempo are published
ENOUGH_RESULTS = 100  # of a season, to judge it without the one before


@dataclass(frozen=True)
class Standing:
    """Estimates by team code on the morning of a day (None: the day after the last result).

    net and style are per 100 possessions, tempo per 40 minutes; each is relative to any common centre. efficiency and
    pace are the levels of a game between teams at that centre. home_advantage is per 100 possessions. seen: rows of all
    results of the season so far. counted: those that count.
    """

    season: int
    day: int | None
    games: Games
    member: Bools
    seen: Ints
    counted: Ints
    net: Floats
    deviation: Floats
    style: Floats
    tempo: Floats
    efficiency: float
    pace: float
    home_advantage: Floats
    has_tempo: bool

    @property
    def met(self) -> tuple[Ints, Ints]:
        """Codes of the home and away teams of the games that count."""
        return self.games.home[self.counted], self.games.away[self.counted]

    @property
    def played(self) -> Ints:
        """Results of each team so far."""
        return self._count(self.seen)

    @property
    def counted_games(self) -> Ints:
        """Games that count, by team."""
        return self._count(self.counted)

    @property
    def possessions(self) -> Floats:
        """Possessions of each team in the games that count."""
        return possessions_of(self.games, self.counted, len(self.member))

    def _count(self, rows: Ints) -> Ints:
        codes = np.r_[self.games.home[rows], self.games.away[rows]]
        return np.bincount(codes, minlength=len(self.member))


def possessions_of(games: Games, rows: Ints, size: int) -> Floats:
    """Possessions of each team in some games; the reference pace where they are not known."""
    known = games.possessions[rows]
    used = np.where(np.isfinite(known), known, PACE)
    codes = np.r_[games.home[rows], games.away[rows]]
    result: Floats = np.bincount(codes, weights=np.r_[used, used], minlength=size).astype(np.float64)
    return result


def weighted_mean(values: Floats, weights: Floats) -> float:
    """Mean of teams by possessions; plain before the first game, and 0 without teams."""
    if not len(values):
        return 0.0
    return float(np.average(values, weights=weights)) if weights.any() else float(values.mean())


def possessions_known(games: Games, season: int, day: int | None) -> bool:
    """Whether most results of a season up to a morning have possessions; in its first days, also those of the last one.

    Without them offence, defence and tempo are unknown: every team would have those of an average team.
    """
    rows = games.place & games.learn & (games.season >= season - 1) & (games.season <= season)
    if day is not None:
        rows &= games.day < day
    current = rows & (games.season == season)
    known = np.isfinite(games.possessions[current if current.sum() >= ENOUGH_RESULTS else rows])
    return bool(len(known)) and float(known.mean()) >= KNOWN_SHARE
