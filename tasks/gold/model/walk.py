"""The sequential form: for each day, predict its games first and learn from them afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tasks.gold.model._evidence import HomeShare, ThreePoint, margin_evidence, pace_scale
from tasks.gold.model._field import Block, Floats, Ints
from tasks.gold.model._strengths import HomeEdge, Strengths
from tasks.gold.model.games import Games
from tasks.gold.model.outcome import Spread
from tasks.gold.model.parameters import OUTCOME_SD, PACE, RESIDUAL_CAP, TOTAL
from tasks.gold.model.preseason import NOTHING, Preseason

COLUMNS = ("margin", "margin_variance", "total", "spread", "home_known", "away_known", "in_season")


class Walk:
    """Estimates of all teams as of a morning, updated day by day through all seasons."""

    def __init__(self, games: Games, preseason: Preseason = NOTHING) -> None:
        self.games = games
        self.strengths = Strengths(len(games.teams), games.declared, preseason)
        self.edge = HomeEdge(len(games.teams))
        self.three = ThreePoint()
        self.home_share = HomeShare()
        self.spread = Spread()
        self.out = {name: np.full(len(games.rows), np.nan) for name in COLUMNS}

    def run(self) -> dict[str, Floats]:
        """Predict every game that can be predicted, in order of date."""
        for rows in days(self.games):
            season, day = int(self.games.season[rows].max()), int(self.games.day[rows[0]])
            if season > self.strengths.season:
                self.edge.carry()
            self.strengths.advance(season, day)
            self._day(rows)
        return self.out

    def _day(self, rows: Ints) -> None:
        games, strengths = self.games, self.strengths
        home, away = games.home[rows], games.away[rows]
        self.out["home_known"][rows], self.out["away_known"][rows] = strengths.met(home), strengths.met(away)
        strengths.meet(home, away, games.neutral[rows])
        at_home = (~games.neutral[rows]).astype(float)
        slots = strengths.slots(home), strengths.slots(away)
        block, both = Block(*slots, at_home, -1.0), Block(*slots, np.ones(len(rows)), 1.0)
        pace = self._tempo(rows, both)
        learn = games.learn[rows] & (games.season[rows] == strengths.season)
        self.out["in_season"][rows] = games.season[rows] == strengths.season
        self._margin(rows, block, pace, learn)
        self._total(rows, both, pace, learn)
        if learn.any():
            self.three.learn(games, rows[learn])
            strengths.played(home[learn], away[learn])

    def _tempo(self, rows: Ints, both: Block) -> Floats:
        """Expected possessions of the day's games. Learns from the actual ones afterwards."""
        field, process = self.strengths.tempo.field, self.strengths.tempo.process
        forecast = field.forecast(both)
        seen = np.flatnonzero(self.games.learn[rows] & np.isfinite(self.games.pace[rows]))
        expected = np.clip(forecast.mean, 0.7 * PACE, 1.3 * PACE)
        if len(seen):
            forecast = self.strengths.tempo.anchored(both, forecast, seen, self.games.pace[rows])
            surprise = self.games.pace[rows][seen] - forecast.mean[seen]
            field.learn(forecast.take(seen), surprise, np.full(len(seen), process.game_sd**2))
        return expected

    def _margin(self, rows: Ints, block: Block, pace: Floats, learn: np.ndarray) -> None:
        field = self.strengths.margin.field
        forecast = field.forecast(block)
        edge, edge_variance = self.edge.of(self.games.home[rows], block.common)
        mean = forecast.mean + edge
        scale = pace_scale(pace)
        variance = (np.diag(forecast.between) + edge_variance + OUTCOME_SD**2) / scale**2
        self.out["margin"][rows], self.out["margin_variance"][rows] = mean / scale, variance
        self.out["spread"][rows] = self.spread.factor
        seen = np.flatnonzero(learn)
        if not len(seen):
            return
        adjusted, sd = margin_evidence(self.games, rows, self.three.pct)
        result = adjusted + self.home_share.points * block.common
        hosted = learn & (block.common > 0)
        self.home_share.learn((self.games.margin[rows] - adjusted)[hosted])
        result = result * pace_scale(self.games.possessions[rows])
        surprise = RESIDUAL_CAP * np.tanh((result - mean)[seen] / RESIDUAL_CAP)
        noise = sd[seen] ** 2 + edge_variance[seen]
        weighted, precision = field.learn(forecast.take(seen), surprise, noise)
        self.edge.learn(self.games.home[rows][seen], block.common[seen], weighted, precision)
        self.spread.learn((self.games.margin[rows] - mean / scale)[seen], variance[seen])

    def _total(self, rows: Ints, both: Block, pace: Floats, learn: np.ndarray) -> None:
        field, process = self.strengths.totals.field, self.strengths.totals.process
        forecast = field.forecast(both)
        expected = forecast.mean * pace / 100.0
        self.out["total"][rows] = np.clip(expected, 0.5 * TOTAL, 1.8 * TOTAL)
        seen = np.flatnonzero(learn)
        if not len(seen):
            return
        actual = np.where(np.isfinite(self.games.pace[rows]), self.games.pace[rows], pace)
        result = self.games.total[rows] * 100.0 / actual
        forecast = self.strengths.totals.anchored(both, forecast, seen, result)
        surprise = result[seen] - forecast.mean[seen]
        field.learn(forecast.take(seen), surprise, np.full(len(seen), process.game_sd**2))


def days(games: Games) -> Iterator[Ints]:
    """Rows of each day with games that can be predicted."""
    rows = np.flatnonzero(games.place)
    if len(rows):
        yield from np.split(rows, np.flatnonzero(np.diff(games.day[rows])) + 1)
