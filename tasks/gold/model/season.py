"""Static ratings of one season as of any day: its members, its ridges, and updates from one day to the next."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tasks.gold.model._carry import Carry, members, opposition, usual_games
from tasks.gold.model._field import LEVEL, TeamField
from tasks.gold.model._standing import Standing, possessions_known, possessions_of, weighted_mean
from tasks.gold.model._static import NET, PACING, PER_100, RIDGES, STYLE, Ridge, evidence, posterior
from tasks.gold.model.arrays import Bools, Floats, Ints
from tasks.gold.model.games import Games
from tasks.gold.model.preseason import NOTHING, Preseason


@dataclass
class Past:
    """Carry-over from earlier seasons for each ridge; for net also the preseason quantities."""

    teams: int
    preseason: Preseason = NOTHING
    carries: dict[str, Carry] = field(init=False)
    level: dict[str, float] = field(init=False)
    has_tempo: bool = False  # possessions of an earlier season are known, though its games are not

    def __post_init__(self) -> None:
        self.carries = {ridge.name: Carry(ridge.process, self.teams) for ridge in RIDGES}
        self.carries[NET.name] = Carry(NET.process, self.teams, self.preseason, PER_100)
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

    def standing(self, day: int | None) -> Standing:
        """All teams as of the day that this was last moved to."""
        solved, size = self.fields, len(self.slot)
        members = np.flatnonzero(self.member)

        def of(ridge: Ridge) -> Floats:
            values = np.zeros(size)
            values[members] = solved[ridge.name].mean[self.slot[members]]
            return values

        net, variance = of(NET), np.zeros(size)
        variance[members] = np.diag(solved[NET.name].cov)[self.slot[members]]
        self._rate_outsiders(net, variance)
        return Standing(
            season=self.season,
            day=day,
            games=self.games,
            member=self.member.copy(),
            seen=self.seen,
            counted=np.flatnonzero(self._taken),
            net=net,
            deviation=np.sqrt(variance),
            style=of(STYLE),
            tempo=of(PACING),
            efficiency=float(solved[STYLE.name].mean[LEVEL]),
            pace=float(solved[PACING.name].mean[LEVEL]),
            home_advantage=np.full(size, solved[NET.name].mean[LEVEL]),
            has_tempo=self.past.has_tempo or possessions_known(self.games, self.season, day),
        )

    def _rate_outsiders(self, net: Floats, variance: Floats) -> None:
        """Fill in net and variance of outsiders from their games against members, which do not affect the members."""
        process, games, size = NET.process, self.games, len(self.slot)
        mixed = self.seen[self.member[games.home[self.seen]] != self.member[games.away[self.seen]]]
        seen = evidence(NET, games, mixed, (games.home[mixed], games.away[mixed]))
        host = self.member[seen.block.home]
        outsider, member = np.where(host, (seen.block.away, seen.block.home), (seen.block.home, seen.block.away))
        level = self.fields[NET.name].mean[LEVEL]
        result = (seen.result - level * seen.block.common) * np.where(host, -1.0, 1.0) + net[member]
        weight = 1.0 / (seen.noise + variance[member])
        precision = 1.0 / process.outsider_sd**2 + np.bincount(outsider, weights=weight, minlength=size)
        centre = weighted_mean(net[self.member], possessions_of(games, np.flatnonzero(self._taken), size)[self.member])
        usual = (process.outsider_mean + centre) / process.outsider_sd**2
        pull = usual + np.bincount(outsider, weights=weight * result, minlength=size)
        others = np.flatnonzero((self.played > 0) & ~self.member)
        net[others], variance[others] = (pull / precision)[others], 1.0 / precision[others]

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
