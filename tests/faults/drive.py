"""An ingest as `flows/ingest.py` does it, without Prefect: a process to kill that starts in seconds.

`python -m tests.faults.drive ROUNDS ENDPOINTS SINCE UNTIL`, or `gold` alone for a build of gold, or the words of a
command without Prefect (`rebuild`, `lake relocate`); everything else comes from the environment. Prefect's tasks are
called as the plain functions that they wrap; the order of work, the engine and the exit codes are the flow's own.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from types import ModuleType

from prefect import Task

from flows import gold, ingest
from flows.command_line.command import FETCHED
from flows.commands import cli
from flows.jobs.gold import GoldJob
from flows.jobs.ingest import IngestJob
from flows.terminal.shell import FAILED, OK, guarded
from tasks.runs.summary import RunSummary
from tests.faults import mutations


@contextmanager
def plain_tasks(module: ModuleType) -> Iterator[None]:
    """Prefect's tasks in a flow's module replaced by their functions."""
    tasks = {name: value for name, value in vars(module).items() if isinstance(value, Task)}
    for name, value in tasks.items():
        setattr(module, name, value.fn)
    try:
        yield
    finally:
        for name, value in tasks.items():
            setattr(module, name, value)


def drive(job: IngestJob) -> RunSummary:
    """A whole ingest in this process."""
    with plain_tasks(ingest):
        return ingest.run_ingest(job)


def drive_gold() -> RunSummary:
    """A whole build of gold in this process."""
    with plain_tasks(gold):
        return gold.run_gold(GoldJob.of(season="2025"))


def main() -> int:
    if sys.argv[1:] == ["gold"]:
        return FAILED if drive_gold().status == "failed" else OK
    if sys.argv[1] in {"rebuild", "lake"}:
        return cli.main(sys.argv[1:])
    rounds, endpoints, since, until = sys.argv[1:]
    days = {name: date.fromisoformat(day) for name, day in (("since", since), ("until", until)) if day != "-"}
    job = IngestJob.of(season="2025", endpoints=endpoints, refresh=int(rounds) > 1, **days)
    runs = [drive(job) for _ in range(int(rounds))]
    return FAILED if any(run.status == "failed" for run in runs) else OK


if __name__ == "__main__":
    mutations.apply_from_environment()
    sys.exit(guarded(main, FETCHED))
