"""Report: a season as static pages in a folder or on S3. `cbbd-etl report --help`."""

from __future__ import annotations

import sys

if __name__ == "__main__":  # options are checked before Prefect is loaded, which takes seconds
    from flows.command_line.command import run_script

    sys.exit(run_script("report"))

import flows.prefect_.environment  # noqa: F401  Prefect reads its settings when it is imported

# isort: split
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.jobs.report import ReportJob, ReportParameters, totals
from flows.jobs.run import begin, failing, recorded
from flows.prefect_.form import form
from flows.prefect_.metrics import measured
from flows.run_page.artifacts import show_report
from flows.run_page.log import reporter
from flows.skeleton import run_flow
from flows.terminal.progress import Reporter
from tasks.runs.summary import RunSummary


@task(task_run_name="pages {season}", cache_policy=NO_CACHE)
def pages(job: ReportJob, season: int, say: Reporter) -> str:
    """Write the pages of a season that are not there yet or out of date. What was done, in words."""
    done = f"season {season}: {totals(job.build(season))}"
    say.note(done)
    return done


def run_report(job: ReportJob) -> RunSummary:
    """A report from start to summary. What cannot be written is refused before the run has a summary."""
    job.check()
    begun = begin(job.lake, job.flow, job.clock(), job.parameters)
    with recorded(begun, job.lake, job.clock, layers=()) as run, reporter() as say:
        for season in job.places:
            with failing(run, job.lake, "report"):
                run.notes.append(f"report:            {pages(job, season, say)}")
    return run


def _steps(job: ReportJob) -> RunSummary:
    run = run_report(job)
    if run.status == "completed":
        for season in job.places:
            show_report(season, job.address(season))
    return run


@flow(name="report", persist_result=False)
@measured()
@form(ReportParameters)
def report(given: dict[str, Any]) -> RunSummary | None:
    """Write the season of a lake as static pages. A page whose content has not changed is kept."""
    return run_flow(ReportJob.of, given, _steps)
