"""A process to kill: one flow, without Prefect, that dies after a given time.

`python -m tests.faults.killable FLOW PARAMETERS SECONDS CLOCK`; everything else comes from the environment. The clock
starts when the run's summary is in the lake, so each kill hits a run that has started. `cpu` counts the process's own
CPU time: the moments are the same on an idle and on a busy machine. It stands still while a build process works. `wall`
does not, so its kills also hit a run whose build process is at work.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from flows import backfill, fan_out, gap_fill, gold, ingest, maintenance, replay
from flows.jobs.backfill import BackfillJob
from flows.jobs.gap_fill import GapFillJob
from flows.jobs.gold import GoldJob
from flows.jobs.ingest import IngestJob
from flows.jobs.maintenance import MaintenanceJob
from flows.jobs.replay import ReplayJob
from tasks.runs.summary import RunSummary
from tasks.settings import Clock
from tests.faults.drive import plain_tasks


def _in_ten_days(**given: Any) -> MaintenanceJob:
    """A maintenance for which everything that was replaced is old enough to go."""
    return replace(MaintenanceJob.of(**given), clock=Clock(datetime.now(UTC) + timedelta(days=10)))


FLOWS: dict[str, tuple[Callable[..., Any], Callable[[Any], RunSummary]]] = {
    "ingest": (IngestJob.of, ingest.run_ingest),
    "backfill": (BackfillJob.of, backfill.run_backfill),
    "gap-fill": (GapFillJob.of, gap_fill.run_fill),
    "gold": (GoldJob.of, gold.run_gold),
    "replay": (ReplayJob.of, replay.run_replay),
    "maintenance": (_in_ten_days, maintenance.run_maintenance),
}
MODULES = (backfill, fan_out, gap_fill, gold, ingest, maintenance, replay)


def run_plain(flow: str, parameters: dict[str, Any]) -> RunSummary:
    """One flow from its parameters to its summary, in this process."""
    job_of, steps = FLOWS[flow]
    fan_out.backfill_season = lambda **given: fan_out._run_season(given)  # type: ignore[assignment]
    with ExitStack() as stack:
        for module in MODULES:
            stack.enter_context(plain_tasks(module))
        return steps(job_of(**parameters))


TIMERS = {"cpu": (signal.ITIMER_PROF, signal.SIGPROF), "wall": (signal.ITIMER_REAL, signal.SIGALRM)}
CLOCKS = {"cpu": time.process_time, "wall": time.monotonic}


def die_after(seconds: float, clock: str) -> None:
    """End this process, as SIGKILL would, so long after its run began."""
    timer, number = TIMERS[clock]
    save = RunSummary.save

    def save_and_start(self: RunSummary, lake: Any) -> None:
        save(self, lake)
        RunSummary.save = save  # type: ignore[method-assign]
        signal.signal(number, signal.SIG_DFL)
        signal.setitimer(timer, max(seconds, 0.001))

    RunSummary.save = save_and_start  # type: ignore[method-assign]


def main() -> int:
    flow, parameters, seconds, clock = sys.argv[1:]
    begun = CLOCKS[clock]()
    if float(seconds):
        die_after(float(seconds), clock)
    done = run_plain(flow, json.loads(parameters))
    sys.stdout.write(json.dumps({"status": done.status, "seconds": CLOCKS[clock]() - begun}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
