"""Replay: bronze and silver from raw alone, in place or only compared. `python flows/replay.py --help`."""

from __future__ import annotations

import sys

import flows.prefect_.environment  # noqa: F401  Prefect reads its settings when it is imported

# isort: split
from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.jobs.run import begin, finish
from flows.params import Check, Endpoints, LakePath, Season, every_endpoint, expand_seasons
from flows.prefect_.metrics import measured
from flows.terminal.flow import RunFailed, in_terminal
from flows.terminal.reporting import Reporter, publish_artifact, reporter
from flows.terminal.shell import guarded, parse
from quality.dataset import Table
from tasks.build import Built, build_dataset, derive_tables
from tasks.errors import BadInput
from tasks.lake.lake import Lake
from tasks.layers.replay import Comparison, Replay, Target, beside
from tasks.runs.summary import DatasetSummary, RunSummary
from tasks.settings import load_settings


@task(task_run_name="build {name}", cache_policy=NO_CACHE)
def build(name: str, lake: Lake, target: Target, run: RunSummary, say: Reporter) -> None:
    """Make the bronze and silver partitions of one dataset and season."""
    endpoint, season = target
    _take(run, endpoint.name, season, build_dataset(lake, endpoint, season, say.built, anew=True))


@task(task_run_name="derive", cache_policy=NO_CACHE)
def derive(lake: Lake, replay: Replay, run: RunSummary, say: Reporter) -> None:
    """Make what is computed from other tables."""
    _take(run, "derived", None, derive_tables(lake, replay.seasons, replay.on_request, say.built, anew=True))


def _take(run: RunSummary, dataset: str, season: int | None, built: Built) -> None:
    done = DatasetSummary(dataset=dataset, season=season)
    done.take(built.reports, built.failed)
    run.datasets.append(done)


@task(task_run_name="compare {name}", cache_policy=NO_CACHE)
def compare(name: str, replay: Replay, scratch: Lake, table: Table, run: RunSummary, say: Reporter) -> list[Comparison]:
    """Hold the live partitions of one table against those made from raw."""
    found, done = replay.compare(scratch, table), DatasetSummary(dataset=name, season=None)
    for item in found:
        if item.is_difference:
            say.note(f"{item.table} {item.partition} {item}")
            done.fail(item.partition, str(item))
    run.datasets.append(done)
    return found


def rebuild(lake: Lake, replay: Replay, run: RunSummary, say: Reporter) -> None:
    """Make every partition of the replay in a lake: the live one, or one beside it."""
    for endpoint, season in replay.targets:
        name = endpoint.name if season is None else f"{endpoint.name} {season}"
        build(name, lake, (endpoint, season), run, say)
    derive(lake, replay, run, say)


def check_live(replay: Replay, run: RunSummary, say: Reporter) -> None:
    """Make everything a second time beside the lake, compare, and throw it away."""
    with beside(replay.lake) as scratch:
        rebuild(scratch, replay, run, say)
        found = [item for t in replay.tables for item in compare(t.qualified, replay, scratch, t, run, say)]
    left_out = sum(item.status == "not compared" for item in found)
    differ = sum(item.is_difference for item in found)
    run.notes.append(f"compared with raw: {len(found) - left_out} partitions, {differ} differ")
    if left_out:
        run.notes.append(f"not compared:      {left_out} partitions, made from tables that this replay left out")


@flow(name="replay", persist_result=False)
@measured()
def replay(
    *, season: Season = None, endpoints: Endpoints = None, lake: LakePath = None, check: Check = False
) -> RunSummary:
    """Build bronze and silver again from raw alone, or compare them with what raw says. Makes no call."""
    settings = load_settings(lake=lake)
    opened = Lake.open(settings.lake, database_prefix=settings.database_prefix)
    work = Replay.of(opened, every_endpoint(endpoints), expand_seasons(season))
    if not work.targets:
        raise BadInput(f"raw of {opened.location} has no answers of what was named; `cbbd-etl query` shows its tables")
    given = {"season": season, "endpoints": endpoints, "check": check}
    run = begin(opened, "replay", settings.clock()(), {name: value for name, value in given.items() if value})
    try:
        with reporter() as say:
            (check_live(work, run, say) if check else rebuild(opened, work, run, say))
    except BaseException:
        run.status = "interrupted"
        raise
    finally:
        finish(run, opened, now=settings.clock()())
    publish_artifact(run)
    if run.status == "failed":
        raise RunFailed(run)
    return run


if __name__ == "__main__":
    sys.exit(guarded(lambda: in_terminal(replay, parse(replay.fn))))
