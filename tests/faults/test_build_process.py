"""L3: work that crashes, hangs or eats memory ends one partition. It is done in a process that is replaced then."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import pytest

import tasks.build
from tasks.build_process import Bounds, ProcessLost, run_apart
from tasks.errors import LakeConflict
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake
from tasks.layers.bronze import build_bronze
from tasks.layers.report import LayerReport
from tests.faults.invariants import Hashes, hashes, no_duplicates
from tests.faults.scene import TWO_DAYS, Scene

PLENTY = Bounds(memory_mb=4096, seconds=300)
LITTLE = Bounds(memory_mb=700, seconds=300)
ROOT = Path(__file__).parents[2]


def crash() -> NoReturn:
    os.kill(os.getpid(), signal.SIGSEGV)
    raise AssertionError


def hang() -> None:
    while True:
        time.sleep(60)


def eat() -> None:
    kept = []
    while True:
        kept.append(bytearray(os.urandom(1 << 20)) * 32)


def recurse(depth: int = 0) -> int:
    return recurse(depth + 1)


class OfThree(Exception):
    """An error that can be written, but not read: its arguments are not those of its class."""

    def __init__(self, a: int, b: int, c: int) -> None:
        super().__init__(f"{a} {b} {c}")


def raise_it(error: BaseException) -> NoReturn:
    raise error


def raise_of_three() -> NoReturn:
    raise OfThree(1, 2, 3)


def answer() -> int:
    return 42


def test_l3_the_process_is_used_again():
    """Trap: a start of Python with Polars for each partition takes longer than the partition."""
    assert run_apart(os.getpid, PLENTY) == run_apart(os.getpid, PLENTY) != os.getpid()


@pytest.mark.parametrize(
    ("work", "bounds", "says"),
    [
        (crash, PLENTY, "SIGSEGV"),
        (partial(os._exit, 3), PLENTY, "code 3"),
        (eat, LITTLE, "more than 700 MB"),
        (hang, Bounds(4096, seconds=0.5), "within 0 s"),
    ],
)
def test_l3_what_is_lost_says_how_and_the_next_work_gets_a_new_process(work: Any, bounds: Bounds, says: str):
    before = run_apart(os.getpid, PLENTY)
    with pytest.raises(ProcessLost, match=says):
        run_apart(work, bounds)
    assert run_apart(answer, PLENTY) == 42
    assert run_apart(os.getpid, PLENTY) != before


@pytest.mark.parametrize(
    ("work", "kind", "says"),
    [
        (partial(raise_it, LakeConflict("both")), LakeConflict, "both"),
        (partial(raise_it, KeyboardInterrupt("stop")), KeyboardInterrupt, "stop"),
        (recurse, RecursionError, "recursion"),
        (raise_of_three, Exception, "1 2 3"),
    ],
)
def test_l3_an_error_of_the_work_is_raised_here(work: Any, kind: type[BaseException], says: str):
    """Trap: an error that cannot be sent would look like a crash, or end the process."""
    before = run_apart(os.getpid, PLENTY)
    with pytest.raises(kind, match=says):
        run_apart(work, PLENTY)
    assert run_apart(os.getpid, PLENTY) == before


def test_x1_the_process_has_no_api_key(monkeypatch: pytest.MonkeyPatch):
    """Trap: a crash dump or a library's error report of the process with the key in it. Builds need none."""
    monkeypatch.setenv("AWS_SESSION_TOKEN", "another, so that the next process is a new one")
    monkeypatch.setenv("CBBD_API_KEY", "a-key-for-this-test")
    assert run_apart(partial(os.getenv, "CBBD_API_KEY"), PLENTY) is None


def test_k2_the_process_ends_with_the_one_that_started_it(tmp_path: Path):
    """Trap: after kill -9 the process goes on, with the memory that it has, for ever."""
    code = (
        "import os, signal; from tasks.build_process import *; "
        "print(run_apart(os.getpid, Bounds(4096, 300)), flush=True); "
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    end = time.monotonic() + 60
    while Path(f"/proc/{int(done.stdout)}").exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert not Path(f"/proc/{int(done.stdout)}").exists()


def crash_on_plays(lake: Lake, endpoint: Any, key: PartitionKey, items: Any) -> LayerReport:
    return crash() if endpoint.name == "plays" else build_bronze(lake, endpoint, key, items)


def hang_on_plays(lake: Lake, endpoint: Any, key: PartitionKey, items: Any) -> LayerReport:
    if endpoint.name == "plays":
        hang()
    return build_bronze(lake, endpoint, key, items)


@pytest.mark.slow
@pytest.mark.parametrize(("build", "seconds"), [(crash_on_plays, "300"), (hang_on_plays, "15")])
def test_l3_a_build_that_crashes_or_hangs_fails_its_partition_and_the_next_run_heals(
    scene: Scene, two_days: tuple[Hashes, int], monkeypatch: pytest.MonkeyPatch, build: Any, seconds: str
):
    scene.extra = {"CBBD_BUILD_SECONDS": seconds}
    monkeypatch.setattr(tasks.build, "build_bronze", build)
    run = scene.ingest(**TWO_DAYS)
    assert run.status == "failed"
    assert [key.dataset for key in run.failed] == ["plays"]
    assert "was not built: its process" in run.failed[0].error
    built = set(scene.lake.tables())
    assert {"silver.fct_games", "silver.fct_game_teams"} <= built
    monkeypatch.undo()
    assert scene.ingest(**TWO_DAYS).status == "completed"
    no_duplicates(scene.lake)
    assert hashes(scene.lake) == two_days[0]
