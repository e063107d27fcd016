"""Leases: one run at a time fetches and builds a dataset of a season. They are files of the lake itself.

A lease is the file in force among `ops/leases/season=YYYY/DATASET/N.json`: who holds it, or nothing when it is free.
To take, renew and release it is to create the file with the next number. Creation succeeds for one process only, so
two never hold a lease, whatever their clocks say. Clocks decide only when a lease of a silent holder may be taken:

- at once if its process has ended, on the same machine;
- when the same number has been in force for `LASTS_SECONDS + MARGIN_SECONDS`, counted by the waiting process itself;
- when its file is older than `LASTS_SECONDS + CLOCK_TOLERANCE` by the storage's clock.

A holder renews in a thread. It may write for `LASTS_SECONDS` after a renewal; later it looks into the lake first.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Self

import orjson
from obstore.store import ObjectStore
from pydantic import TypeAdapter, ValidationError

from tasks.errors import LeaseLost, PipelineError
from tasks.lake._numbered import Listing, Numbered, NumberedFiles
from tasks.lake.places import LEASES
from tasks.lake.presence import birth, is_alive, machine

LASTS_SECONDS = 60.0
RENEWED_SECONDS = 20.0
MARGIN_SECONDS = 15.0
# S3 refuses requests of a client whose clock differs by more than this from its own.
CLOCK_TOLERANCE = timedelta(minutes=15)
LOOK_SECONDS = 60.0  # a listing of a season serves for this long to find free leases

Season = int | None


@dataclass(frozen=True)
class Holder:
    """Who holds a lease: a run, its process, and times by its own clock (UTC)."""

    token: str
    run_id: str
    host: str
    pid: int
    machine: str
    born: str
    since: datetime
    heartbeat: datetime
    expires: datetime

    @property
    def has_ended(self) -> bool:
        """Whether its process is known to have ended. That of another machine cannot be seen."""
        if self.machine != machine():
            return False
        return not is_alive(self.pid, self.born) or (self.pid == os.getpid() and self.token not in _OWN)

    def __str__(self) -> str:
        return (
            f"run {self.run_id} ({self.host}, process {self.pid}) since {self.since:%Y-%m-%d %H:%M:%S} UTC "
            f"(renewed {self.heartbeat:%H:%M:%S}, expires {self.expires:%H:%M:%S})"
        )


_HOLDER = TypeAdapter(Holder)
_OWN: set[str] = set()  # tokens of the leases that this process holds


def lease_name(dataset: str, season: Season) -> str:
    """The name of a lease; leases of one season are listed together."""
    return f"season={'all' if season is None else season}/{dataset}"


def in_words(name: str) -> str:
    """A lease's name as people say it: `games 2025`."""
    season, _, dataset = name.partition("/")
    return f"{dataset} {season.removeprefix('season=')}".removesuffix(" all")


def _holder(data: bytes) -> Holder | None:
    try:
        return _HOLDER.validate_json(data)
    except ValidationError:  # a write that a power cut tore; nobody can be named, and it expires as any other
        return None


@dataclass(eq=False)
class Lease:
    """A lease that this run holds. Pickled, it is what another process needs to check it.

    Attributes:
        number: of its file in force.
        valid_until: moment of the machine's steady clock until which nobody else can have taken it.
        lost: that another run has it now.
    """

    files: NumberedFiles
    name: str
    holder: Holder
    number: int
    valid_until: float
    lost: bool = False

    def check(self) -> None:
        """Refuse to go on without the lease. Asks the lake only where the last renewal is too long ago.

        Raises:
            LeaseLost: when another run has taken it.
        """
        if not self.lost and self.files.clock() >= self.valid_until:
            self.lost = not self._is_in_force()
        if self.lost:
            raise LeaseLost(
                f"{in_words(self.name)}: this run did not renew its lease for {LASTS_SECONDS:g} s (its machine was "
                "suspended, or the lake's storage did not respond) and another run has taken it; nothing more of it is "
                "written here. Run again to see what is left"
            )

    def _is_in_force(self) -> bool:
        found = self.files.listing(self.name).newest.get(self.name)
        held = _holder(self.files.read(self.name, found.number)) if found else None
        if found is None or held is None or held.token != self.holder.token:
            return False
        self.number = max(self.number, found.number)  # a renewal may have come in between
        return True


@dataclass
class Leases:
    """The leases of one run. They are renewed until the block ends, which releases them.

    Args:
        run_id: for others who wait.
        now: the current time, UTC.
        renewing: renew in a thread; tests call `renew` themselves.
    """

    files: NumberedFiles
    run_id: str
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    renewing: bool = True
    _held: list[Lease] = field(default_factory=list)
    _looks: dict[str, Listing] = field(default_factory=dict)
    _first_seen: dict[tuple[str, int], float] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _over: Event = field(default_factory=Event)
    _thread: Thread | None = None

    @classmethod
    def of(cls, store: ObjectStore, run_id: str) -> Leases:
        """Leases of a run in the lake with this store."""
        return cls(NumberedFiles(store, LEASES), run_id)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        for lease in list(self._held):
            self.release(lease)

    def take(self, name: str) -> Lease | None:
        """The lease of a name, or None while another run holds it."""
        look = self._look(name)
        found = look.newest.get(name)
        if found is not None and not found.is_empty and not self._is_over(name, found):
            return None
        number, begun, now = (found.number + 1 if found else 1), self.files.clock(), self.now()
        holder = self._as_holder(token_hex(8), now, now)
        _OWN.add(holder.token)
        if not self.files.create(name, number, _packed(holder), look.at):
            _OWN.discard(holder.token)
            del self._looks[_season(name)]  # it did not show what the other run did
            return None
        lease = Lease(self.files, name, holder, number, begun + LASTS_SECONDS)
        look.newest[name] = Numbered(number, is_empty=False, changed=now)
        with self._lock:
            self._held.append(lease)
        self._start()
        return lease

    def who(self, name: str) -> str | None:
        """Who holds a lease, and since when; None when it is free."""
        found = self._look(name).newest.get(name)
        if found is None or found.is_empty:
            return None
        return str(_holder(self.files.read(name, found.number)) or "a run that cannot be named")

    def renew(self) -> None:
        """Renew what this run holds. After a failure of the storage the next renewal tries again."""
        with self._lock:
            held = list(self._held)
        for lease in held:
            with suppress(PipelineError):
                self._renew(lease)

    def release(self, lease: Lease) -> None:
        """Let others take a lease. A failure of the storage is not an error: the lease then expires."""
        with self._lock:
            if lease not in self._held:
                return
            self._held.remove(lease)
            _OWN.discard(lease.holder.token)
            with suppress(PipelineError):
                lease.check()
                self.files.create(lease.name, lease.number + 1, b"", self.files.clock())
                if look := self._looks.get(_season(lease.name)):
                    look.newest[lease.name] = Numbered(lease.number + 1, is_empty=True, changed=self.now())

    def _renew(self, lease: Lease) -> None:
        with self._lock:
            if lease not in self._held or lease.lost:
                return
            lease.check()
            begun, now = self.files.clock(), self.now()
            holder = self._as_holder(lease.holder.token, lease.holder.since, now)
            if self.files.create(lease.name, lease.number + 1, _packed(holder), begun):
                lease.number, lease.valid_until = lease.number + 1, begun + LASTS_SECONDS
            else:
                lease.valid_until = begun  # the next check looks who was faster

    def _as_holder(self, token: str, since: datetime, now: datetime) -> Holder:
        pid, lasts = os.getpid(), timedelta(seconds=LASTS_SECONDS)
        return Holder(token, self.run_id, socket.gethostname(), pid, machine(), birth(pid), since, now, now + lasts)

    def _look(self, name: str) -> Listing:
        """A listing of the season: a recent one where it shows that the lease is free, else a new one."""
        season = _season(name)
        known = self._looks.get(season)
        if known is not None and self.files.clock() - known.at < LOOK_SECONDS:
            found = known.newest.get(name)
            if found is None or found.is_empty:
                return known
        self._looks[season] = self.files.listing(season)
        return self._looks[season]

    def _is_over(self, name: str, found: Numbered) -> bool:
        """Whether the lease of another run may be taken, because it ended or has been silent for too long."""
        held = _holder(self.files.read(name, found.number))
        if held is not None and held.has_ended:
            return True
        now = self.files.clock()
        if now - self._first_seen.setdefault((name, found.number), now) >= LASTS_SECONDS + MARGIN_SECONDS:
            return True
        return self.now() - found.changed > timedelta(seconds=LASTS_SECONDS) + CLOCK_TOLERANCE

    def _start(self) -> None:
        if self.renewing and self._thread is None:
            self._thread = Thread(target=self._keep_renewing, name="leases", daemon=True)
            self._thread.start()

    def _keep_renewing(self) -> None:
        while not self._over.wait(RENEWED_SECONDS):
            self.renew()


def _season(name: str) -> str:
    return name.partition("/")[0]


def _packed(holder: Holder) -> bytes:
    return orjson.dumps(asdict(holder))
