"""Gaps: data that is expected and missing, with the evidence that explains it. Pure functions.

A gap is *known absent* when it was requested often and late enough, and no response had it; those responses are the
evidence. It is requested again after a grace period, like an empty response. Every other gap is unexplained.
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

GAME_LENGTH = timedelta(hours=3)  # time from the scheduled start to the end of a game
OVERDUE = timedelta(hours=36)  # details are expected this long after the end of a game
CONFIRMED = 2  # requests without a result after which data that nearly every game has is known absent
APART = timedelta(minutes=10)  # responses closer together, as for overlapping dates of a run, count as one request

Reason = Literal["missing", "partial"]
State = Literal["unexplained", "known absent", "quarantined"]
Name = tuple[str, Value | None]


@dataclass(frozen=True)
class Locator:
    """How requests can select a subject: by fan-out column, date or season, and by its start for windows."""

    names: tuple[Name, ...]
    start_at: datetime | None = None


@dataclass(frozen=True)
class Gap:
    """One subject with missing or incomplete data.

    Attributes:
        dataset: name of the expectation.
        subject: the game's or team's id, or the request's key.
        over_at: time from which the source can have the data. Earlier responses are not evidence.
        reason: the data is missing or partial.
        detail: the values that show it.
        responses: good responses after `over_at` that could have had the data, oldest first: the evidence.
        optional: the source has the data for most subjects, not for all.
        broken_rule: the rule that its rows broke. They are in ops.quarantine.
        unbuilt: there are responses that are not built into the table yet, so nothing is known.
        excuse: why there can be no response, such as a subscription tier that the key may not have, or an operation
            that the server may not offer.
    """

    dataset: str
    season: int | None
    subject: str
    over_at: datetime
    reason: Reason
    locator: Locator
    detail: str = ""
    responses: tuple[RawObject, ...] = ()
    optional: bool = False
    broken_rule: str | None = None
    unbuilt: bool = False
    excuse: str | None = None

    @property
    def state(self) -> State:
        """Whether the gap has an explanation, and which."""
        if self.broken_rule is not None:
            return "quarantined"
        if self.excuse is not None:
            return "known absent"
        if self.optional:
            return "known absent" if self.responses else "unexplained"
        settled = self.times_requested >= CONFIRMED and self.responses[-1].fetched_at >= self.over_at + SETTLED
        return "known absent" if settled else "unexplained"

    @property
    def times_requested(self) -> int:
        """How often the data was requested after `over_at`. Responses less than `APART` from each other count once."""
        times, before = 0, None
        for response in self.responses:
            if before is None or response.fetched_at - before >= APART:
                times, before = times + 1, response.fetched_at
        return times

    @property
    def about(self) -> str:
        """The teams of a game, the school of a team; empty for a request."""
        return " - ".join(str(value) for name, value in self.locator.names if name == "school")

    @property
    def evidence(self) -> str:
        """The explanation as text."""
        if self.excuse is not None:
            return self.excuse
        if self.unbuilt:
            return "there are responses that are not built into the table yet: run ingest"
        if not self.responses:
            return "not requested since it was over"
        last = self.responses[-1]
        times = "once" if self.times_requested == 1 else f"{self.times_requested} times"
        text = f"requested {times}, last on {last.fetched_at:%Y-%m-%d %H:%M} UTC: raw/{last.path}"
        return f"rows break {self.broken_rule}, see ops.quarantine; {text}" if self.broken_rule else text

    def is_due(self, now: datetime, *, chosen: bool = False) -> bool:
        """Whether gap-fill should request it now.

        Args:
            chosen: the user selected it, so the grace period does not apply.
        """
        if not self.responses:
            return self.excuse is None or chosen
        age = now - self.responses[-1].fetched_at
        if self.state == "known absent" and not chosen:
            return age >= GRACE and now < self.over_at + GIVE_UP
        return age >= (APART if self.times_requested < CONFIRMED else REFRESH)


def game_locator(row: Mapping[str, object], season: int) -> Locator:
    """Locator of a game: its id, its teams' names, its tournament, the dates whose responses have it.

    Args:
        row: game_id, start_at, home_team, away_team, tournament.
    """
    start = row["start_at"]
    assert isinstance(start, datetime)
    # The response for a date includes 00:00:00 of the next day.
    days = [start.date(), *([start.date() - DAY] if start.time() == time.min else [])]
    named = [("game_id", row["game_id"]), ("tournament", row["tournament"])]
    named += [("school", row[side]) for side in ("home_team", "away_team")]
    return Locator((("season", season), *(("date", day) for day in days), *_known(named)), start)


def team_locator(row: Mapping[str, object], season: int) -> Locator:
    """Locator of a team: team_id, school and conference of the season."""
    return Locator((("season", season), *_known((name, row[name]) for name in ("team_id", "school", "conference"))))


def _known(named: Iterable[tuple[str, object]]) -> Iterator[Name]:
    return ((name, value) for name, value in named if isinstance(value, str | int))


def lacking(
    expectation: Expectation, subjects: pl.DataFrame, present: pl.DataFrame, judged: pl.DataFrame
) -> Iterator[tuple[dict[str, object], Reason, str]]:
    """Subjects whose data is missing or partial, each with the values that show it.

    Args:
        subjects: those for which data is expected.
        present: keys that have rows.
        judged: result of `expectation.judge` for the rows.
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
    """The gaps to request now, newest first and at most `limit`."""
    due = [gap for gap in gaps if gap.is_due(now, chosen=chosen)]
    due.sort(key=lambda gap: gap.over_at, reverse=True)
    return due[:limit]
