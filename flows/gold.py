"""Gold: ratings, forecasts and what else is computed from silver. `python flows/gold.py --help`."""

from __future__ import annotations

import sys
import time
from datetime import date

import flows.prefect_.environment  # noqa: F401  Prefect reads its settings when it is imported

# isort: split
from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run
from prefect.settings import PREFECT_API_URL

from flows.jobs.gold import GoldJob
from flows.jobs.run import finish
from flows.params import AsOf, DryBuild, GoldTables, LakePath, Season
from flows.prefect_.metrics import measured
from flows.terminal.flow import RunFailed, in_terminal
from flows.terminal.plans import print_steps
from flows.terminal.reporting import Reporter, publish_artifact, reporter
from flows.terminal.shell import OK, guarded, parse
from tasks.gold.plan import GoldStep, run_step
from tasks.lake.lake import Lake
from tasks.runs.summary import DatasetSummary, RunSummary


@task(task_run_name="build {name}", cache_policy=NO_CACHE)
def build(name: str, lake: Lake, step: GoldStep, as_of: date | None, failed: set[str], say: Reporter) -> DatasetSummary:
    """Build one gold table and season, check it, and publish it if nothing is broken."""
    begun = time.monotonic()
    done = DatasetSummary(dataset=step.table.qualified, season=step.season)
    built = run_step(lake, step, say.built, as_of, failed)
    done.take(built.reports, built.failed)
    done.seconds = round(time.monotonic() - begun, 3)
    return done


def run_gold(job: GoldJob) -> RunSummary:
    """Do a job from start to summary, in Prefect tasks of one table and season each; one that fails stops no other."""
    run, failed = job.start(), set[str]()
    with reporter() as say:
        try:
            for step in job.steps():
                done = build(step.name, job.lake, step, job.as_of, failed, say)
                run.datasets.append(done)
                failed |= {step.table.qualified} if done.failed else set()
        except BaseException:
            run.status = "interrupted"
            raise
        finally:
            finish(run, job.lake, now=job.settings.clock()(), layers=("gold",))
    return run


def _run_name() -> str:
    season = flow_run.parameters.get("season")
    return f"gold {season or 'this season'}"


@flow(name="gold", flow_run_name=_run_name, persist_result=False)
@measured()
def gold(
    *,
    season: Season = None,
    tables: GoldTables = None,
    as_of: AsOf = None,
    lake: LakePath = None,
    dry_run: DryBuild = False,
) -> RunSummary | None:
    """Build the gold tables of the given seasons whose inputs changed, in the order in which they need each other."""
    job = GoldJob.of(season=season, tables=tables, as_of=as_of, lake=lake)
    if dry_run:
        print_steps(job.steps())
        return None
    run = run_gold(job)
    publish_artifact(run)
    if run.status == "failed":
        raise RunFailed(run)
    return run


def main() -> int:
    """The command line. Without a Prefect server, a run with nothing to build does not start one."""
    options = parse(gold.fn)
    dry_run = options.pop("dry_run")
    if dry_run or not PREFECT_API_URL.value():
        steps = GoldJob.of(**options).steps()
        if dry_run or not any(step.keys for step in steps):
            print_steps(steps)
            return OK
    return in_terminal(gold, options)


if __name__ == "__main__":
    sys.exit(guarded(main))
