"""Gap-fill: expected minus present minus known absent, in the fewest calls. `python flows/gap_fill.py --help`."""

from __future__ import annotations

import sys
import time

import flows.prefect_.environment  # noqa: F401  Prefect reads its settings when it is imported

# isort: split
from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.settings import PREFECT_API_URL

from flows.ingest import derive, rules
from flows.jobs.gap_fill import GapFillJob
from flows.jobs.run import finish
from flows.params import (
    AskAgain,
    DryRun,
    Endpoints,
    FirstDay,
    GameIds,
    KeptSeason,
    LakePath,
    LastDay,
    Limit,
    MaxCalls,
    Source,
)
from flows.prefect_.metrics import measured
from flows.terminal.flow import RunFailed, in_terminal
from flows.terminal.plans import print_fillings
from flows.terminal.reporting import Reporter, publish_artifact, reporter
from flows.terminal.shell import OK, guarded, parse
from quality.dataset import Endpoint
from tasks.completeness.filling import coverage_of, plan_filling
from tasks.runs.engine import Engine
from tasks.runs.summary import DatasetSummary, GapSummary, RunSummary, summary_of

Dataset = tuple[Endpoint, int | None]
Filled = tuple[list[DatasetSummary], list[GapSummary]]


@task(task_run_name="fill {name}", cache_policy=NO_CACHE)
def fill(name: str, session: Engine, gaps: GapFillJob, dataset: Dataset, left: int | None, say: Reporter) -> Filled:
    """Ask for the gaps of one dataset and season, build what came, and see what is left."""
    endpoint, season = dataset
    session.build(endpoint, season, say.built)
    filling = plan_filling(gaps.view(season), endpoint, gaps.selection, left)
    summaries = []
    for todo in filling.todos():
        done = DatasetSummary(dataset=todo.endpoint.name, season=season, expected=len(todo.due), due=len(todo.due))
        begun = time.monotonic()
        say.begin(todo)
        done.add(session.fetch(todo, say.outcome))
        built = session.build(todo.endpoint, season, say.built)
        done.take(built.reports, built.failed)
        done.seconds = round(time.monotonic() - begun, 3)
        summaries.append(done)
    after = coverage_of(gaps.view(season), endpoint) if summaries else filling.coverage
    return summaries, summary_of(filling, after)


def run_fill(gaps: GapFillJob) -> RunSummary:
    """Fill gaps from start to summary, in Prefect tasks of one dataset and season each."""
    lake = gaps.lake
    run, left = gaps.job.start(lake, "gap-fill"), gaps.limit
    with Engine(gaps.job.settings, lake, gaps.job.max_calls, sparing=True) as session, reporter() as say:
        for run_id in run.unfinished_before:
            say.note(f"run {run_id} was interrupted; what it fetched is kept")
        try:
            for endpoint, season in gaps.order():
                name = endpoint.name if season is None else f"{endpoint.name} {season}"
                datasets, found = fill(name, session, gaps, (endpoint, season), left, say)
                run.datasets += datasets
                run.gaps += found
                left = None if left is None else left - sum(item.asked for item in found)
                run.save(lake)
            run.datasets.append(derive(session, gaps.job, say))
            run.rules = rules(session, gaps.job)
        except BaseException:
            run.status = "interrupted"
            raise
        finally:
            finish(run, lake, session)
    return run


@flow(name="gap-fill", persist_result=False)
@measured()
def gap_fill(  # noqa: PLR0913  every parameter is an option of the command line
    *,
    season: KeptSeason = None,
    endpoints: Endpoints = None,
    since: FirstDay = None,
    until: LastDay = None,
    game_ids: GameIds = None,
    limit: Limit = None,
    refresh: AskAgain = False,
    source: Source = None,
    lake: LakePath = None,
    max_calls: MaxCalls = None,
    dry_run: DryRun = False,
) -> RunSummary | None:
    """Ask again for games, teams and lists that should be in the lake and are not, and build what comes."""
    gaps = GapFillJob.of(
        season=season,
        endpoints=endpoints,
        since=since,
        until=until,
        game_ids=game_ids,
        limit=limit,
        refresh=refresh,
        source=source,
        lake=lake,
        max_calls=max_calls,
    )
    if dry_run:
        print_fillings(gaps.plan())
        return None
    run = run_fill(gaps)
    publish_artifact(run)
    if run.status == "failed":
        raise RunFailed(run)
    return run


def main() -> int:
    """The command line. Without a Prefect server, a run with nothing to ask for does not start one."""
    options = parse(gap_fill.fn)
    dry_run = options.pop("dry_run")
    gaps = GapFillJob.of(**options)
    if dry_run or not PREFECT_API_URL.value():
        fillings = gaps.plan()
        if dry_run or not any(filling.asked for filling in fillings):
            print_fillings(fillings)
            return OK
    return in_terminal(gap_fill, options)


if __name__ == "__main__":
    sys.exit(guarded(main))
