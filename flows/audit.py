"""Audit: what a lake has of what it should have, why the rest is missing, and how good it is.

Exit code 1 when something is missing without an explanation. `cbbd-etl audit --help`.
"""

from __future__ import annotations

import sys

if __name__ == "__main__":  # options are checked before Prefect is loaded, which takes seconds
    from flows.command_line.command import run_script

    sys.exit(run_script("audit"))

import flows.prefect_.environment  # noqa: F401  Prefect reads its settings when it is imported

# isort: split
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.jobs.audit import AuditFailed, AuditJob, AuditParameters, write_reports
from flows.prefect_.form import form
from flows.prefect_.metrics import measured
from flows.run_page.artifacts import show_audit
from flows.run_page.log import reporter
from flows.skeleton import planned
from tasks.audit.sample import ask_again
from tasks.audit.status import AuditStatus, SampleStatus
from tasks.runs.engine import Engine


@task(task_run_name="sample {wanted} settled requests", cache_policy=NO_CACHE)
def sample(job: AuditJob, wanted: int) -> SampleStatus:
    """Re-fetch some settled requests and report how much of them drifted."""
    with Engine(job.settings, job.lake, job.max_calls, keeps_reserve=True) as engine, reporter() as say:
        return ask_again(engine, job.drawn(), wanted, job.seed, say.outcome)


@task(task_run_name="inspect", cache_policy=NO_CACHE)
def inspect(job: AuditJob, drift: SampleStatus | None) -> AuditStatus:
    """Look at everything and write the report."""
    status = job.status(drift)
    write_reports(status, job.reports)
    return status


@flow(name="audit", persist_result=False)
@measured()
@form(AuditParameters)
def audit(given: dict[str, Any]) -> AuditStatus | None:
    """Report what is expected, present, known absent and unexplained; fails when something is unexplained."""
    job = AuditJob.of(**given)
    if planned(job, given):
        return None
    status = inspect(job, sample(job, job.sample) if job.sample else None)
    show_audit(status)
    if not status.passed:
        raise AuditFailed(status)
    return status
