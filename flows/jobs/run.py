"""How every run begins, finishes and fails: its summary is in the lake from the first second to the last."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from flows.prefect_.metrics import watch
from quality.report import in_words
from tasks.errors import PipelineError, Stopped, unexpected
from tasks.lake.counts import row_count, tables_of
from tasks.lake.damage import explaining
from tasks.lake.lake import Lake
from tasks.lake.storage import ANY
from tasks.layers.overrides import waiting
from tasks.layers.policy import DEFAULT_POLICY, BuildPolicy
from tasks.runs.engine import Engine
from tasks.runs.history import Runs
from tasks.runs.summary import DatasetSummary, RunSummary, new_run_id
from tasks.settings import Clock, Settings
from tasks.source.shared_rate import SharedLimit


class RunFailed(PipelineError):
    """Some requests or partitions failed, or rules across tables are broken; the summary names them."""

    def __init__(self, run: RunSummary) -> None:
        reasons = [f"{key.dataset} {key.key}: {key.error}" for key in run.failed]
        reasons += [in_words(result) for result in run.broken_rules]
        found = f"{len(run.failed)} keys failed, {len(run.broken_rules)} rules are broken"
        super().__init__(f"{found}, the first: {reasons[0]}")
        self.run = run


def begin(lake: Lake, flow: str, now: datetime, parameters: dict[str, Any], parent: str | None = None) -> RunSummary:
    """A run's summary, written at its start: if the run is killed, the next one says so."""
    known = Runs.of(lake)
    before = [run.run_id for run in known.mark_unfinished(lake, parent)]
    run = RunSummary(
        run_id=new_run_id(now),
        flow=flow,
        started_at=now,
        lake=lake.location,
        source=dict(lake.marker() or {}),
        parameters=parameters,
        unfinished_before=before,
        parent=parent,
    )
    run.notes += [
        f"not readable:      {path}, the summary of a run; `cbbd-etl rebuild` replaces it by one of an interrupted run"
        for path in known.unreadable
    ]
    run.save(lake)
    watch(run, lake)
    return run


def finish(
    run: RunSummary,
    lake: Lake,
    now: datetime,
    policy: BuildPolicy = DEFAULT_POLICY,
    layers: tuple[str, ...] = ("silver",),
) -> None:
    """Close a run: counts of the lake's layers as they stand, and the file that says so."""
    with failing(run, lake, "overrides"):
        run.notes += [f"override waits:    {text}" for text in waiting(lake, policy.overrides)]
    for name in tables_of(lake, layers):
        with failing(run, lake, name):
            run.tables[name] = row_count(lake, name)
    run.finish(now)
    run.save(lake)


@contextmanager
def failing(run: RunSummary, lake: Lake, step: str) -> Iterator[None]:
    """A step of a run that stops no other: a damaged file of the lake is named among the failures."""
    try:
        with explaining(lake):
            yield
    except Stopped:
        raise
    except PipelineError as error:
        _fail(run, step, str(error))
    except ANY as error:  # a run that is nearly over still has to end with its summary
        _fail(run, step, unexpected(error))


def _fail(run: RunSummary, step: str, reason: str) -> None:
    done = DatasetSummary(dataset=step, season=None)
    done.fail("lake", reason)
    run.datasets.append(done)


@contextmanager
def fetching(
    run: RunSummary,
    settings: Settings,
    lake: Lake,
    max_calls: int | None,
    shared: SharedLimit | None,
    *,
    keeps_reserve: bool = False,
) -> Iterator[Engine]:
    """The engine of a run. The summary gets the calls that are left and why fetching stopped, however it ends.

    Args:
        shared: a limit of calls that this run has in common with others.
        keeps_reserve: leave the month's reserve of calls to the daily run.
    """
    with Engine(settings, lake, max_calls, keeps_reserve=keeps_reserve, run_id=run.run_id, shared=shared) as engine:
        try:
            yield engine
        finally:
            run.remaining_calls = engine.client.remaining
            run.stopped_because = str(engine.client.stopped) if engine.client.stopped else engine.stopped_by_reserve


@contextmanager
def recorded(
    run: RunSummary,
    lake: Lake,
    clock: Clock,
    policy: BuildPolicy = DEFAULT_POLICY,
    layers: tuple[str, ...] = ("silver",),
) -> Iterator[RunSummary]:
    """The steps of a run. However they end, the summary is closed and in the lake afterwards."""
    try:
        yield run
    except BaseException:
        run.status = "interrupted"
        raise
    finally:
        finish(run, lake, clock(), policy, layers)
