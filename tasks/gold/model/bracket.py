"""A tournament played out many times: who reaches each round, from a field as drawn and uncertain strengths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tasks.gold.model.arrays import Floats
from tasks.gold.model.outlook import Outlook

Codes = tuple[int, ...]
UNDECIDED = -1


@dataclass(frozen=True)
class Bracket:
    """A field: the place of every team on the lines of the draw.

    Attributes:
        lines: codes of the teams on each line, top to bottom; a line with two teams is a play-in game. Neighbouring
            lines meet first, then the winners of neighbouring pairs. The number of lines is a power of two.
        results: winner and loser (codes) of the games that were played already.
    """

    lines: tuple[Codes, ...]
    results: tuple[tuple[int, int], ...] = ()

    @property
    def rounds(self) -> int:
        """Number of rounds without the play-in games."""
        return len(self.lines).bit_length() - 1

    @property
    def teams(self) -> list[int]:
        """Codes of all teams of the field, in the order of the lines."""
        return [code for line in self.lines for code in line]


def standard_order(size: int) -> list[int]:
    """Seeds of the lines of a region of so many teams: 1, 16, 8, 9, 5, 12, 4, 13, 3, 14, 6, 11, 7, 10, 2, 15 for 16.

    The best seeds meet as late as possible, and the seeds of each first game add up to `size` + 1.
    """
    order = [1]
    while len(order) < size:
        total = 2 * len(order) + 1
        pairs = [(seed, total - seed) for seed in order]
        order = [seed for number, pair in enumerate(pairs) for seed in (pair if number % 2 == 0 else pair[::-1])]
    return [seed for place in range(0, size, 2) for seed in sorted(order[place : place + 2])]


def reach(known: Outlook, bracket: Bracket, runs: int, seed: int) -> Floats:
    """Share of runs (team, round) in which a team of `bracket.teams` is in a round; the last column is the title.

    The first column is the round of all lines: 1 for a team without a play-in game. All games are on neutral floors.
    """
    draw = _Draw(known, bracket, runs, seed)
    alive = np.stack([draw.winner(draw.column(line)) for line in bracket.lines], axis=1)
    shares = [draw.share(alive)]
    while alive.shape[1] > 1:
        alive = np.stack([draw.winner(alive[:, place : place + 2]) for place in range(0, alive.shape[1], 2)], axis=1)
        shares.append(draw.share(alive))
    return np.stack(shares, axis=1)


class _Draw:
    """One set of strengths per run, and games between columns of teams."""

    def __init__(self, known: Outlook, bracket: Bracket, runs: int, seed: int) -> None:
        self._teams = np.array(bracket.teams)
        self._rng = np.random.default_rng(seed)
        self._known = known
        self._strength = known.strengths(self._teams, runs, self._rng)  # (run, team of the field)
        self._seat = {code: seat for seat, code in enumerate(bracket.teams)}
        self._decided = np.full((len(self._teams), len(self._teams)), UNDECIDED)
        for pair in bracket.results:
            won, lost = (self._seat[code] for code in pair)
            self._decided[won, lost] = self._decided[lost, won] = won

    def column(self, line: Sequence[int]) -> np.ndarray:
        """The teams of a line as columns of runs."""
        return np.tile([self._seat[code] for code in line], (len(self._strength), 1))

    def winner(self, pair: np.ndarray) -> np.ndarray:
        """The winner in each run of a game between two columns (run, 2); a single column wins."""
        if pair.shape[1] == 1:
            return pair[:, 0]
        runs = np.arange(len(pair))
        margin = self._strength[runs, pair[:, 0]] - self._strength[runs, pair[:, 1]]
        first = margin + self._known.noise(margin, self._rng) > 0
        decided = self._decided[pair[:, 0], pair[:, 1]]
        return np.where(decided != UNDECIDED, decided, np.where(first, pair[:, 0], pair[:, 1]))

    def share(self, alive: np.ndarray) -> Floats:
        """Share of runs in which each team is among some columns."""
        counts = np.bincount(alive.ravel(), minlength=len(self._teams))
        result: Floats = counts / len(alive)
        return result
