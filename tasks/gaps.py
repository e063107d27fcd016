"""Gaps: what is expected and not there, why, and the cheapest calls that could fill it. Pure functions.

A gap is *known absent* when the source was asked for it often and late enough and did not have it; the answers that
lacked it are the evidence. It is asked for again after a grace period, like an empty answer. Any other gap is
unexplained.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal

import polars as pl

from quality.expectations import Expectation
from quality.rules.base import HOLDS
from tasks.ledger import GIVE_UP, GRACE, REFRESH, SETTLED
from tasks.plan import DAY, Value
from tasks.raw import RawObject

GAME_LENGTH = timedelta(hours=3)  # from the scheduled start until a game is over
OVERDUE = timedelta(hours=36)  # details are expected this long after a game is over
CONFIRMED = 2  # answers without a thing that nearly every game has, before its absence is known

Reason = Literal["missing", "partial"]
State = Literal["unexplained", "known absent", "quarantined"]
Name = tuple[str, Value | None]


@dataclass(frozen=True)
class Place:
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
        excuse: why there can be no answer, such as a tier that the key may lack.
    """

    dataset: str
    season: int | None
    subject: str
    over_at: datetime
    reason: Reason
    place: Place
    detail: str = ""
    answers: tuple[RawObject, ...] = ()
    optional: bool = False
    put_aside: str | None = None
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
        settled = len(self.answers) >= CONFIRMED and self.answers[-1].fetched_at >= self.over_at + SETTLED
        return "known absent" if settled else "unexplained"

    @property
    def evidence(self) -> str:
        """The explanation in words."""
        if self.excuse is not None:
            return self.excuse
        if not self.answers:
            return "never asked since it was over"
        last = self.answers[-1]
        times = "once" if len(self.answers) == 1 else f"{len(self.answers)} times"
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
        return age >= REFRESH or (len(self.answers) < CONFIRMED and not self.optional)


def with_places(games: pl.DataFrame, season: int) -> Iterator[tuple[dict[str, object], Place]]:
    """Each game with how requests can name it.

    Args:
        games: game_id, start_at, home_team, away_team, tournament.
    """
    for row in games.iter_rows(named=True):
        start: datetime = row["start_at"]
        # A date's answer reaches to 00:00:00 of the next one, both included.
        days = [start.date(), *([start.date() - DAY] if start.time() == time.min else [])]
        named: list[Name] = [("game_id", row["game_id"]), ("season", season), ("tournament", row["tournament"])]
        named += [("school", row[side]) for side in ("home_team", "away_team")] + [("date", day) for day in days]
        yield row, Place(tuple(named), start)


def team_place(row: dict[str, object], season: int) -> Place:
    """How requests can name a team: team_id, school and conference of the season."""
    values = ((name, row[name]) for name in ("team_id", "school", "conference"))
    return Place((("season", season), *((name, value) for name, value in values if isinstance(value, str | int))))


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


def choose(
    gaps: Sequence[Gap], now: datetime, limit: int | None = None, *, chosen: bool = False
) -> tuple[list[Gap], list[Gap]]:
    """The gaps to ask for now, newest first and at most `limit`; and those left for later."""
    due = [gap for gap in gaps if gap.is_due(now, chosen=chosen)]
    due.sort(key=lambda gap: gap.over_at, reverse=True)
    taken = due if limit is None else due[:limit]
    known = set(map(id, taken))
    return taken, [gap for gap in gaps if id(gap) not in known]
