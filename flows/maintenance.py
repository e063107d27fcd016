"""Maintenance: merge small files, expire old versions, delete unreferenced files. Raw is never touched."""

from __future__ import annotations

import sys

if __name__ == "__main__":  # options are checked before Prefect is loaded, which takes seconds
    from flows.command_line.command import run_script

    sys.exit(run_script("maintenance"))

import flows.prefect_.environment  # noqa: F401  Prefect reads its settings when it is imported

# isort: split
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.jobs.maintenance import MaintenanceJob, MaintenanceParameters
from flows.jobs.run import recorded
from flows.prefect_.form import form
from flows.prefect_.metrics import measured
from flows.run_page.log import reporter
from flows.skeleton import run_flow
from tasks.errors import PipelineError
from tasks.lake.maintenance import Step
from tasks.runs.summary import DatasetSummary, RunSummary


@task(task_run_name="{name}", cache_policy=NO_CACHE)
def step(name: str, work: Step, run: RunSummary) -> None:
    """One of the steps; one that fails does not stop the others."""
    try:
        run.notes.append(work())
    except PipelineError as error:
        done = DatasetSummary(dataset="maintenance", season=None)
        done.fail(name, str(error))
        run.datasets.append(done)


def run_maintenance(job: MaintenanceJob) -> RunSummary:
    """The steps from start to summary, in a Prefect task each."""
    with (
        recorded(job.start(), job.lake, job.clock, job.policy) as run,
        reporter() as say,
    ):
        for name, work in job.steps(dry_run=False, say=say.note).items():
            step(name, work, run)
    return run


@flow(name="maintenance", persist_result=False)
@measured()
@form(MaintenanceParameters)
def maintenance(given: dict[str, Any]) -> RunSummary | None:
    """Merge small files, expire old versions of the tables, and delete the files that are left over."""
    return run_flow(MaintenanceJob.of, given, run_maintenance)
