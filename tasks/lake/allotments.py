"""Calls of the month that runs at the same time may spend: each reserves an allotment of them before it uses it.

The file in force among `ops/leases/calls/YYYY-MM/N.json` has the calls that were left, and the allotment of each run.
An allotment is reserved, renewed and returned by the next number, so of two runs that see the same calls one gets them.
Allotments become smaller as calls run out, so that no run keeps from another what it will not use.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from secrets import token_hex

import orjson
from pydantic import TypeAdapter, ValidationError

from tasks.errors import LakeUnavailable
from tasks.lake._numbered import NumberedFiles
from tasks.lake.presence import birth, is_alive, machine

LARGEST = 25  # calls in an allotment
SHARE = 4  # an allotment is at most this part of what can be spent
BOUGHT = 100  # calls; a larger rise comes from a larger quota, a smaller one from responses out of order
ATTEMPTS = 50  # one fails when another run writes the next number first
SILENCE = timedelta(hours=6)  # allotments of runs on other machines count for so long without a change


@dataclass(frozen=True)
class Allotment:
    """Calls that a run may make, those in flight included; its process; and when it was reserved (UTC)."""

    calls: int
    machine: str
    pid: int
    born: str
    at: datetime

    @property
    def has_ended(self) -> bool:
        """Whether its run is known to have ended without returning it."""
        return self.machine == machine() and not is_alive(self.pid, self.born)


@dataclass(frozen=True)
class Ledger:
    """Calls left when the file was written (None: no response has said it), and allotments by token of the run."""

    left: int | None
    allotments: dict[str, Allotment]


_LEDGER = TypeAdapter(Ledger)


@dataclass(frozen=True)
class _Written:
    """What a run wrote last: month and number, the calls left that it knew, and whether no call of any run was open."""

    place: tuple[str, int]
    remaining: int | None
    is_alone: bool


@dataclass
class Allotments:
    """The allotments of one run.

    Attributes:
        elsewhere: calls that other runs have reserved, as of the last look.
        left: calls left this month, as of the last look.
    """

    files: NumberedFiles
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    elsewhere: int = 0
    left: int | None = None
    _token: str = field(default_factory=lambda: token_hex(8))
    _written: _Written | None = None
    # By token of a run that has ended: calls left at the first look without a call in flight.
    _ended: dict[str, int | None] = field(default_factory=dict)

    def take(self, month: str, remaining: int | None, in_flight: int, reserve: int) -> int:
        """Reserve calls; how many this run may start now. One, where nobody knows how many are left.

        Args:
            month: whose calls they are, `2025-03`.
            remaining: calls left by the newest response that this run knows, if it knows one.
            in_flight: its calls without a response yet.
            reserve: calls that no run with an allotment may spend.

        Raises:
            LakeUnavailable: when the lake's storage fails.
        """
        return self._write(month, remaining, in_flight, reserve)

    def give_back(self, remaining: int | None) -> None:
        """Return what this run has reserved and not used."""
        if self._written is not None:
            self._write(self._written.place[0], remaining, 0, None)

    def _write(self, month: str, remaining: int | None, in_flight: int, reserve: int | None) -> int:
        name = f"calls/{month}"
        for _ in range(ATTEMPTS):
            look = self.files.listing(name)
            number = look.newest[name].number if name in look.newest else 0
            known, now = self._read(name, number), self.now()
            others = {
                key: found
                for key, found in known.allotments.items()
                if key != self._token and self._counts(key, found, remaining, in_flight)
            }
            self.left = left = self._newest((month, number), known, remaining, alone=not others)
            self.elsewhere = sum(item.calls for item in others.values())
            calls = 0 if reserve is None else _size(left, reserve + self.elsewhere + in_flight)
            own = {} if reserve is None else {self._token: self._own(calls + in_flight, now)}
            if self.files.create(name, number + 1, orjson.dumps(Ledger(left, others | own)), look.at):
                self._written = _Written((month, number + 1), remaining, not others and not in_flight)
                return calls
        raise LakeUnavailable(f"other runs changed {name} {ATTEMPTS} times in a row; run again to continue")

    def _counts(self, token: str, found: Allotment, remaining: int | None, in_flight: int) -> bool:
        """Whether the calls of an allotment may be missing from the number of calls left.

        Those of a run that has ended are in every response to a call that starts after its end. A response to a call
        in flight at its end may be older.
        """
        if self.now() - found.at > SILENCE:
            return False
        if not found.has_ended or (in_flight and token not in self._ended):
            return True
        return self._ended.setdefault(token, remaining) == remaining

    def _newest(self, place: tuple[str, int], known: Ledger, remaining: int | None, *, alone: bool) -> int | None:
        """Calls left: this run's number where nobody else can know better, else the smaller one.

        Its number may be too large, because other runs may have made calls since its last response.
        """
        if remaining is None or known.left is None:
            return known.left if remaining is None else remaining
        before = self._written
        is_newer = before is not None and before.is_alone and before.place == place and before.remaining != remaining
        has_more = before is None and remaining - known.left > BOUGHT
        return remaining if alone and (is_newer or has_more) else min(remaining, known.left)

    def _read(self, name: str, number: int) -> Ledger:
        try:
            return _LEDGER.validate_json(self.files.read(name, number)) if number else Ledger(None, {})
        except ValidationError:  # torn by a power cut
            return Ledger(None, {})

    def _own(self, calls: int, now: datetime) -> Allotment:
        return Allotment(calls, machine(), os.getpid(), birth(os.getpid()), now)


def _size(left: int | None, kept: int) -> int:
    """Calls in a new allotment.

    Args:
        left: calls left this month; None if no response has said it.
        kept: those of them that are reserved or in flight.
    """
    if left is None:
        return 1
    free = left - kept
    return 0 if free <= 0 else max(1, min(LARGEST, free // SHARE))
