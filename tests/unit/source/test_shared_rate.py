"""One limit for several processes with one lake in a folder."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.lake.places import CALLS
from tasks.source import shared_rate as under_test
from tasks.source.limiter import Limiter
from tasks.source.shared_rate import SharedRate, shared_rate
from tests.support.virtual_time import now, run

pytestmark = pytest.mark.skipif(under_test.fcntl is None, reason="the system has no locks of files")
TIMES = st.integers(0, 6 * 16).map(lambda ticks: ticks / 16)


def starts_of(folder: Path, arrivals: list[list[float]], rate: float) -> list[float]:
    """Starts of the calls of several processes, each with a limiter of its own, in virtual time."""
    starts: list[float] = []

    async def main() -> None:
        async def process(own: list[float]) -> None:
            limiter = Limiter(rate, 3, clock=now, shared=SharedRate(folder, rate, clock=now))

            async def call(at: float) -> None:
                await asyncio.sleep(at)
                async with limiter:
                    starts.append(now())
                    await asyncio.sleep(0.1)

            await asyncio.gather(*(call(at) for at in own))

        await asyncio.gather(*(process(own) for own in arrivals))

    run(main())
    return sorted(starts)


@given(arrivals=st.lists(st.lists(TIMES, max_size=8), min_size=1, max_size=4), rate=st.sampled_from([0.5, 1, 2, 3]))
def test_all_processes_together_keep_the_rate(arrivals: list[list[float]], rate: float):
    """Trap: three processes that keep 3 calls per second each make 9."""
    with tempfile.TemporaryDirectory() as folder:
        starts = starts_of(Path(folder), arrivals, rate)
    count, period = max(1, int(rate)), max(1.0, 1 / rate)
    assert len(starts) == sum(map(len, arrivals))
    assert all(later - first >= period - 1e-9 for first, later in zip(starts, starts[count:], strict=False))


def test_a_lone_process_is_as_fast_as_with_a_limiter_of_its_own(tmp_path: Path):
    assert starts_of(tmp_path, [[0.0] * 9], 3) == [0, 0, 0, 1, 1, 1, 2, 2, 2]


def test_a_pause_that_one_process_was_asked_for_holds_for_all(tmp_path: Path):
    async def main() -> float:
        await SharedRate(tmp_path, 3, clock=now).hold(5)
        await SharedRate(tmp_path, 3, clock=now).turn()
        return now()

    assert run(main()) == 5


@pytest.mark.parametrize("text", ["", "{", '{"machine": "another", "starts": [1e9, 1e9, 1e9], "held_until": 1e9}'])
def test_a_torn_file_and_one_of_another_machine_hold_nobody_back(tmp_path: Path, text: str):
    """Trap: steady clocks of machines begin at different moments, so a start of another one may lie years ahead."""
    (tmp_path / CALLS).parent.mkdir(parents=True)
    (tmp_path / CALLS).write_text(text)
    assert starts_of(tmp_path, [[0.0]], 3) == [0]


def test_a_process_that_was_stopped_with_the_file_locked_stops_no_other_for_ever(tmp_path: Path):
    path = tmp_path / CALLS
    path.parent.mkdir(parents=True)
    with path.open("w") as file:
        under_test.fcntl.flock(file, under_test.fcntl.LOCK_EX)
        (started,) = starts_of(tmp_path, [[0.0]], 3)
    assert started >= under_test.GIVE_UP_SECONDS


def test_processes_share_the_file(tmp_path: Path):
    """Three processes, 12 calls, 5 a second: the last of them starts two seconds after the first, or later."""
    code = (
        "import asyncio; from pathlib import Path; from tasks.source.shared_rate import SharedRate\n"
        f"shared = SharedRate(Path({str(tmp_path)!r}), 5)\n"
        "async def main():\n    for _ in range(4):\n        await shared.turn()\n"
        "asyncio.run(main())"
    )
    begun = time.monotonic()
    running = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]
    assert [process.wait() for process in running] == [0, 0, 0]
    assert time.monotonic() - begun >= 2


def test_a_lake_on_s3_has_no_such_file():
    assert shared_rate("s3://bucket/lake", 3) is None
