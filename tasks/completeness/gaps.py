"""Gaps: what is expected and not there, why, and the cheapest calls that could fill it. Pure functions.

A gap is *known absent* when the source was asked for it often and late enough and did not have it; the answers that
lacked it are the evidence. It is asked for again after a grace period, like an empty answer. Any other gap is
unexplained.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal

import polars as pl

from quality.expectations import Expectation
from quality.rules.base import HOLDS
from tasks.completeness.due import GIVE_UP, GRACE, REFRESH, SETTLED
from tasks.lake.raw import RawObject
from tasks.requests import DAY, Value

GAME_LENGTH = timedelta(hours=3)  # from the scheduled start until a game is over
OVERDUE = timedelta(hours=36)  # details are expected this long after a game is over
CONFIRMED = 2  # times asked in vain for a thing that nearly every game has, before its absence is known
APART = timedelta(minutes=10)  # answers closer to each other are one asking, as of overlapping dates

Reason = Literal["missing", "partial"]
State = Literal["unexplained", "known absent", "quarantined"]
Name = tuple[str, Value | None]


@dataclass(frozen=True)
class Locator:
    """How requests can name a subject: by column of a fan-out, date, season, and its start for windows."""

    names: tuple[Name, ...]
    start_at: datetime | None = None


@dataclass(frozen=True)
class Gap:
    """One subject that lacks something.

    Attributes:
        dataset: name of the expectation.
        subject: the game's or team's id, or the request's key.
        over_at: when the source could have it: answers taken before say nothing.
        reason: nothing is there, or it is not whole.
        detail: the values that say so.
        answers: good answers taken after `over_at` that could have brought it, oldest first: the evidence.
        optional: the source has it for most subjects, not for all.
        put_aside: rule that its rows broke: they came and are in ops.quarantine.
        unbuilt: answers are kept that the table is not made from yet, so they say nothing.
        excuse: why there can be no answer, such as a tier that the key may lack.
    """

    dataset: str
    season: int | None
    subject: str
    over_at: datetime
    reason: Reason
    locator: Locator
    detail: str = ""
    answers: tuple[RawObject, ...] = ()
    optional: bool = False
    put_aside: str | None = None
    unbuilt: bool = False
    excuse: str | None = None

    @property
    def state(self) -> State:
        """Whether the gap has an explanation, and which."""
        if self.put_aside is not None:
            return "quarantined"
        if self.excuse is not None:
            return "known absent"
        if self.optional:
            return "known absent" if self.answers else "unexplained"
        settled = self.times_asked >= CONFIRMED and self.answers[-1].fetched_at >= self.over_at + SETTLED
        return "known absent" if settled else "unexplained"

    @property
    def times_asked(self) -> int:
        """How often the source was asked since it was over, by answers that are `APART`."""
        times, before = 0, None
        for answer in self.answers:
            if before is None or answer.fetched_at - before >= APART:
                times, before = times + 1, answer.fetched_at
        return times

    @property
    def about(self) -> str:
        """The teams of a game, the school of a team; nothing for a request."""
        return " - ".join(str(value) for name, value in self.locator.names if name == "school")

    @property
    def evidence(self) -> str:
        """The explanation in words."""
        if self.excuse is not None:
            return self.excuse
        if self.unbuilt:
            return "answers are kept that the table is not made from yet: run ingest"
        if not self.answers:
            return "never asked since it was over"
        last = self.answers[-1]
        times = "once" if self.times_asked == 1 else f"{self.times_asked} times"
        text = f"asked {times}, last on {last.fetched_at:%Y-%m-%d %H:%M} UTC: raw/{last.path}"
        return f"rows break {self.put_aside}, see ops.quarantine; {text}" if self.put_aside else text

    def is_due(self, now: datetime, *, chosen: bool = False) -> bool:
        """Whether gap-fill is to ask for it now.

        Args:
            chosen: the user named it, so that an older answer without it does not stand in the way.
        """
        if not self.answers:
            return self.excuse is None or chosen
        age = now - self.answers[-1].fetched_at
        if self.state == "known absent" and not chosen:
            return age >= GRACE and now < self.over_at + GIVE_UP
        return age >= (APART if self.times_asked < CONFIRMED else REFRESH)


def game_locator(row: Mapping[str, object], season: int) -> Locator:
    """A game's places: its id, its teams' names, its tournament, the dates whose answers hold it.

    Args:
        row: game_id, start_at, home_team, away_team, tournament.
    """
    start = row["start_at"]
    assert isinstance(start, datetime)
    # A date's answer reaches to 00:00:00 of the next one, both included.
    days = [start.date(), *([start.date() - DAY] if start.time() == time.min else [])]
    named = [("game_id", row["game_id"]), ("tournament", row["tournament"])]
    named += [("school", row[side]) for side in ("home_team", "away_team")]
    return Locator((("season", season), *(("date", day) for day in days), *_known(named)), start)


def team_locator(row: Mapping[str, object], season: int) -> Locator:
    """A team's places: team_id, school and conference of the season."""
    return Locator((("season", season), *_known((name, row[name]) for name in ("team_id", "school", "conference"))))


def _known(named: Iterable[tuple[str, object]]) -> Iterator[Name]:
    return ((name, value) for name, value in named if isinstance(value, str | int))


def lacking(
    expectation: Expectation, subjects: pl.DataFrame, present: pl.DataFrame, judged: pl.DataFrame
) -> Iterator[tuple[dict[str, object], Reason, str]]:
    """Subjects that have nothing, or not all, with the values that say so.

    Args:
        subjects: of whom it is expected.
        present: keys that have rows.
        judged: what `expectation.judge` made of the rows.
    """
    key = expectation.key
    for row in subjects.join(present, on=key, how="anti").iter_rows(named=True):
        yield row, "missing", ""
    here = subjects.join(present, on=key, how="semi").select(key)
    broken = here.join(judged, on=key, how="left").filter(~pl.col(HOLDS).fill_null(value=False))
    values = {row[key]: row for row in broken.drop(HOLDS).iter_rows(named=True)}
    for row in subjects.join(broken.select(key), on=key, how="semi").iter_rows(named=True):
        yield row, "partial", _text(values[row[key]], key)


def _text(values: dict[str, object], key: str) -> str:
    shown = {name: value for name, value in values.items() if name != key and value is not None}
    return ", ".join(f"{name} {v:g}" if isinstance(v, float) else f"{name} {v}" for name, v in shown.items())


def choose(gaps: Sequence[Gap], now: datetime, limit: int | None = None, *, chosen: bool = False) -> list[Gap]:
    """The gaps to ask for now, newest first and at most `limit`."""
    due = [gap for gap in gaps if gap.is_due(now, chosen=chosen)]
    due.sort(key=lambda gap: gap.over_at, reverse=True)
    return due[:limit]
