"""Gold: ratings, forecasts and other tables computed from silver. `cbbd-etl gold --help`."""

from __future__ import annotations

import sys

if __name__ == "__main__":  # options are checked before Prefect is loaded, which takes seconds
    from flows.command_line.command import run_script

    sys.exit(run_script("gold"))

import flows.prefect_.environment  # noqa: F401  Prefect reads its settings when it is imported

# isort: split
import time
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run

from flows.jobs.gold import GoldJob, GoldParameters
from flows.jobs.run import recorded
from flows.prefect_.events import GOLD_COMPLETED, completed
from flows.prefect_.form import form
from flows.prefect_.metrics import measured
from flows.run_page.artifacts import show_rankings
from flows.run_page.log import reporter
from flows.skeleton import run_flow
from flows.terminal.progress import Reporter
from tasks.gold.plan import GoldStep, endpoints_for, missing_inputs, run_step
from tasks.runs.summary import DatasetSummary, RunSummary


@task(task_run_name="build {name}", cache_policy=NO_CACHE)
def build(name: str, job: GoldJob, step: GoldStep, failed: set[str], say: Reporter) -> DatasetSummary:
    """Build one gold table and season, check it, and publish it if nothing is broken."""
    begun = time.monotonic()
    done = DatasetSummary(dataset=step.table.qualified, season=step.season)
    built = run_step(job.lake, step, say.built, job.as_of, failed, job.policy)
    done.take(built.reports, built.failed)
    done.seconds = round(time.monotonic() - begun, 3)
    return done


def run_gold(job: GoldJob) -> RunSummary:
    """Do a job from start to summary, in Prefect tasks of one table and season each; one that fails stops no other."""
    failed = set[str]()
    with (
        recorded(job.start(), job.lake, job.clock, job.policy, layers=("gold",)) as run,
        reporter() as say,
    ):
        for step in job.steps():
            done = build(step.name, job, step, failed, say)
            run.datasets.append(done)
            failed |= {step.table.qualified} if done.failed else set()
            if not done.layers and not done.failed and (missing := missing_inputs(job.lake, step.table, step.season)):
                run.waiting[f"{step.table.layer}.{step.name}"] = missing
        run.to_fetch = endpoints_for(job.lake, {name for missing in run.waiting.values() for name in missing})
    return run


def _steps(job: GoldJob) -> RunSummary:
    run = run_gold(job)
    show_rankings(job.lake, job.seasons)
    if run.status == "completed":
        completed(GOLD_COMPLETED, run, job.seasons)
    return run


def _run_name() -> str:
    return f"gold {flow_run.parameters.get('season') or 'this season'}"


@flow(name="gold", flow_run_name=_run_name, persist_result=False)
@measured()
@form(GoldParameters)
def gold(given: dict[str, Any]) -> RunSummary | None:
    """Build the gold tables of the given seasons whose inputs changed, in the order in which they need each other."""
    return run_flow(GoldJob.of, given, _steps)
