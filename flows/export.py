"""Export: files of the tables for other tools, with a description of every column. `cbbd-etl export --help`."""

from __future__ import annotations

import sys

if __name__ == "__main__":  # options are checked before Prefect is loaded, which takes seconds
    from flows.command_line.command import run_script

    sys.exit(run_script("export"))

import flows.prefect_.environment  # noqa: F401  Prefect reads its settings when it is imported

# isort: split
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

import cbbd_etl as cbb
from flows.jobs.export import ExportJob, ExportParameters
from flows.jobs.run import begin, failing, recorded
from flows.prefect_.form import form
from flows.prefect_.metrics import measured
from flows.run_page.log import reporter
from flows.skeleton import run_flow
from flows.terminal.exports import rows_by_table, totals
from flows.terminal.progress import Reporter
from tasks.runs.summary import RunSummary


@task(task_run_name="files", cache_policy=NO_CACHE)
def files(job: ExportJob, say: Reporter) -> cbb.Export:
    """Write the files that are not there yet or out of date."""
    return job.export(say.note)


def run_export(job: ExportJob) -> RunSummary:
    """An export from start to summary. What cannot be exported is refused before the run has a summary."""
    job.export(dry_run=True)
    begun = begin(job.lake, job.flow, job.clock(), job.parameters)
    with (
        recorded(begun, job.lake, job.clock, layers=()) as run,
        reporter() as say,
        failing(run, job.lake, "export"),
    ):
        done = files(job, say)
        run.notes.append(f"exported:          {totals(done)}")
        run.tables = rows_by_table(done)
    return run


@flow(name="export", persist_result=False)
@measured()
@form(ExportParameters)
def export(given: dict[str, Any]) -> RunSummary | None:
    """Write the tables of the lake as files for other tools. A file whose data has not changed is kept."""
    return run_flow(ExportJob.of, given, run_export)
