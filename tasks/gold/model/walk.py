"""The sequential form: for each day, predict its games first and learn from them afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tasks.gold.model._evidence import HomeShare, Measured, ThreePoint, compressed, margin_evidence, pace_scale
from tasks.gold.model._field import Block
from tasks.gold.model._strengths import HomeEdge, Strengths
from tasks.gold.model.arrays import Bools, Floats, Ints
from tasks.gold.model.games import Games
from tasks.gold.model.lines import Lines, no_lines, sides_exchanged
from tasks.gold.model.outcome import Sharpness, Spread, TotalSlope
from tasks.gold.model.parameters import LINE_SD, MARKET, PACE, TOTAL, TOTAL_LINE_SD
from tasks.gold.model.preseason import NOTHING, Preseason

COLUMNS = ("margin", "sd", "win_sd", "total", "home_known", "away_known", "in_season")


class Walk:
    """Estimates of all teams as of a morning, updated day by day through all seasons."""

    def __init__(self, games: Games, preseason: Preseason = NOTHING, lines: Lines | None = None) -> None:
        self.games = games
        self.lines = no_lines(games) if lines is None else lines
        self.strengths = Strengths(len(games.teams), games.declared, preseason)
        self.edge = HomeEdge(len(games.teams))
        self.three = ThreePoint()
        self.home_share = HomeShare()
        self.spread = Spread()
        self.sharpness = Sharpness()
        self.total_slope = TotalSlope()
        self.out = {name: np.full(len(games.rows), np.nan) for name in COLUMNS}

    def run(self) -> dict[str, Floats]:
        """Predict every game that can be predicted, in order of date."""
        for rows in days(self.games):
            self.step(rows)
        return self.out

    def step(self, rows: Ints) -> None:
        """Move on to a day, predict its games and learn from them."""
        self.advance(int(self.games.season[rows].max()), int(self.games.day[rows[0]]))
        self._day(rows)

    def advance(self, season: int, day: int) -> None:
        """Move on to the morning of a day, and to a new season."""
        if season > self.strengths.season:
            self.edge.carry()
        self.strengths.advance(season, day)

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
        lined = self._margin(rows, block, pace, learn)
        self._total(rows, both, pace, learn)
        if learn.any():
            self.three.learn(games, rows[learn])
            strengths.played(home[learn], away[learn])
        if lined:
            strengths.margin.follow(MARKET)

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

    def _margin(self, rows: Ints, block: Block, pace: Floats, learn: Bools) -> bool:
        """Forecast the margins, then learn from results and lines. Returns whether a line was among them."""
        field = self.strengths.margin.field
        forecast = field.forecast(block)
        edge, edge_variance = self.edge.of(self.games.home[rows], block.common)
        mean = forecast.mean + edge
        scale = pace_scale(pace)
        known = np.diag(forecast.between) + edge_variance
        sd = np.sqrt(self.spread.variance(mean, known)) / scale
        self.out["margin"][rows], self.out["sd"][rows] = mean / scale, sd
        self.out["win_sd"][rows] = sd * self.sharpness.value
        seen = np.flatnonzero(learn)
        if not len(seen):
            return False
        line = self._line(rows, mean / scale)
        result = self._result(rows, block, learn)
        measured = Measured(compressed(result.value - mean), result.variance + edge_variance)
        measured = measured.and_also(compressed(line * scale - mean), LINE_SD**2 + edge_variance).take(seen)
        weighted, precision = field.learn(forecast.take(seen), measured.value, measured.variance)
        self.edge.learn(self.games.home[rows][seen], block.common[seen], weighted, precision)
        surprise = self.games.margin[rows] * scale - mean
        self.spread.learn(surprise[seen], mean[seen], known[seen])
        self.sharpness.learn((mean / scale)[seen], sd[seen], self.games.margin[rows][seen])
        return bool(np.isfinite(line[seen]).any())

    def _line(self, rows: Ints, margin: Floats) -> Floats:
        """Expected home margins by the lines, without those whose sides seem to be exchanged."""
        line = self.lines.margin[rows]
        return np.where(sides_exchanged(margin, line), np.nan, line)

    def _result(self, rows: Ints, block: Block, learn: Bools) -> Measured:
        """Margins at the reference pace as evidence of strength, and the variance of each."""
        adjusted, sd = margin_evidence(self.games, rows, self.three.pct, self.strengths.margin.process.game_sd)
        result = adjusted + self.home_share.points * block.common
        hosted = learn & (block.common > 0)
        self.home_share.learn((self.games.margin[rows] - adjusted)[hosted])
        return Measured(result * pace_scale(self.games.possessions[rows]), sd**2)

    def _total(self, rows: Ints, both: Block, pace: Floats, learn: Bools) -> None:
        field, process = self.strengths.totals.field, self.strengths.totals.process
        forecast = field.forecast(both)
        expected = forecast.mean * pace / 100.0
        self.out["total"][rows] = np.clip(self.total_slope.shrunk(expected), 0.5 * TOTAL, 1.8 * TOTAL)
        seen = np.flatnonzero(learn)
        if not len(seen):
            return
        self.total_slope.learn(expected[seen], self.games.total[rows][seen])
        actual = np.where(np.isfinite(self.games.pace[rows]), self.games.pace[rows], pace)
        result = self.games.total[rows] * 100.0 / actual
        forecast = self.strengths.totals.anchored(both, forecast, seen, result)
        measured = Measured(result - forecast.mean, np.full(len(rows), process.game_sd**2))
        line = self.lines.total[rows] * 100.0 / pace
        measured = measured.and_also(line - forecast.mean, np.full(len(rows), TOTAL_LINE_SD**2)).take(seen)
        field.learn(forecast.take(seen), measured.value, measured.variance)


def days(games: Games) -> Iterator[Ints]:
    """Rows of each day with games that can be predicted."""
    rows = np.flatnonzero(games.place)
    if len(rows):
        yield from np.split(rows, np.flatnonzero(np.diff(games.day[rows])) + 1)
