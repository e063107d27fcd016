"""Rate limiter for all calls: a sliding window for starts, and a maximum of calls in flight."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Awaitable, Callable
from types import TracebackType

from tasks.source.shared_rate import SharedLimit


class Limiter:
    """At most `per_second` starts in any window of one second, and at most `in_flight` calls at once, in arrival order.

    A token bucket collects tokens and allows bursts above its rate. This limiter keeps the last N start times instead:
    the next call starts at the earliest one second after the oldest of them. No call waits longer than necessary.

    Args:
        per_second: starts in any second, rounded down to a whole number. Below 1: one start every 1/rate seconds.
            None: no limit.
        in_flight: maximum of calls in progress at any time.
        clock: monotonic seconds.
        sleep: waits for a number of seconds of that clock.
        shared: a limit in common with other processes, which each call also waits for.

    Raises:
        ValueError: for a rate or a maximum that allows no call.
    """

    def __init__(
        self,
        per_second: float | None,
        in_flight: int,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        shared: SharedLimit | None = None,
    ) -> None:
        if in_flight < 1 or (per_second is not None and not per_second > 0):
            raise ValueError(
                f"a limiter with {per_second} starts per second and {in_flight} calls in flight allows no call"
            )
        rate = math.inf if per_second is None else per_second
        self.in_flight = in_flight
        self._period = max(1.0, 1.0 / rate)
        self._starts: deque[float] | None = None if rate == math.inf else deque(maxlen=max(1, int(rate)))
        self._held_until = -math.inf
        self._clock = clock
        self._sleep = sleep
        self._shared = shared
        self._slots = asyncio.Semaphore(in_flight)
        self._turn = asyncio.Lock()

    async def hold(self, seconds: float) -> None:
        """Start no call in the next `seconds`. A server's `Retry-After` applies to all callers."""
        if self._shared is not None:
            await self._shared.hold(seconds)
        self._held_until = max(self._held_until, self._clock() + seconds)

    async def __aenter__(self) -> None:
        await self._slots.acquire()
        try:
            async with self._turn:
                await self._wait_for_turn()
        except BaseException:
            self._slots.release()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._slots.release()

    async def _wait_for_turn(self) -> None:
        while (wait := self._due() - self._clock()) > 0:
            await self._sleep(wait)
        if self._shared is not None:
            await self._shared.turn()
        if self._starts is not None:
            self._starts.append(self._clock())

    def _due(self) -> float:
        if self._starts and len(self._starts) == self._starts.maxlen:
            return max(self._held_until, self._starts[0] + self._period)
        return self._held_until
