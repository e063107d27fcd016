"""Gap-fill: request what should be in the lake and is not, in the fewest calls. `cbbd-etl gap-fill --help`."""

from __future__ import annotations

import sys

if __name__ == "__main__":  # options are checked before Prefect is loaded, which takes seconds
    from flows.command_line.command import run_script

    sys.exit(run_script("gap-fill"))

import flows.prefect_.environment  # noqa: F401  Prefect reads its settings when it is imported

# isort: split
import time
from typing import Any

from prefect import flow

from flows.ingest import derive, rules
from flows.jobs.gap_fill import GapFillJob, GapFillParameters
from flows.jobs.run import failing, fetching, recorded
from flows.prefect_.call_limit import call_limit
from flows.prefect_.form import form
from flows.prefect_.metrics import measured
from flows.prefect_.steps import step
from flows.run_page.log import reporter
from flows.skeleton import run_flow
from flows.terminal.progress import Reporter
from tasks.completeness.filling import coverage_of, plan_filling
from tasks.requests import Target
from tasks.runs.engine import Engine
from tasks.runs.gap_summary import GapSummary, summary_of
from tasks.runs.summary import DatasetSummary, RunSummary

Filled = tuple[list[DatasetSummary], list[GapSummary]]


@step("fill {name}")
def fill(name: str, engine: Engine, job: GapFillJob, target: Target, left: int | None, say: Reporter) -> Filled:
    """Request the gaps of one endpoint and season, build what came, and see what is left."""
    endpoint, season = target
    engine.build(endpoint, season, say.built)
    filling = plan_filling(job.view(season), endpoint, job.selection, left)
    summaries = []
    for todo in filling.todos():
        done = DatasetSummary(dataset=todo.endpoint.name, season=season, expected=len(todo.due), due=len(todo.due))
        begun = time.monotonic()
        say.begin(todo)
        done.add(engine.fetch(todo, say.outcome))
        built = engine.build(todo.endpoint, season, say.built)
        done.take(built.reports, built.failed, built.held)
        done.seconds = round(time.monotonic() - begun, 3)
        summaries.append(done)
    after = coverage_of(job.view(season), endpoint) if summaries else filling.coverage
    return summaries, summary_of(filling, after)


def run_fill(job: GapFillJob) -> RunSummary:
    """Fill gaps from start to summary, in Prefect tasks of one endpoint and season each."""
    lake, ingest, left = job.lake, job.job, job.limit
    shared = call_limit(ingest.settings, lake.location)
    with (
        recorded(ingest.start(lake, job.flow), lake, ingest.clock, ingest.policy) as run,
        fetching(run, ingest.settings, lake, ingest.max_calls, shared, keeps_reserve=True) as engine,
        reporter() as say,
    ):
        for run_id in run.unfinished_before:
            say.note(f"run {run_id} was interrupted; what it fetched is kept")
        turns = engine.turns(say.note)
        for turn in turns.of(job.order()):
            endpoint, season = turn.target
            name = endpoint.name if season is None else f"{endpoint.name} {season}"
            with failing(run, lake, name):
                turn.require()
            if turn.refusal is not None:
                continue
            datasets, found = fill(name, engine, job, (endpoint, season), left, say)
            run.datasets += datasets
            run.gaps += found
            left = None if left is None else left - sum(item.asked for item in found)
            run.save(lake)
        with failing(run, lake, "derived"), turns.derived(ingest.seasons):
            run.datasets.append(derive(engine, ingest, say))
        run.rules = rules(engine, ingest)
    return run


@flow(name="gap-fill", persist_result=False)
@measured()
@form(GapFillParameters)
def gap_fill(given: dict[str, Any]) -> RunSummary | None:
    """Request games, teams and lists that should be in the lake and are not, and build what comes."""
    return run_flow(GapFillJob.of, given, run_fill)
