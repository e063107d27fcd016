"""Audit: what a lake has of what it must have, why the rest is missing, and how good it is.

`python flows/audit.py --help`. Exit code 1 when something is unexplained.
"""

from __future__ import annotations

import sys

import flows.prefect_.environment  # noqa: F401  Prefect reads its settings when it is imported

# isort: split
from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.settings import PREFECT_API_URL

from flows.jobs.audit import AuditJob, write_reports
from flows.params import Endpoints, KeptSeason, LakePath, MaxCalls, ReportFolder, Sample, Seed, Source
from flows.prefect_.metrics import measured
from flows.terminal.audit import print_audit
from flows.terminal.reporting import reporter
from flows.terminal.shell import FAILED, OK, guarded, parse, quiet, say_starting
from tasks.audit.report import summary_rows
from tasks.audit.sample import ask_again, draw, settled_keys
from tasks.audit.status import AuditStatus, SampleStatus
from tasks.errors import PipelineError
from tasks.runs.engine import Engine


class AuditFailed(PipelineError):
    """Something is missing without an explanation, or breaks a rule; the status names it."""

    def __init__(self, status: AuditStatus) -> None:
        super().__init__(f"{len(status.problems)} findings, the first: {status.problems[0]}")
        self.status = status


@task(task_run_name="sample {wanted} settled keys", cache_policy=NO_CACHE)
def ask_sample(job: AuditJob, wanted: int) -> SampleStatus:
    """Ask for some settled keys again and tell how much of them drifted."""
    lake, settings, now = job.claimed(), job.settings, job.now()
    chosen = draw(settled_keys(lake, job.seasons, now), wanted, job.seed)
    with Engine(settings, lake, job.max_calls, sparing=True) as session, reporter() as say:
        return ask_again(session, chosen, wanted, job.seed, say.outcome)


@task(task_run_name="inspect", cache_policy=NO_CACHE)
def inspect(job: AuditJob, drift: SampleStatus | None) -> AuditStatus:
    """Look at everything and write the report."""
    status = job.status(drift)
    write_reports(status, job.reports)
    return status


@flow(name="audit", persist_result=False)
@measured()
def audit(
    *,
    season: KeptSeason = None,
    endpoints: Endpoints = None,
    source: Source = None,
    lake: LakePath = None,
    reports: ReportFolder = None,
    sample: Sample = None,
    seed: Seed = None,
    max_calls: MaxCalls = None,
) -> AuditStatus:
    """Report what is expected, present, known absent and unexplained; exit code 1 when something is unexplained."""
    job = AuditJob.of(
        season=season,
        endpoints=endpoints,
        source=source,
        lake=lake,
        reports=reports,
        seed=seed,
        max_calls=max_calls,
    )
    drift = ask_sample(job, sample) if sample else None
    status = inspect(job, drift)
    create_table_artifact(summary_rows(status), key="audit-completeness", description=f"audit of {status.lake}")
    if not status.passed:
        raise AuditFailed(status)
    return status


def main() -> int:
    """The command line. Without a Prefect server, an audit that makes no call does not start one."""
    options = parse(audit.fn)
    wanted = options.pop("sample")
    if not PREFECT_API_URL.value() and not wanted:
        job = AuditJob.of(**options)
        status = inspect.fn(job, None)
    else:
        quiet()
        if not PREFECT_API_URL.value():
            say_starting()
        try:
            status = audit(sample=wanted, **options)
        except AuditFailed as failure:
            status = failure.status
    print_audit(status, options["reports"])
    return OK if status.passed else FAILED


if __name__ == "__main__":
    sys.exit(guarded(main))
