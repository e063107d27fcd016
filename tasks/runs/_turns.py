"""The order of a run beside other runs: datasets that another one works on come later, and are then planned again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from quality.dataset import Endpoint
from tasks.completeness.due import prerequisites
from tasks.errors import LeaseTaken
from tasks.lake.lake import Lake
from tasks.lake.leases import Lease, Leases, in_words, lease_name
from tasks.requests import Target

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 5.0
DERIVED = "derived"  # the tables of a season that are computed from other tables

Say = Callable[[str], None]


@dataclass(frozen=True)
class Turn:
    """A dataset and season whose turn it is.

    Attributes:
        refusal: why its lease could not be had in time; None if it is held.
    """

    target: Target
    refusal: str | None = None

    def require(self) -> None:
        """Refuse to work without the lease.

        Raises:
            LeaseTaken: naming who holds it since when, and what to do.
        """
        if self.refusal is not None:
            raise LeaseTaken(self.refusal)


@dataclass
class Turns:
    """Leases of one run, in the order in which they can be had.

    Args:
        wait_seconds: maximum time in which nothing can be done because other runs work on all that is left.
        say: takes a line about each dataset that is waited for, when nothing else is left to do.
    """

    leases: Leases
    lake: Lake
    wait_seconds: float
    say: Say
    sleep: Callable[[float], None] = time.sleep
    _said: set[str] = field(default_factory=set)

    def of(self, targets: Iterable[Target]) -> Iterator[Turn]:
        """Each target once, its lease held until the next one is asked for.

        A target that another run works on comes after the others, and so does what depends on it. At the end, targets
        whose lease was not released in time are given with a refusal.
        """
        left = list(targets)
        pauses = _Pauses(self.leases.files.clock, self.sleep, self.wait_seconds)
        while left:
            before = len(left)
            for target in list(left):
                if not _depends(target, left) and (lease := self.leases.take(_name(target))):
                    left.remove(target)
                    with self._held(lease):
                        yield Turn(target)
            if len(left) < before:
                pauses.restart()
                continue
            self._say([_name(target) for target in left if not _depends(target, left)])
            if not pauses.pause():
                break
        yield from (Turn(target, self._refusal(target, left)) for target in left)

    @contextmanager
    def derived(self, seasons: Iterable[int]) -> Iterator[None]:
        """The leases of the derived tables of some seasons, all together.

        Raises:
            LeaseTaken: when one was not released in time.
        """
        with ExitStack() as stack:
            for season in sorted(seasons):  # one order for all runs, so that two never wait for each other
                stack.enter_context(self._held(self._wait_for(lease_name(DERIVED, season))))
            yield

    def _wait_for(self, name: str) -> Lease:
        pauses = _Pauses(self.leases.files.clock, self.sleep, self.wait_seconds)
        while (lease := self.leases.take(name)) is None:
            self._say([name])
            if not pauses.pause():
                raise LeaseTaken(self._taken(name))
        return lease

    def _say(self, names: Iterable[str]) -> None:
        """Report what is waited for, each once."""
        for name in names:
            if name not in self._said and (who := self.leases.who(name)):
                self._said.add(name)
                self.say(f"waiting for {in_words(name)}: {who} works on it")

    @contextmanager
    def _held(self, lease: Lease) -> Iterator[None]:
        self.lake.held = (*self.lake.held, lease)
        try:
            yield
        finally:
            self.lake.held = tuple(item for item in self.lake.held if item is not lease)
            self.leases.release(lease)

    def _refusal(self, target: Target, left: list[Target]) -> str:
        """Why a target has no lease: its own is taken, or that of what it depends on."""
        cause = next((item for item in left if item in _needed(target)), target)
        return self._taken(_name(cause))

    def _taken(self, name: str) -> str:
        return (
            f"{in_words(name)}: {self.leases.who(name) or 'another run'} works on it and did not finish within "
            f"{self.wait_seconds:g} s (CBBD_LEASE_WAIT_SECONDS); run again when it has ended, or end it"
        )


@dataclass
class _Pauses:
    """Pauses between attempts, each longer than the one before, up to a maximum of the whole time."""

    clock: Callable[[], float]
    sleep: Callable[[float], None]
    most: float
    _next: float = FIRST_PAUSE_SECONDS
    _since: float | None = None

    def restart(self) -> None:
        self._next, self._since = FIRST_PAUSE_SECONDS, None

    def pause(self) -> bool:
        """Wait; False when the time is over."""
        now = self.clock()
        self._since = now if self._since is None else self._since
        if now - self._since >= self.most:
            return False
        self.sleep(self._next)
        self._next = min(self._next * 1.5, LONGEST_PAUSE_SECONDS)
        return True


def _name(target: Target) -> str:
    """The lease of a target. Endpoints that fill the same tables have one in common."""
    endpoint, season = target
    return lease_name((endpoint.route_of or endpoint).name, season)


def _needed(target: Target) -> list[tuple[Endpoint, int | None]]:
    endpoint, season = target
    return [(item, season) for item in prerequisites(endpoint) if item is not endpoint]


def _depends(target: Target, left: list[Target]) -> bool:
    return any(item in left for item in _needed(target))
