"""The skeleton of a flow: a job made of its parameters, a plan where only that is wanted, steps, artifact, failure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flows.jobs.backfill import BackfillJob
from flows.jobs.job import Job
from flows.jobs.run import RunFailed
from flows.run_page.artifacts import show_summary
from flows.run_page.assets import emit_assets
from tasks.runs.summary import RunSummary

J = TypeVar("J", bound=Job)


def planned(job: J, given: dict[str, Any]) -> bool:
    """Whether a run ends with its plan, which is printed here."""
    if given.get("dry_run"):
        job.print_plan()
        return True
    return False


def run_flow(of: Callable[..., J], given: dict[str, Any], steps: Callable[[J], RunSummary]) -> RunSummary | None:
    """One flow run from its parameters to its end.

    Args:
        of: makes the job, and refuses parameters that are not valid.
        steps: the work, from the summary that is begun to the one that is finished.

    Raises:
        RunFailed: when a request or partition failed, or a rule is broken.
    """
    job = of(**given)
    if planned(job, given):
        return None
    return conclude(steps(job))


def conclude(run: RunSummary) -> RunSummary:
    """Show a run's summary and what it made in Prefect's UI, and fail the flow run where the run failed.

    Raises:
        RunFailed: then.
    """
    show_summary(run)
    if run.flow != BackfillJob.flow:  # the runs of its seasons emit what they make
        emit_assets(run)
    if run.status == "failed":
        raise RunFailed(run)
    return run
