"""Estimates of every team in the current season: margin, totals and tempo, and each team's own home edge."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tasks.gold.model._carry import Carry, members, opposition, usual_games
from tasks.gold.model._field import LEVEL, Block, Forecast, TeamField
from tasks.gold.model.arrays import Bools, Floats, Ints
from tasks.gold.model.parameters import (
    FOUNDING_DAYS,
    HOME_EDGE_KEPT,
    HOME_EDGE_SD,
    MARGIN,
    PACE,
    TEMPO,
    TOTAL,
    TOTALS,
    Process,
)
from tasks.gold.model.preseason import NOTHING, Preseason


class Quality:
    """One quality: its estimates for the current season, and its carry-over from earlier ones."""

    def __init__(self, process: Process, level: float, teams: int, preseason: Preseason = NOTHING) -> None:
        self.process = process
        self.carry = Carry(process, teams, preseason)
        self.teams = teams
        self.field = TeamField(level, process.level_sd, teams)
        self._anchored = level == 0.0

    def anchored(self, block: Block, forecast: Forecast, seen: Ints, result: Floats) -> Forecast:
        """Set the level from the very first results, so that a constant in all of them changes no team's strength."""
        if self._anchored:
            return forecast
        self._anchored = True
        self.field.mean[LEVEL] = result[seen].mean() / block.common[seen].mean()
        return self.field.forecast(block)

    def follow(self, process: Process) -> None:
        """Use another process from now on."""
        self.process = self.carry.process = process

    def open(self) -> None:
        """Start a season with an empty field that keeps the level."""
        level, variance = float(self.field.mean[LEVEL]), float(self.field.cov[LEVEL, LEVEL])
        self.field = TeamField(level, float(np.sqrt(variance + self.process.level_season_sd**2)), self.teams)

    def close(self, season: int, codes: Ints, sign: float, met: tuple[Ints, Ints], declared: Bools | None) -> None:
        """Store the members' ratings.

        codes: the team in each slot but the first. met: slots of the games played. declared: the members, if known.
        """
        field = self.field
        played = np.bincount(np.r_[met], minlength=field.size)[1:] if len(met[0]) else np.zeros(len(codes), dtype=int)
        inferred = members(played, self.carry.returning(season)[codes], self.carry.usual)
        member = np.flatnonzero(inferred if declared is None else declared[codes])
        if not len(member):
            return
        centre = float(field.mean[1:][member].mean())
        ratings = field.mean - centre
        if sign > 0:
            field.mean[LEVEL] += 2 * centre
        faced = opposition(ratings, *met)[1:]
        self.carry.usual = usual_games(played)
        variance = np.diag(field.cov)[1:]
        self.carry.remember(season, codes[member], ratings[1:][member], variance[member], faced[member])


class Strengths:
    """The three qualities with a common numbering of slots, and the calendar of the current season."""

    def __init__(self, teams: int, declared: Mapping[int, Bools] | None = None, preseason: Preseason = NOTHING) -> None:
        self._declared = declared or {}
        self.margin = Quality(MARGIN, 0.0, teams, preseason)
        self.totals = Quality(TOTALS, TOTAL * 100.0 / PACE, teams)
        self.tempo = Quality(TEMPO, PACE, teams)
        self.season = -1
        self._slot = np.full(teams, -1)
        self._codes: list[int] = []
        self._games: list[tuple[Ints, Ints]] = []
        self._opened = self._today = 0

    def advance(self, season: int, day: int) -> None:
        """Move on to a day: add drift, or open a new season."""
        if season > self.season:
            self._change_season(season, day)
        elapsed = day - self._today
        for quality in (self.margin, self.totals, self.tempo):
            process = quality.process
            quality.field.drift(process.drift**2 * elapsed, process.level_drift**2 * elapsed)
        self._today = day

    def met(self, codes: Ints) -> Bools:
        """Whether teams are known from an earlier season or an earlier day of this one."""
        seen: Bools = (self._slot[codes] >= 0) | self.margin.carry.known[codes]
        return seen

    def meet(self, home: Ints, away: Ints, neutral: Bools) -> None:
        """Add every new team of the day to the fields."""
        codes = np.unique(np.r_[home, away])
        new = codes[self._slot[codes] < 0]
        if not len(new):
            return
        self._slot[new] = len(self._codes) + 1 + np.arange(len(new))
        self._codes.extend(new.tolist())
        hosts = np.isin(new, home[~neutral])
        for quality in (self.margin, self.totals, self.tempo):
            quality.field.add(*self._first_sight(quality, new, hosts))

    def slots(self, codes: Ints) -> Ints:
        """Slots of known teams."""
        return self._slot[codes]

    def played(self, home: Ints, away: Ints) -> None:
        """Record games that counted."""
        self._games.append((self._slot[home], self._slot[away]))

    def members(self, season: int, played: Ints) -> Bools:
        """Members of a season: the declared ones, otherwise inferred from the games of each team so far."""
        carry = self.margin.carry
        declared = self._declared.get(season)
        return members(played, carry.returning(season), carry.usual) if declared is None else declared

    def estimates(self, quality: Quality, codes: Ints, day: int) -> tuple[Floats, Floats]:
        """Mean and variance of teams on the morning of a day; a team without a game yet has its expectation."""
        mean, variance = self._first_sight(quality, codes, np.ones(len(codes), dtype=bool))
        seen = self._slot[codes] >= 0
        slots = self._slot[codes[seen]]
        mean[seen] = quality.field.mean[slots]
        variance[seen] = np.diag(quality.field.cov)[slots] + quality.process.drift**2 * max(day - self._today, 0)
        return mean, variance

    def _first_sight(self, quality: Quality, new: Ints, hosts: Bools) -> tuple[Floats, Floats]:
        process, carry = quality.process, quality.carry
        founding = not carry.known.any() and self._today - self._opened < FOUNDING_DAYS
        declared = self._declared.get(self.season)
        member = hosts if declared is None else declared[new]
        stranger = np.where(member, 0.0 if founding else process.newcomer_mean, process.outsider_mean)
        mean = np.zeros(len(new)) if founding and declared is None else stranger
        variance = np.full(len(new), (process.first_sd if founding else process.outsider_sd) ** 2)
        known = carry.known[new]
        mean[known], variance[known] = carry.expect(self.season, new[known])
        return mean, variance

    def _change_season(self, season: int, day: int) -> None:
        codes = np.array(self._codes, dtype=np.int64)
        home = np.concatenate([game[0] for game in self._games] or [np.zeros(0, dtype=np.int64)])
        away = np.concatenate([game[1] for game in self._games] or [np.zeros(0, dtype=np.int64)])
        for quality, sign in ((self.margin, -1.0), (self.totals, 1.0), (self.tempo, 1.0)):
            quality.close(self.season, codes, sign, (home, away), self._declared.get(self.season))
            quality.open()
        self.season, self._opened, self._today = season, day, day
        self._slot[:] = -1
        self._codes, self._games = [], []


class HomeEdge:
    """A team's own home edge beyond the common one, in points. It is separate from strength to stay fast."""

    def __init__(self, teams: int) -> None:
        self._mean = np.zeros(teams)
        self._variance = np.full(teams, HOME_EDGE_SD**2)

    def of(self, home: Ints, at_home: Floats) -> tuple[Floats, Floats]:
        """Mean and variance for some games."""
        return self._mean[home] * at_home, self._variance[home] * at_home

    def learn(self, home: Ints, at_home: Floats, weighted: Floats, precision: Floats) -> None:
        """Update with the weighted surprises of games (see `Field.learn`)."""
        variance = self._variance[home] * at_home
        np.add.at(self._mean, home, variance * weighted)
        np.subtract.at(self._variance, home, variance**2 * precision)

    def carry(self) -> None:
        """Carry over to a new season: a part is kept."""
        self._mean *= HOME_EDGE_KEPT
        kept = HOME_EDGE_KEPT**2
        self._variance = kept * self._variance + (1 - kept) * HOME_EDGE_SD**2
