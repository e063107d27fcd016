"""How every run begins and finishes: its summary is in the lake from the first second to the last."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flows.prefect_.metrics import watch
from tasks.lake.lake import Lake, row_counts
from tasks.layers.overrides import waiting
from tasks.runs.engine import Engine
from tasks.runs.summary import RunSummary, new_run_id, unfinished_runs


def begin(lake: Lake, flow: str, now: datetime, parameters: dict[str, Any], parent: str | None = None) -> RunSummary:
    """A run's summary, written at its start: if the run is killed, the next one says so."""
    before = [run.run_id for run in unfinished_runs(lake, parent)]
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
    run.save(lake)
    watch(run, lake)
    return run


def finish(
    run: RunSummary,
    lake: Lake,
    session: Engine | None = None,
    now: datetime | None = None,
    layers: tuple[str, ...] = ("silver",),
) -> None:
    """Close a run: counts of the lake's layers as they stand, and the file that says so."""
    now = session.clock() if session else now or run.started_at
    if session is not None:
        run.remaining_calls = session.client.remaining
        run.stopped_because = str(session.client.stopped) if session.client.stopped else session.spared
    run.notes += [f"override waits:    {text}" for text in waiting(lake)]
    run.tables = row_counts(lake, layers)
    run.finish(now)
    run.save(lake)
