"""Backfill: seasons and endpoints of the past, one run per season. `cbbd-etl backfill --help`."""

from __future__ import annotations

import sys

if __name__ == "__main__":  # options are checked before Prefect is loaded, which takes seconds
    from flows.command_line.command import run_script

    sys.exit(run_script("backfill"))

import flows.prefect_.environment  # noqa: F401  Prefect reads its settings when it is imported

# isort: split
from typing import Any

from prefect import flow
from prefect.runtime import flow_run

from flows.fan_out import FAN_OUTS, Part, backfill_season
from flows.jobs.backfill import BackfillJob, BackfillParameters
from flows.jobs.run import recorded
from flows.prefect_.form import form
from flows.prefect_.metrics import measured
from flows.run_page.log import reporter
from flows.skeleton import run_flow
from tasks.runs.summary import DatasetSummary, RunSummary

__all__ = ["backfill", "backfill_season"]


def run_backfill(job: BackfillJob) -> RunSummary:
    """One run per season, and a summary of them all."""
    ingest = job.job
    lake = ingest.open_lake()
    with (
        recorded(ingest.start(lake, job.flow), lake, ingest.clock, ingest.policy) as run,
        reporter() as say,
    ):
        for done in FAN_OUTS[job.fan_out](job.part_of(run.run_id, lake.location), lake, say):
            _add(run, done)
            run.save(lake)
    return run


def _add(run: RunSummary, done: Part) -> None:
    if isinstance(done, DatasetSummary):
        run.datasets.append(done)
        return
    run.datasets += done.datasets
    run.rules += done.rules
    run.stopped_because = run.stopped_because or done.stopped_because
    run.remaining_calls = done.remaining_calls


def _run_name() -> str:
    given = flow_run.parameters.get("resume") or flow_run.parameters.get("season") or "this season"
    return f"backfill {', '.join(map(str, given)) if isinstance(given, list) else given}"


@flow(name="backfill", flow_run_name=_run_name, persist_result=False)
@measured(by_parts=True)
@form(BackfillParameters)
def backfill(given: dict[str, Any]) -> RunSummary | None:
    """Fetch and build seasons of the past, each in a run of its own; the daily run's reserve of calls stays."""
    return run_flow(BackfillJob.of, given, run_backfill)
