"""Any order of taking, renewing, releasing, pauses and ends, on machines whose clocks differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from obstore.store import MemoryStore

from tasks.errors import LeaseLost
from tasks.lake._numbered import Numbered, NumberedFiles
from tasks.lake.leases import CLOCK_TOLERANCE, LASTS_SECONDS, MARGIN_SECONDS, Holder, Lease, Leases, lease_name

NAME = lease_name("plays", 2025)
MACHINES = 3
NOON = datetime(2025, 1, 10, 12, tzinfo=UTC)
WITHIN = int(CLOCK_TOLERANCE.total_seconds())
PAUSES = st.sampled_from(
    [1, 5, LASTS_SECONDS / 3, LASTS_SECONDS - 1, LASTS_SECONDS, LASTS_SECONDS + MARGIN_SECONDS, 4000]
)


@dataclass(frozen=True)
class TimedFiles(NumberedFiles):
    """Numbered files whose times are those of a simulated storage."""

    now: Callable[[], datetime] = lambda: NOON
    times: dict[str, datetime] = field(default_factory=dict)

    def _made(self, path: str, data: bytes) -> bool:
        if made := super()._made(path, data):
            self.times[path] = self.now()
        return made

    def _files(self, prefix: str) -> Iterator[tuple[str, Numbered]]:
        for name, found in super()._files(prefix):
            yield name, replace(found, changed=self.times[self._path(name, found.number)])


class Machine(Leases):
    """Leases of a process on a machine of its own, which the others cannot see."""

    host = "0"

    def _as_holder(self, token: str, since: datetime, now: datetime) -> Holder:
        return replace(super()._as_holder(token, since, now), machine=f"machine {self.host}")


class LeaseStates(RuleBasedStateMachine):
    """Three machines and one lease. Wall clocks differ from that of the storage by `skew`."""

    skew = st.integers(-WITHIN, WITHIN)

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0
        self.held: list[Lease | None] = [None] * MACHINES
        self.used: set[int] = set()

    @initialize(skews=st.data())
    def begin(self, skews: st.DataObject) -> None:
        store, times = MemoryStore(), dict[str, datetime]()
        self.skews = [skews.draw(self.skew) for _ in range(MACHINES)]
        self.runs = []
        for number in range(MACHINES):
            files = TimedFiles(store, "leases", lambda n=number: self.seconds + 7919.0 * n, self.storage, times)
            run = Machine(files, f"run {number}", lambda n=number: self.wall(n), renewing=False)
            run.host = str(number)
            self.runs.append(run)

    def storage(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds)

    def wall(self, number: int) -> datetime:
        return self.storage() + timedelta(seconds=self.skews[number])

    @rule(number=st.integers(0, MACHINES - 1))
    def take(self, number: int) -> None:
        if self.held[number] is None:
            lease = self.runs[number].take(NAME)
            if lease is not None:
                assert lease.number not in self.used, "a number is given once"
                self.used.add(lease.number)
            self.held[number] = lease

    @rule(number=st.integers(0, MACHINES - 1))
    def renew(self, number: int) -> None:
        self.runs[number].renew()

    @rule(number=st.integers(0, MACHINES - 1))
    def release(self, number: int) -> None:
        if (lease := self.held[number]) is not None:
            self.runs[number].release(lease)
            self.held[number] = None

    @rule(number=st.integers(0, MACHINES - 1))
    def end_without_a_word(self, number: int) -> None:
        """`kill -9`, or a machine that is gone. What it held is not released."""
        self.held[number] = None
        self.runs[number]._held.clear()

    @rule(seconds=PAUSES)
    def pause(self, seconds: float) -> None:
        self.seconds += seconds

    def writers(self) -> list[int]:
        """Machines that may write now."""
        found = []
        for number, lease in enumerate(self.held):
            try:
                if lease is not None:
                    lease.check()
                    found.append(number)
            except LeaseLost:
                self.held[number] = None
        return found

    @invariant()
    def one_may_write(self) -> None:
        assert len(self.writers()) <= 1

    def teardown(self) -> None:
        """Trap: a lease of a dead holder that nobody can ever take again."""
        if not hasattr(self, "runs"):
            return
        for _ in range(MACHINES + 1):
            if self.runs[0].take(NAME) is not None or self.held[0] is not None:
                return
            self.seconds += LASTS_SECONDS + MARGIN_SECONDS
        pytest.fail("a lease that nobody renews can be taken")


class WithWrongClocks(LeaseStates):
    """Clocks that are wrong by more than the tolerance take a lease from its holder, who sees it when it renews."""

    skew = st.integers(-100 * WITHIN, 100 * WITHIN)

    @invariant()
    def one_may_write(self) -> None:
        for run in self.runs if hasattr(self, "runs") else []:
            run.renew()
        assert len(self.writers()) <= 1


TestLeaseStates = LeaseStates.TestCase
TestWithWrongClocks = WithWrongClocks.TestCase
