"""The limiter under virtual time. Trap: an earlier pipeline let 5 calls through in a second at "3 per second"."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.source.limiter import Limiter
from tests.support.virtual_time import now, run

# Binary fractions, so that sums of times are exact.
TIMES = st.integers(0, 12 * 16).map(lambda ticks: ticks / 16)
CALLS = st.lists(st.tuples(TIMES, TIMES), min_size=1, max_size=40)


@dataclass
class Trace:
    starts: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)

    def most_in_flight(self) -> int:
        events = sorted([(end, -1) for end in self.ends] + [(start, +1) for start in self.starts])
        running = [sum(step for _, step in events[: count + 1]) for count in range(len(events))]
        return max(running)


def drive(calls: list[tuple[float, float]], per_second: float | None, in_flight: int) -> Trace:
    """Run calls of (arrival, duration) through a limiter."""
    trace = Trace()

    async def call(limiter: Limiter, duration: float) -> None:
        async with limiter:
            trace.starts.append(now())
            await asyncio.sleep(duration)
            trace.ends.append(now())

    async def main() -> None:
        limiter = Limiter(per_second, in_flight, clock=now)
        tasks = []
        for arrival, duration in sorted(calls, key=lambda one: one[0]):
            await asyncio.sleep(arrival - now())
            tasks.append(asyncio.create_task(call(limiter, duration)))
        await asyncio.gather(*tasks)

    run(main())
    return trace


@given(calls=CALLS, rate=st.integers(1, 5), in_flight=st.integers(1, 5))
def test_no_second_holds_more_starts_than_the_rate(calls, rate, in_flight):
    starts = drive(calls, rate, in_flight).starts
    assert len(starts) == len(calls)
    assert all(later >= earlier + 1.0 for earlier, later in zip(starts, starts[rate:], strict=False))


@given(calls=CALLS, rate=st.none() | st.integers(1, 5), in_flight=st.integers(1, 5))
def test_never_more_in_flight_than_the_bound(calls, rate, in_flight):
    assert drive([(at, length + 1 / 16) for at, length in calls], rate, in_flight).most_in_flight() <= in_flight


@given(calls=CALLS, rate=st.none() | st.integers(1, 5), in_flight=st.integers(1, 5))
def test_nothing_waits_when_it_need_not(calls, rate, in_flight):
    """Each call starts at the first moment that order, rate and slots allow, computed one by one."""
    calls.sort(key=lambda call: call[0])
    starts: list[float] = []
    ends: list[float] = []
    for arrival, duration in calls:
        start = max(arrival, starts[-1] if starts else 0.0)
        if rate is not None and len(starts) >= rate:
            start = max(start, starts[-rate] + 1.0)
        if len(ends) >= in_flight:
            start = max(start, sorted(ends)[-in_flight])
        starts.append(start)
        ends.append(start + duration)
    assert drive(calls, rate, in_flight).starts == pytest.approx(starts, abs=1e-6)


def test_three_per_second_is_three_from_the_first_second_on():
    assert drive([(0.0, 0.0)] * 7, 3, 10).starts == [0, 0, 0, 1, 1, 1, 2]


def test_quiet_time_saves_up_nothing():
    """The trap of a token bucket: tokens saved in a pause come on top of the rate."""
    calls = [(0.0, 0.0)] * 3 + [(10.9, 0.0)] * 4 + [(11.5, 0.0)] * 2
    assert drive(calls, 3, 10).starts[3:] == pytest.approx([10.9, 10.9, 10.9, 11.9, 11.9, 11.9])


def test_a_rate_below_one_spaces_single_starts():
    assert drive([(0.0, 0.0)] * 3, 0.25, 3).starts == [0, 4, 8]


def test_a_fractional_rate_is_rounded_down():
    assert drive([(0.0, 0.0)] * 4, 2.9, 4).starts == [0, 0, 1, 1]


@pytest.mark.parametrize(("per_second", "in_flight"), [(0, 1), (-1, 1), (float("nan"), 1), (3, 0)])
def test_a_limiter_that_lets_nothing_through_is_refused(per_second, in_flight):
    with pytest.raises(ValueError, match="allows no call"):
        Limiter(per_second, in_flight)


def test_a_hold_keeps_everybody_back_and_never_shortens_another():
    async def main() -> list[float]:
        limiter, starts = Limiter(None, 3, clock=now), []

        async def call() -> None:
            async with limiter:
                starts.append(now())

        await limiter.hold(5)
        await limiter.hold(1)
        first = asyncio.gather(call(), call())
        await asyncio.sleep(4)
        await limiter.hold(3)
        await first
        return starts

    assert run(main()) == [7, 7]


@pytest.mark.parametrize("waits_for", ["slot", "turn"])
def test_a_cancelled_call_gives_its_place_back(waits_for):
    """With one slot in all, a place that is lost would stop everything."""

    async def main() -> float:
        limiter = Limiter(1, 1, clock=now)

        async def call(seconds: float) -> None:
            async with limiter:
                await asyncio.sleep(seconds)

        running = asyncio.create_task(call(0.5 if waits_for == "slot" else 0))
        await asyncio.sleep(0.125)
        waiting = asyncio.create_task(call(0))
        await asyncio.sleep(0.125)
        waiting.cancel()
        await asyncio.gather(running, waiting, return_exceptions=True)
        async with asyncio.timeout(60):
            await call(0)
        return now()

    assert run(main()) == 1


def test_a_failing_call_gives_its_slot_back():
    async def main() -> None:
        limiter = Limiter(None, 1, clock=now)
        for _ in range(3):
            with pytest.raises(RuntimeError):
                async with limiter:
                    raise RuntimeError

    run(main())
