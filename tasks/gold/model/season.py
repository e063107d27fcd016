"""Static ratings of one season as of any day: its members, its ridges, and updates from one day to the next."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tasks.gold.model._carry import Carry, members, opposition, usual_games
from tasks.gold.model._field import LEVEL, Floats, Ints, TeamField
from tasks.gold.model._static import NET, RIDGES, Ridge, evidence, posterior
from tasks.gold.model.games import Bools, Games
from tasks.gold.model.parameters import PACE
from tasks.gold.model.preseason import NOTHING, Preseason


@dataclass
class Past:
    """Carry-over from earlier seasons for each ridge; for net also the preseason quantities."""

    teams: int
    preseason: Preseason = NOTHING
    carries: dict[str, Carry] = field(init=False)
    level: dict[str, float] = field(init=False)

    def __post_init__(self) -> None:
        self.carries = {ridge.name: Carry(ridge.process, self.teams) for ridge in RIDGES}
        self.carries[NET.name] = Carry(NET.process, self.teams, self.preseason)
        self.level = {ridge.name: ridge.level for ridge in RIDGES}

    def expect(self, ridge: Ridge, season: int, codes: Ints) -> tuple[Floats, Floats]:
        """Mean and variance of teams before a season: from earlier seasons, or those of a new team."""
        carry, process = self.carries[ridge.name], ridge.process
        founding = not carry.known.any()
        mean = np.full(len(codes), 0.0 if founding else process.newcomer_mean)
        variance = np.full(len(codes), (process.first_sd if founding else process.outsider_sd) ** 2)
        known = carry.known[codes]
        mean[known], variance[known] = carry.expect(season, codes[known])
        return mean, variance

    def close(self, rated: SeasonRating) -> None:
        """Store the ratings of a finished season."""
        codes = np.flatnonzero(rated.member)
        played = rated.played
        for ridge in RIDGES:
            field_, carry = rated.fields[ridge.name], self.carries[ridge.name]
            centre = float(field_.mean[1:].mean()) if len(codes) else 0.0
            self.level[ridge.name] = float(field_.mean[LEVEL] + (2 * centre if ridge.sign > 0 else 0.0))
            ratings = np.zeros(self.teams)
            ratings[codes] = field_.mean[rated.slot[codes]] - centre
            faced = opposition(ratings, *rated.met)
            variance = np.diag(field_.cov)[rated.slot[codes]]
            if len(codes):
                carry.remember(rated.season, codes, ratings[codes], variance, faced[codes])
            carry.usual = usual_games(played)


class SeasonRating:
    """Posterior of a season's members from the games before a day; `until` moves it to a later day.

    Members are those that the games declare, otherwise those inferred from the games so far (`members`).

    A game counts if both teams are members by that day. If members were only added, the new games update the solution
    (recursive least squares). If a member was removed, everything is solved again.
    """

    def __init__(self, games: Games, season: int, past: Past) -> None:
        inside = games.place & games.learn & (games.season == season)
        self.games, self.season, self.past = games, season, past
        self._candidates = np.flatnonzero(inside)
        self.seen = self._candidates[:0]  # rows of all the season's results before the day
        self.member: Bools = np.zeros(len(games.teams), dtype=bool)
        self.slot = np.full(len(games.teams), -1)
        self.fields: dict[str, TeamField] = {}
        self.played: Ints = np.zeros(len(games.teams), dtype=np.int64)
        self._taken: Bools = np.zeros(len(games.rows), dtype=bool)

    @property
    def met(self) -> tuple[Ints, Ints]:
        """Codes of the home and away teams of the games that count."""
        return self.games.home[self._taken], self.games.away[self._taken]

    def until(self, day: int | None) -> SeasonRating:
        """The same season as of the morning of a day; None means after the last game."""
        games = self.games
        self.seen = seen = self._candidates if day is None else self._candidates[games.day[self._candidates] < day]
        size = len(games.teams)
        self.played = np.bincount(np.r_[games.home[seen], games.away[seen]], minlength=size)
        carry, declared = self.past.carries[NET.name], games.declared.get(self.season)
        member = members(self.played, carry.returning(self.season), carry.usual) if declared is None else declared
        counted = seen[member[games.home[seen]] & member[games.away[seen]]]
        if self._taken.any() and not (self.member & ~member).any():
            self._extend(member, counted[~self._taken[counted]])
        else:
            self._solve(member, counted)
        self._taken[:] = False
        self._taken[counted] = True
        return self

    def _solve(self, member: Bools, rows: Ints) -> None:
        self.member = member
        codes = np.flatnonzero(member)
        self.slot[:] = -1
        self.slot[codes] = 1 + np.arange(len(codes))
        for ridge in RIDGES:
            seen = evidence(ridge, self.games, rows, self._slots(rows))
            prior = self.past.expect(ridge, self.season, codes)
            self.fields[ridge.name] = posterior(ridge, seen, prior, self.past.level[ridge.name], self._room)

    def _extend(self, member: Bools, rows: Ints) -> None:
        codes = np.flatnonzero(member & ~self.member)
        self.member = member
        self.slot[codes] = self.fields[NET.name].size + np.arange(len(codes))
        for ridge in RIDGES:
            solution = self.fields[ridge.name]
            solution.add(*self.past.expect(ridge, self.season, codes))
            seen = evidence(ridge, self.games, rows, self._slots(rows))
            if len(seen.block):
                forecast = solution.forecast(seen.block)
                solution.learn(forecast, seen.result - forecast.mean, seen.noise)

    def possessions(self) -> Floats:
        """Possessions of each team in the games that count."""
        rows = np.flatnonzero(self._taken)
        used = np.where(np.isfinite(self.games.possessions[rows]), self.games.possessions[rows], PACE)
        home, away = self.met
        result: Floats = np.bincount(np.r_[home, away], weights=np.r_[used, used], minlength=len(self.slot)).astype(
            np.float64
        )
        return result

    @property
    def _room(self) -> int:
        """Maximum number of slots: teams of this season's games, and members of earlier seasons."""
        rows = self._candidates
        seen = np.zeros(len(self.games.teams), dtype=bool)
        seen[self.games.home[rows]] = seen[self.games.away[rows]] = True
        seen |= self.games.declared.get(self.season, False)
        return int((seen | self.past.carries[NET.name].known).sum())

    def _slots(self, rows: Ints) -> tuple[Ints, Ints]:
        return self.slot[self.games.home[rows]], self.slot[self.games.away[rows]]
