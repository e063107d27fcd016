"""The metrics of a run, on standard output at its end, also of one that could not start. Catalog: quality/metrics.py.

`CBBD_METRICS=emf` turns them on, as the task definitions of infra/terraform's environments do.
"""

from __future__ import annotations

import inspect
import os
import sys
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from quality import metrics
from quality.metrics import Metric
from tasks.audit.status import AuditStatus
from tasks.errors import PipelineError
from tasks.lake.lake import Lake
from tasks.runs.freshness import newest_whole_ingest
from tasks.runs.summary import RunSummary
from tasks.settings import Settings

P = ParamSpec("P")
R = TypeVar("R", RunSummary | None, RunSummary, AuditStatus | None)


@dataclass
class _UnderWay:
    """What is known of the flow run that has begun."""

    begun: float = field(default_factory=time.monotonic)
    run: RunSummary | None = None
    lake: Lake | None = None


_begun: list[str] = []  # flows whose own work began in this process
_under_way: ContextVar[_UnderWay | None] = ContextVar("_under_way", default=None)


def begun() -> int:
    """Flows whose own work began in this process: their code was called, so Prefect could start them."""
    return len(_begun)


def watch(run: RunSummary, lake: Lake) -> None:
    """Remember the run whose numbers the flow under way is to give, however it ends."""
    known = _under_way.get()
    if known is not None:
        known.run, known.lake = run, lake


def measured(*, flow: str | None = None, by_parts: bool = False) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorator of a flow's function: gives its metrics when it ends, in whatever way. A dry run gives none.

    Args:
        flow: its name; default: the function's, as Prefect makes it.
        by_parts: the work is done by other runs, which give their own numbers of it.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        name = flow or function.__name__.replace("_", "-")

        @wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            known = _UnderWay()
            _begun.append(name)
            before = _under_way.set(known)
            try:
                done = function(*args, **kwargs)
            except BaseException as error:
                _give(name, known, kwargs, getattr(error, "status", None), error, by_parts=by_parts)
                raise
            finally:
                _under_way.reset(before)
            if done is not None:
                _give(name, known, kwargs, done, None, by_parts=by_parts)
            return done

        # Prefect reads the types of a flow's parameters, and would look for their names in this module.
        vars(run)["__signature__"] = inspect.signature(function, eval_str=True)
        return run

    return decorate


def _give(
    flow: str, known: _UnderWay, given: Any, done: object, error: BaseException | None, *, by_parts: bool
) -> None:
    if os.environ.get("CBBD_METRICS") != "emf":
        return
    now = datetime.now(UTC)
    values = _values(known, done, error)
    shown = {m.name: value for m, value in values.items() if value is not None and not (by_parts and m.of_parts)}
    place = known.run.lake if known.run else str(given.get("lake") or os.environ.get("CBBD_LAKE") or _default_lake())
    notes = {"run_id": known.run.run_id if known.run else None, "status": _status(known, error)}
    text = metrics.line(shown, {metrics.LAKE: place.rstrip("/"), metrics.FLOW: flow}, notes, now)
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _values(known: _UnderWay, done: object, error: BaseException | None) -> dict[Metric, float | None]:
    failed = isinstance(error, Exception)
    values: dict[Metric, float | None] = {
        metrics.RUNS: 1,
        metrics.FAILED_RUNS: int(failed),
        metrics.INTERRUPTED_RUNS: int(error is not None and not failed),
        metrics.DURATION: round(time.monotonic() - known.begun, 3),
    }
    if known.run is not None:
        values |= _of_summary(known.run, known.lake)
    if isinstance(done, AuditStatus):
        values[metrics.UNEXPLAINED_GAPS] = done.unexplained
    return values


def _of_summary(run: RunSummary, lake: Lake | None) -> dict[Metric, float | None]:
    layers = [layer for item in run.datasets for layer in item.layers]
    return {
        metrics.FAILED_KEYS: len(run.failed),
        metrics.KEYS_LEFT: run.not_asked,
        metrics.CALLS: run.calls,
        metrics.CALLS_LEFT: run.remaining_calls,
        metrics.RECORDS: sum(item.records for item in run.datasets),
        metrics.ROWS: sum(layer.rows_out for layer in layers if layer.published),
        metrics.QUARANTINED_ROWS: run.quarantined,
        metrics.DOUBTFUL_PARTITIONS: len(run.warnings),
        metrics.FRESHNESS: _freshness(run, lake),
    }


def _freshness(run: RunSummary, lake: Lake | None) -> float | None:
    """Not known where there was no such ingest, or the lake cannot be read now: a metric fails no run."""
    try:
        newest = newest_whole_ingest(lake) if lake else None
    except PipelineError:
        return None
    return round(((run.finished_at or run.started_at) - newest).total_seconds(), 3) if newest else None


def _status(known: _UnderWay, error: BaseException | None) -> str:
    if known.run is not None:
        return known.run.status
    return "completed" if error is None else "failed" if isinstance(error, Exception) else "interrupted"


def _default_lake() -> str:
    return str(Settings.model_fields["lake"].default)
