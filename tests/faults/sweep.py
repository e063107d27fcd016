"""Random kills in every flow, and reads beside writers. CI runs a few; `make faults` runs hundreds.

`python -m tests.faults.sweep --kills 200 --reads 10000 --seed 1` prints a table and exits with 1 if an invariant broke.
A kill counts only when it hit a run that had started. One half hits runs that build in their own process, after a share
of their CPU time, the other half runs with a build process, after a share of their wall time. After each: every table
can be read and has unique keys, and the same flow, run again, ends with the content of an undisturbed run.
"""

from __future__ import annotations

import argparse
import atexit
import json
import os
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from sandbox import Omission, SandboxConfig
from tasks.lake.lake import Lake
from tasks.runs.summary import RUNS, RunSummary
from tests.faults.invariants import hashes, honest_ledger, no_duplicates
from tests.faults.killable import FLOWS, TIMERS, run_plain
from tests.support import warm
from tests.support.lakes import copy_lake

HUNG_SECONDS = 900
ROOT = Path(__file__).parents[2]
DATA = {"season": "2025", "endpoints": "games,game_teams,lines"}
EARLY, LATE = "2025-04-20T12:00Z", "2025-05-02T12:00Z"
HOLES = SandboxConfig(size="tiny", gaps=(Omission("boxes", 0.2), Omission("tail", 0.1)))


@dataclass(frozen=True)
class Case:
    """One flow to kill: what makes its lake, its own parameters, and the layers that must converge.

    Attributes:
        whole: the lake begins as a copy of one that a whole ingest has made.
        before: parameters of further ingests into it.
        holes: the source has gaps in those, and none afterwards.
    """

    flow: str
    parameters: dict[str, Any]
    whole: bool = False
    before: tuple[dict[str, Any], ...] = ()
    layers: tuple[str, ...] = ("bronze", "silver")
    holes: bool = False


CASES = {
    case.flow: case
    for case in (
        Case("ingest", DATA),
        Case("backfill", {"season": "2024-2025", "endpoints": "games,lines"}),
        Case("gap-fill", {"season": "2025", "endpoints": "game_teams"}, before=(DATA,), holes=True),
        Case("gold", {"season": "2025"}, whole=True, layers=("gold",)),
        Case("replay", {"season": "2025", "endpoints": "games,game_teams,lines"}, whole=True),
        Case("maintenance", {"keep_days": 1, "older_than": 1}, whole=True, before=(DATA | {"refresh": True},)),
    )
}


@dataclass
class Score:
    """What a sweep found in one flow."""

    kills: int = 0
    too_late: int = 0
    broken: list[str] = field(default_factory=list)


class Stage:
    """One flow's lake, put back to the state before the kill as often as needed, at the same path."""

    def __init__(self, case: Case, folder: Path, clocks: Sequence[str]) -> None:
        self.case, self.folder = case, folder / case.flow
        self.folder.mkdir(parents=True)
        self.lake, self._kept = self.folder / "lake", self.folder / "kept"
        if case.whole:
            copy_lake(whole_lake(), self.lake)
        with self.settings(early=True):
            for parameters in case.before:
                assert run_plain("ingest", parameters).status == "completed"
        if self.lake.exists():
            shutil.copytree(self.lake, self._kept)
        self.lengths = {clock: self._length(clock) for clock in clocks}
        self.truth = hashes(Lake.open(str(self.lake)), case.layers)

    def settings(self, *, early: bool = False, apart: bool = True) -> Any:
        """The environment of a run: a tiny simulated season, with gaps until the second run where the case has them."""
        config = HOLES if self.case.holes and early else SandboxConfig(size="tiny")
        return settings(self.folder, config, EARLY if early else LATE, apart=apart)

    def restore(self) -> None:
        """Put the lake back."""
        shutil.rmtree(self.lake, ignore_errors=True)
        if self._kept.exists():
            shutil.copytree(self._kept, self.lake)

    def run(self, seconds: float, clock: str) -> tuple[int, str]:
        """The flow in a process that dies after this time (0: never): exit code and what it printed."""
        command = [sys.executable, "-m", "tests.faults.killable", self.case.flow]
        command += [json.dumps(self.case.parameters), str(seconds), clock]
        with self.settings(apart=clock == "wall"):
            done = warm.run(command, cwd=self.folder, env=dict(os.environ), timeout=HUNG_SECONDS)
        return done.returncode, done.stdout + done.stderr

    def _length(self, clock: str) -> float:
        self.restore()
        code, printed = self.run(0, clock)
        assert code == 0, printed
        last = [line for line in printed.splitlines() if line.startswith("{")][-1]
        return float(json.loads(last)["seconds"])

    def kill(self, share: float, clock: str) -> bool:
        """Kill a run after a share of its time; whether that hit a run that had started."""
        self.restore()
        code, printed = self.run(share * self.lengths[clock], clock)
        if code == 0:
            return False
        assert code == -TIMERS[clock][1], printed
        return True

    def check(self) -> None:
        """Readable after the kill; the same as an undisturbed run after the next one."""
        lake = Lake.open(str(self.lake))
        no_duplicates(lake)
        for name in lake.tables():
            lake.scan(name).collect()
        honest_ledger(self.lake)
        with self.settings():
            run = run_plain(self.case.flow, self.case.parameters)
        assert run.status == "completed", run.failed
        lake = Lake.open(str(self.lake))
        assert hashes(lake, self.case.layers) == self.truth, "content differs from that of an undisturbed run"
        no_duplicates(lake)
        honest_ledger(self.lake)
        states = [RunSummary.model_validate(lake.read_json(path)).status for path in lake.list_files(RUNS)]
        assert "running" not in states, "a run that is over is still shown as running"


@cache
def whole_lake() -> Path:
    """The lake of one whole ingest, made once per process; stages begin with copies of it."""
    folder = tempfile.TemporaryDirectory(prefix="cbbd-whole-")
    atexit.register(folder.cleanup)
    with settings(Path(folder.name), SandboxConfig(size="tiny"), EARLY):
        assert run_plain("ingest", DATA).status == "completed"
    return Path(folder.name) / "lake"


def settings(folder: Path, config: SandboxConfig, now: str, *, apart: bool = True) -> AbstractContextManager[None]:
    """The environment of a run into `folder/lake`, from a tiny simulated season at a time."""
    described = folder / "sandbox.json"
    described.write_text(config.to_json())
    return environment(
        CBBD_LAKE=str(folder / "lake"),
        CBBD_SOURCE="sandbox",
        CBBD_SANDBOX_SIZE="tiny",
        CBBD_SANDBOX_NOW=now,
        CBBD_SANDBOX_CONFIG=str(described),
        CBBD_BUILD_PROCESS=str(apart),
        PREFECT_HOME=str(warm.prefect_home()),
        PYTHONPATH=str(ROOT),
    )


def sweep(flow: str, kills: int, seed: int, folder: Path, clocks: Sequence[str] = tuple(TIMERS)) -> Score:
    """Kill one flow at random moments until enough kills have hit a started run."""
    stage, score, rng = Stage(CASES[flow], folder, clocks), Score(), random.Random(f"{seed} {flow}")
    while score.kills < kills and score.too_late < 5 * kills:
        share, clock = rng.random(), clocks[(score.kills + score.too_late) % len(clocks)]
        if not stage.kill(share, clock):
            score.too_late += 1
            continue
        score.kills += 1
        try:
            stage.check()
        except Exception as error:  # noqa: BLE001  whatever it is, the sweep goes on and reports it with its seed
            score.broken.append(
                f"{flow}, seed {seed}, kill {score.kills} at {share:.4f} of its {clock} time: {error!r}"
            )
    return score


@contextmanager
def environment(**values: str) -> Iterator[None]:
    """These settings and no other `CBBD_` variable."""
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith(("CBBD_", "PREFECT_"))]:
        del os.environ[name]
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def read_beside_writers(reads: int, folder: Path) -> tuple[int, Counter[str], list[str]]:
    """Read tables while a writer publishes the season again and again: reads, versions seen, and torn reads."""
    stage = Stage(Case("ingest", DATA | {"refresh": True}, whole=True), folder / "reads", ["wall"])
    whole = {
        name: Lake.open(str(stage.lake)).scan(name).collect().height for name in ("bronze.games", "silver.fct_games")
    }
    command = [sys.executable, "-m", "tests.faults.killable", "ingest", json.dumps(stage.case.parameters), "0", "wall"]
    done, versions, torn = 0, Counter[str](), list[str]()
    while done < reads:
        with stage.settings(), Path(os.devnull).open("wb") as void:
            writer = warm.start(command, cwd=stage.folder, env=dict(os.environ), stdout=void, stderr=void)
        while writer.poll() is None and done < reads:
            lake = Lake.open(str(stage.lake))
            for name, rows in whole.items():
                found = lake.scan(name).select("raw_object").collect()
                done += 1
                versions[f"{name} {found['raw_object'].max()}"] += 1
                if found.height != rows:
                    torn.append(f"{name}: {found.height} of {rows} rows")
        if writer.wait() != 0:
            torn.append("a writer failed")
    return done, versions, torn


def say(line: str) -> None:
    """Print at once: a sweep takes an hour."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=200, help="kills in all, spread over the flows")
    options.add_argument("--reads", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--flows", default=",".join(CASES))
    given = options.parse_args()
    flows, broken = given.flows.split(","), list[str]()
    with tempfile.TemporaryDirectory(prefix="cbbd-sweep-") as place:
        say("| flow | kills | too late | violations |\n|---|---|---|---|")
        for flow in flows:
            score = sweep(flow, -(-given.kills // len(flows)), given.seed, Path(place))
            say(f"| {flow} | {score.kills} | {score.too_late} | {len(score.broken)} |")
            broken += score.broken
        if given.reads:
            reads, versions, torn = read_beside_writers(given.reads, Path(place))
            say(f"\n{reads} reads beside writers, {len(versions)} versions seen, {len(torn)} torn")
            broken += torn
    say("\n".join(broken))
    return 1 if broken else 0


assert CASES.keys() == FLOWS.keys()

if __name__ == "__main__":
    sys.exit(main())
