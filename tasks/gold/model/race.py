"""How often each team finishes in each place of its conference, over many runs of the games that are left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tasks.gold.model.arrays import Bools, Floats, Ints

LOT = 1e-4  # smaller than any difference between two shares of wins: breaks ties at random


@dataclass(frozen=True)
class Race:
    """Places of the teams of one conference over all runs.

    Attributes:
        places: share of runs (team, place) in which a team finishes in a place; ties are broken at random.
        title: share of runs in which no team has a higher share of wins. outright: the same without a tie.
    """

    places: Floats
    title: Floats
    outright: Floats


class Tally:
    """Wins of teams over runs, counted block by block."""

    def __init__(self, home: Ints, away: Ints, teams: int, wins: Ints, games: Ints) -> None:
        """home, away: seats of the teams of each game that is left. wins, games: of each team so far."""
        self._sign = np.zeros((len(home), teams), dtype=np.float32)
        self._sign[np.arange(len(home)), home] += 1
        self._sign[np.arange(len(away)), away] -= 1
        self._start = wins + np.bincount(away, minlength=teams)
        self._games = games + np.bincount(np.r_[home, away], minlength=teams)

    def wins(self, won: Bools) -> Floats:
        """Wins at the end of the season (run, team)."""
        result: Floats = np.rint(won.astype(np.float32) @ self._sign).astype(np.float64) + self._start
        return result

    def shares(self, won: Bools) -> Floats:
        """Shares of wins at the end of the season (run, team); one half without a game."""
        result: Floats = np.where(self._games > 0, self.wins(won) / np.maximum(self._games, 1), 0.5)
        return result


class Finish:
    """Places in one conference, counted block by block."""

    def __init__(self, teams: int, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._places = np.zeros((teams, teams))
        self._title, self._outright = np.zeros(teams), np.zeros(teams)
        self._runs = 0

    def count(self, shares: Floats) -> None:
        """Add runs: shares of wins (run, team)."""
        runs, teams = shares.shape
        order = np.argsort(-(shares + LOT * self._rng.random(shares.shape)), axis=1)
        for place in range(teams):
            self._places[:, place] += np.bincount(order[:, place], minlength=teams)
        first = shares >= shares.max(axis=1, keepdims=True) - LOT / 2
        self._title += first.sum(axis=0)
        self._outright += (first & (first.sum(axis=1, keepdims=True) == 1)).sum(axis=0)
        self._runs += runs

    def race(self) -> Race:
        """The shares over all runs so far."""
        runs = max(self._runs, 1)
        return Race(self._places / runs, self._title / runs, self._outright / runs)
