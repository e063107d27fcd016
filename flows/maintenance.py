"""Maintenance: merge small files, let old versions go, delete files that none names. Raw is never touched."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime, timedelta

import flows.prefect_.environment  # noqa: F401  Prefect reads its settings when it is imported

# isort: split
from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.jobs.run import begin, finish
from flows.params import KeepDays, LakePath, OlderThan, SayOnly
from flows.prefect_.metrics import measured
from flows.terminal.flow import RunFailed, in_terminal
from flows.terminal.reporting import Reporter, publish_artifact, reporter
from flows.terminal.shell import OK, guarded, parse
from tasks.errors import LakeConflict, PipelineError
from tasks.lake.lake import Lake
from tasks.lake.maintenance import all_tables, compact, crowded, expire, orphans, superseded
from tasks.runs.summary import DatasetSummary, RunSummary
from tasks.settings import Clock, load_settings

MEGABYTE = 1_000_000


def merge_small_files(lake: Lake, say: Reporter, *, dry_run: bool) -> str:
    """Merge the files of partitions that have too many; what was done, in a line."""
    partitions = before = after = saved = 0
    for item in [item for table in all_tables(lake) for item in crowded(lake, table)]:
        files, size = item.needed, item.bytes
        if not dry_run:
            try:
                files, size = compact(lake, item)
            except LakeConflict as error:  # a writer was faster: his files are new, the next time will do
                say.note(f"left alone: {error}")
                continue
        say.note(f"{item.table.qualified} {item.key}: {item.files} files, {files} after")
        partitions, before, after, saved = partitions + 1, before + item.files, after + files, saved + item.bytes - size
    gain = "" if dry_run else f", {saved / MEGABYTE:,.1f} MB less"
    return f"small files:       {partitions} partitions, {before:,} files become {after:,}{gain}"


def expire_old_versions(lake: Lake, before: datetime, *, dry_run: bool) -> str:
    """Let go of versions that were superseded before a moment; how many, in a line."""
    counts = []
    for name in lake.tables():
        found = lake.iceberg(name)
        counts.append(expire(lake, name, before) if not dry_run else len(superseded(found, before)) if found else 0)
    tables = sum(count > 0 for count in counts)
    return f"old versions:      {sum(counts):,} of {tables} tables, superseded before {before:%Y-%m-%d %H:%M} UTC"


def delete_orphans(lake: Lake, before: datetime, *, dry_run: bool) -> str:
    """Delete files that no version names and that were written before a moment; how many, in a line."""
    found = orphans(lake, before)
    if found and not dry_run:
        lake.delete_table_files([file.path for file in found])
    size = sum(file.bytes for file in found) / MEGABYTE
    return f"unnamed files:     {len(found):,}, {size:,.1f} MB, written before {before:%Y-%m-%d %H:%M} UTC"


Step = Callable[[], str]


def steps(lake: Lake, keep_days: int, older_than: int, say: Reporter, *, dry_run: bool) -> dict[str, Step]:
    """What there is to do, in order. Files that one step frees are old enough to be deleted in a later run."""
    now = Clock()()  # of files and snapshots the wall clock's time counts, also in a simulated season
    kept, old = now - timedelta(days=keep_days), now - timedelta(days=older_than)
    return {
        "merge small files": lambda: merge_small_files(lake, say, dry_run=dry_run),
        "expire old versions": lambda: expire_old_versions(lake, kept, dry_run=dry_run),
        "delete unnamed files": lambda: delete_orphans(lake, old, dry_run=dry_run),
    }


@task(task_run_name="{name}", cache_policy=NO_CACHE)
def step(name: str, work: Step, run: RunSummary) -> None:
    """One of the steps; one that fails does not stop the others."""
    try:
        run.notes.append(work())
    except PipelineError as error:
        done = DatasetSummary(dataset="maintenance", season=None)
        done.fail(name, str(error))
        run.datasets.append(done)


@flow(name="maintenance", persist_result=False)
@measured()
def maintenance(
    *, lake: LakePath = None, keep_days: KeepDays = 7, older_than: OlderThan = 1, dry_run: SayOnly = False
) -> RunSummary | None:
    """Merge small files, expire old versions of the tables, and delete the files that are left over."""
    opened = _open(lake)
    with reporter() as say:
        work = steps(opened, keep_days, older_than, say, dry_run=dry_run)
        if dry_run:
            for name in work:
                say.note(work[name]())
            return None
        run = begin(opened, "maintenance", Clock()(), {"keep_days": keep_days, "older_than": older_than})
        try:
            for name in work:
                step(name, work[name], run)
        except BaseException:
            run.status = "interrupted"
            raise
        finally:
            finish(run, opened, now=Clock()())
    publish_artifact(run)
    if run.status == "failed":
        raise RunFailed(run)
    return run


def _open(lake: str | None) -> Lake:
    settings = load_settings(lake=lake)
    return Lake.open(settings.lake, database_prefix=settings.database_prefix)


def main() -> int:
    """The command line. A dry run needs no Prefect."""
    options = parse(maintenance.fn)
    if options["dry_run"]:
        maintenance.fn(**options)
        return OK
    return in_terminal(maintenance, options)


if __name__ == "__main__":
    sys.exit(guarded(main))
