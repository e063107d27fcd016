"""The daily run in the middle of a full-size season, without the time that the simulated API takes to answer.

usage: python benchmarks/daily_increment.py [--size mini] [--lake FOLDER] [--steps]

A lake is loaded up to 1 February, and the daily run is made on 2 and 3 February. From this state, which is that of a
lake in use, it is brought to the next day (the last 7 days of plays and boxes are asked again), and to 10 February (7
days of new games and 7 asked again). Each run is made twice: first to compute and keep the answers, then, measured,
with these answers at hand. Prefect's start is part of it.
With --steps, each run is made once more in one process, and a second table has its CPU time by step.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from common import ROOT, Spent, parser, show, spend

LOADED = datetime(2025, 2, 1, 12, tzinfo=UTC)
CAUGHT_UP = LOADED + timedelta(days=2)
LATER = {"the next day": timedelta(days=1), "7 days later": timedelta(days=7)}
MAIN = 0.25  # CPU seconds: tables below are one row
START, PREFECT = "start of Python", "Prefect"  # steps that are not ours
SUMMARY = re.compile(r"API calls made: +([\d,]*\d)")


Steps = dict[str, float]


def ingest(lake: Path, now: datetime, size: str, *script: str | Path, **settings: str) -> Spent:
    """One run at a simulated moment, by a script with its first arguments."""
    command = [sys.executable, ROOT / (script or ("flows/ingest.py",))[0], *script[1:], "--lake", lake]
    return spend(command, CBBD_SANDBOX_SIZE=size, CBBD_SANDBOX_NOW=now.isoformat(), **settings)


def measured(lake: Path, folder: Path, now: datetime, size: str, *, by_step: bool) -> tuple[Spent, Spent, Steps]:
    """The same run from the same state: with answers computed, with answers at hand, and by step in one process."""
    state, answers, file, runs = folder / "state", folder / "answers", folder / "steps.json", []
    file.write_text("{}")
    shutil.copytree(lake, state)
    for times in range(3 if by_step else 2):
        if times < 2:
            runs.append(ingest(lake, now, size, "benchmarks/kept_answers.py", answers))
        else:
            ingest(lake, now, size, "benchmarks/steps.py", answers, file, CBBD_BUILD_PROCESS="false")
        shutil.rmtree(lake)
        shutil.copytree(state, lake)  # to its old place: Iceberg's metadata hold absolute paths
    shutil.rmtree(state)
    shutil.rmtree(answers)
    return runs[0], runs[1], json.loads(file.read_text())


def row(name: str, run: Spent, computed: Spent | None = None) -> tuple[str, ...]:
    """A row of the table."""
    found = SUMMARY.search(run.out)
    assert found, run.out
    simulated = f"{computed.wall - run.wall:.1f}" if computed else "included"
    return (name, found[1], f"{run.wall:.1f}", f"{run.cpu:.1f}", f"{run.peak:.2f}", simulated)


def step_rows(steps: dict[str, Steps]) -> list[tuple[str, ...]]:
    """The table of steps: those that take long in any run, and the others together."""
    names = sorted({name for found in steps.values() for name in found}, key=lambda name: -_most(steps, name))
    long = [name for name in names if _most(steps, name) >= MAIN]
    rows = [(name, *(f"{found.get(name, 0.0):.2f}" for found in steps.values())) for name in long]
    rest = [sum(value for name, value in found.items() if name not in long) for found in steps.values()]
    return [("step", *steps), *rows, ("all others", *(f"{value:.2f}" for value in rest))]


def _most(steps: dict[str, Steps], name: str) -> float:
    return max(found.get(name, 0.0) for found in steps.values())


def main() -> None:
    """Print the tables."""
    options = parser(__doc__ or "")
    options.add_argument("--size", choices=("mini", "full"), default="full")
    options.add_argument("--lake", type=Path)
    options.add_argument("--steps", action="store_true", help="a second table with CPU seconds by step")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lake = given.lake or folder / "lake"
        base = ingest(lake, LOADED, given.size)
        rows = [("run", "calls", "wall s", "CPU s", "peak GB", "sandbox s"), row("up to 1 February", base)]
        for day in (CAUGHT_UP - timedelta(days=1), CAUGHT_UP):
            ingest(lake, day, given.size)
        steps: dict[str, Steps] = {}
        for when, after in LATER.items():
            computed, at_hand, found = measured(lake, folder, CAUGHT_UP + after, given.size, by_step=given.steps)
            steps |= {when: found} if found else {}
            rows.append(row(when, at_hand, computed))
            ratio = at_hand.wall / base.wall
            sys.stderr.write(f"{when}: {ratio:.3f} of the first load\n")
    note = f"Season of size {given.size}. Sandbox s: extra time when the simulated API computes its responses."
    show("daily-increment", rows, update=given.update, note=note)
    if steps:
        note = f"CPU seconds, season of size {given.size}, everything in one process."
        show("daily-steps", step_rows(steps), update=given.update, note=note)


if __name__ == "__main__":
    main()
