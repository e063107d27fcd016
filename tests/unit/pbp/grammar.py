"""Games that are written possession by possession, with plays as the API would send them: the truth is known."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl
from hypothesis import strategies as st

from quality.contracts.plays import FCT_PLAYS
from tasks.pbp.events import PLAY_COLUMNS

HOME, AWAY = 20, 10  # ids of the teams; the home team has the higher one
GAME, DAY = 7, date(2025, 1, 11)
SHOTS = ("JumpShot", "LayUpShot", "DunkShot", "TipShot", "Three Point Jump Shot")

# What can happen before a possession ends, and how it can end. `(name, arguments)`.
TRIP = st.lists(st.booleans(), min_size=2, max_size=3)
GOING_ON = st.one_of(
    st.tuples(st.just("rebounded_miss"), st.sampled_from(SHOTS)),
    st.tuples(st.just("rebounded_trip"), TRIP),
    st.tuples(st.just("rebounded_and_one"), st.sampled_from(SHOTS)),
    st.tuples(st.just("technical_on_defence"), st.lists(st.booleans(), min_size=1, max_size=2)),
    st.tuples(st.just("technical_on_offence"), st.lists(st.booleans(), min_size=1, max_size=2)),
    st.tuples(st.just("flagrant"), TRIP),
    st.tuples(st.just("common_foul"), st.none()),
)
ENDING = st.one_of(
    st.tuples(st.just("basket"), st.sampled_from(SHOTS)),
    st.tuples(st.just("and_one"), st.sampled_from(SHOTS)),
    st.tuples(st.just("missed_and_one"), st.sampled_from(SHOTS)),
    st.tuples(st.just("miss"), st.integers(0, 3)),
    st.tuples(st.just("dead_ball"), st.none()),
    st.tuples(st.just("trip"), TRIP),
    st.tuples(st.just("missed_trip"), TRIP),
    st.tuples(st.just("missed_one_and_one"), st.none()),
    st.tuples(st.just("turnover"), st.integers(0, 2)),
    st.tuples(st.just("charge"), st.booleans()),
)
END_OF = {
    "basket": "field_goal", "and_one": "free_throw", "missed_and_one": "defensive_rebound",
    "miss": "defensive_rebound", "dead_ball": "defensive_rebound", "trip": "free_throw",
    "missed_trip": "defensive_rebound", "missed_one_and_one": "defensive_rebound", "turnover": "turnover",
    "charge": "turnover",
}  # fmt: skip


@dataclass
class Truth:
    """What a possession was."""

    team: int
    period: int
    end: str
    points: int = 0
    rebounds: int = 0
    turnovers: int = 0


@dataclass
class Writer:
    """Writes plays; `clock` is what is left of the period."""

    period: int = 1
    clock: int = 1200
    score: dict[int, int] = field(default_factory=lambda: {HOME: 0, AWAY: 0})
    plays: list[dict[str, Any]] = field(default_factory=list)
    possessions: list[Truth] = field(default_factory=list)
    owed: dict[int, int] = field(default_factory=lambda: {HOME: 0, AWAY: 0})

    def begin(self, team: int) -> None:
        self.team, self.other = team, HOME + AWAY - team
        self.possessions.append(Truth(team, self.period, "period_end", points=self.owed[team]))
        self.owed[team] = 0

    def later(self, seconds: int = 1) -> None:
        self.clock -= seconds

    def play(self, kind: str, team: int | None, *, points: int | None = None, three: bool = False) -> None:
        """One play; `points` of a shot or free throw, 0 for a miss."""
        shot = points is not None
        if points and team:
            self.score[team] += points
            self._credit(team, points)
        self.plays.append(
            {
                "game_id": GAME, "season": 2025, "game_date": DAY, "play_type": kind, "team_id": team,
                "opponent_id": HOME + AWAY - team if team else None, "period": self.period,
                "seconds_remaining": self.clock, "home_score": self.score[HOME], "away_score": self.score[AWAY],
                "scoring_play": bool(points), "play_text": kind, "shot_info_made": bool(points) if shot else None,
                "shot_info_range": ("three_pointer" if three else "jumper") if shot else None,
            }
        )  # fmt: skip

    def _credit(self, team: int, points: int) -> None:
        mine = [one for one in self.possessions if one.team == team]
        if mine:
            mine[-1].points += points
        else:
            self.owed[team] += points

    def shot(self, kind: str, made: bool) -> None:
        three = kind.startswith("Three")
        self.play(kind, self.team, points=(3 if three else 2) if made else 0, three=three)

    def throws(self, made: list[bool], team: int | None = None) -> None:
        """Free throws; a dead-ball rebound after a miss that is not the last one."""
        team = team or self.team
        for number, good in enumerate(made):
            self.play("MadeFreeThrow", team, points=int(good))
            if not good and number < len(made) - 1:
                self.play("Dead Ball Rebound", team)

    def foul(self, team: int) -> None:
        self.play("PersonalFoul", team)

    def keep(self) -> None:
        self.play("Offensive Rebound", self.team)
        self.possessions[-1].rebounds += 1

    # What leaves the ball with the team.
    def rebounded_miss(self, kind: str) -> None:
        self.shot(kind, made=False)
        self.keep()

    def rebounded_trip(self, made: list[bool]) -> None:
        self.later()
        self.foul(self.other)
        self.throws([*made[:-1], False])
        self.keep()

    def rebounded_and_one(self, kind: str) -> None:
        self.later()
        self.shot(kind, made=True)
        self.foul(self.other)
        self.throws([False])
        self.keep()
        self.later()

    def technical_on_defence(self, made: list[bool]) -> None:
        self.later()
        self.play("Technical Foul", self.other)
        self.throws(made)
        self.later()

    def technical_on_offence(self, made: list[bool]) -> None:
        self.later()
        self.play("Technical Foul", self.team)
        self.throws(made, self.other)
        self.later()

    def flagrant(self, made: list[bool]) -> None:
        self.later()
        self.foul(self.other)
        self.throws([*made[:-1], True])
        self.later()

    def common_foul(self, _: None) -> None:
        self.foul(self.other)

    # What ends the possession.
    def basket(self, kind: str) -> None:
        self.shot(kind, made=True)

    def and_one(self, kind: str) -> None:
        self.later()
        self.shot(kind, made=True)
        self.foul(self.other)
        self.throws([True])

    def missed_and_one(self, kind: str) -> None:
        self.later()
        self.shot(kind, made=True)
        self.foul(self.other)
        self.throws([False])
        self.play("Defensive Rebound", self.other)

    def miss(self, delay: int) -> None:
        self.shot("JumpShot", made=False)
        if delay:
            self.play("Block Shot", self.other)
        self.later(delay)
        self.play("Defensive Rebound", self.other)

    def dead_ball(self, _: None) -> None:
        self.shot("JumpShot", made=False)
        self.play("Dead Ball Rebound", self.other)

    def trip(self, made: list[bool]) -> None:
        self.later()
        self.foul(self.other)
        self.throws([*made[:-1], True])

    def missed_trip(self, made: list[bool]) -> None:
        self.later()
        self.foul(self.other)
        self.throws([*made[:-1], False])
        self.play("Defensive Rebound", self.other)

    def missed_one_and_one(self, _: None) -> None:
        self.missed_trip([False])

    def turnover(self, steal: int) -> None:
        self.play("Lost Ball Turnover", self.team)
        self.possessions[-1].turnovers += 1
        if steal:
            self.later(steal - 1)
            self.play("Steal", self.other)

    def charge(self, told_twice: bool) -> None:
        self.foul(self.team)
        self.play("Foul Turnover", self.team)
        self.possessions[-1].turnovers += 1
        if told_twice:
            self.play("Offensive Charge", self.team)


@dataclass(frozen=True, repr=False)
class Game:
    """Plays in no order, ids in no order within a second, and the possessions that they tell of."""

    plays: pl.DataFrame
    possessions: tuple[Truth, ...]
    score: dict[int, int]

    def __repr__(self) -> str:
        told = self.plays.sort("period", -pl.col("seconds_remaining"), "play_id")
        return "\n".join(str(row) for row in told.select(TOLD).rows()) + "\n" + str(self.possessions)


TOLD = ("period", "seconds_remaining", "home_score", "away_score", "team_id", "play_type", "scoring_play")


def frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Plays in the types of the contract."""
    schema = {name: FCT_PLAYS.by_name[name].dtype for name in PLAY_COLUMNS}
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)


def written(periods: list[list[tuple[int, list[Any], Any]]], first: int, seed: int) -> Game:
    """A game of periods of possessions: (seconds before its first play, what happens, how it ends)."""
    writer = Writer()
    if first == HOME:
        writer.play("Jumpball", HOME)
    for number, period in enumerate(periods, 1):
        writer.period, writer.clock = number, 1200 if number <= 2 else 300
        for place, (wait, beats, ending) in enumerate(period):
            writer.begin((HOME, AWAY)[(place + (first == AWAY)) % 2])
            writer.later(wait)
            for name, argument in [*beats, ending]:
                getattr(writer, name)(argument)
            writer.possessions[-1].end = END_OF[ending[0]]
        writer.clock = 0
        writer.play("End Period", None)
    return Game(frame(shuffled(writer.plays, seed)), tuple(writer.possessions), writer.score)


def shuffled(plays: list[dict[str, Any]], seed: int) -> list[dict[str, Any]]:
    """The plays in a random order, with ids that are in no order within a second."""
    mixed = random.Random(seed).sample(plays, len(plays))
    mixed.sort(key=lambda play: (play["period"], -play["seconds_remaining"]))
    numbered = [play | {"play_id": number} for number, play in enumerate(mixed)]
    return random.Random(seed + 1).sample(numbered, len(numbered))


def _possession(least: int) -> st.SearchStrategy[tuple[int, list[Any], Any]]:
    return st.tuples(st.integers(least, 25), st.lists(GOING_ON, max_size=2), ENDING)


@st.composite
def games(draw: st.DrawFn, least: int = 1) -> Game:
    """Games of two halves and perhaps an overtime; `least` seconds pass before the first play of a possession."""
    short = st.lists(_possession(least), min_size=2, max_size=8)  # both teams have the ball
    periods = draw(st.lists(short, min_size=2, max_size=3))
    return written(periods, draw(st.sampled_from((HOME, AWAY))), draw(st.integers(0, 10_000)))


def rows_of(game: Game) -> Iterator[tuple[int, int, str, int, int, int]]:
    """What is expected of the possessions of a game."""
    for one in game.possessions:
        yield one.team, one.period, one.end, one.points, one.rebounds, one.turnovers
