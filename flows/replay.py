"""Replay: bronze and silver from raw alone, in place or only compared. `cbbd-etl replay --help`."""

from __future__ import annotations

import sys

if __name__ == "__main__":  # options are checked before Prefect is loaded, which takes seconds
    from flows.command_line.command import run_script

    sys.exit(run_script("replay"))

import flows.prefect_.environment  # noqa: F401  Prefect reads its settings when it is imported

# isort: split
from typing import Any

from prefect import flow

from flows.jobs.replay import ReplayJob, ReplayParameters
from flows.jobs.run import recorded
from flows.prefect_.form import form
from flows.prefect_.metrics import measured
from flows.prefect_.steps import step
from flows.run_page.log import reporter
from flows.skeleton import run_flow
from flows.terminal.progress import Reporter
from quality.dataset import Table
from tasks.build import build_dataset, derive_tables
from tasks.lake.lake import Lake
from tasks.layers.building import Built
from tasks.layers.replay import Comparison, beside
from tasks.requests import Target
from tasks.runs.summary import DatasetSummary, RunSummary


@step("build {name}")
def build(name: str, lake: Lake, job: ReplayJob, target: Target, run: RunSummary, say: Reporter) -> None:
    """Build the bronze and silver partitions of one endpoint and season."""
    endpoint, season = target
    _take(run, endpoint.name, season, build_dataset(lake, endpoint, season, say.built, job.policy, rebuild_all=True))


@step("derive")
def derive(lake: Lake, job: ReplayJob, run: RunSummary, say: Reporter) -> None:
    """Build what is computed from other tables."""
    seasons, named = job.replay.seasons, job.replay.on_request
    _take(run, "derived", None, derive_tables(lake, seasons, named, say.built, job.policy, rebuild_all=True))


def _take(run: RunSummary, dataset: str, season: int | None, built: Built) -> None:
    done = DatasetSummary(dataset=dataset, season=season)
    done.take(built.reports, built.failed)
    run.datasets.append(done)


@step("compare {name}")
def compare(name: str, job: ReplayJob, scratch: Lake, table: Table, run: RunSummary, say: Reporter) -> list[Comparison]:
    """Compare the live partitions of one table with those built from raw."""
    found, done = job.replay.compare(scratch, table), DatasetSummary(dataset=name, season=None)
    for item in found:
        if item.is_difference:
            say.note(f"{item.table} {item.partition} {item}")
            done.fail(item.partition, str(item))
    run.datasets.append(done)
    return found


def rebuild(lake: Lake, job: ReplayJob, run: RunSummary, say: Reporter) -> None:
    """Build every partition of the replay in a lake: the live one, or one beside it."""
    for endpoint, season in job.replay.targets:
        name = endpoint.name if season is None else f"{endpoint.name} {season}"
        build(name, lake, job, (endpoint, season), run, say)
    derive(lake, job, run, say)


def check_live(job: ReplayJob, run: RunSummary, say: Reporter) -> None:
    """Build everything a second time beside the lake, compare, and throw it away."""
    with beside(job.lake) as scratch:
        rebuild(scratch, job, run, say)
        found = [item for t in job.replay.tables for item in compare(t.qualified, job, scratch, t, run, say)]
    left_out = sum(item.status == "not compared" for item in found)
    differ = sum(item.is_difference for item in found)
    run.notes.append(f"compared with raw: {len(found) - left_out} partitions, {differ} differ")
    if left_out:
        run.notes.append(f"not compared:      {left_out} partitions, built from tables that this replay left out")


def run_replay(job: ReplayJob) -> RunSummary:
    """A replay from start to summary, in Prefect tasks of one endpoint and season each."""
    with (
        recorded(job.start(), job.lake, job.clock, job.policy) as run,
        reporter() as say,
    ):
        (check_live if job.check else _rebuild_live)(job, run, say)
    return run


def _rebuild_live(job: ReplayJob, run: RunSummary, say: Reporter) -> None:
    rebuild(job.lake, job, run, say)


@flow(name="replay", persist_result=False)
@measured()
@form(ReplayParameters)
def replay(given: dict[str, Any]) -> RunSummary | None:
    """Build bronze and silver again from raw alone, or compare them with what raw says. Makes no call."""
    return run_flow(ReplayJob.of, given, run_replay)
