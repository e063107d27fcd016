"""Resuming a run: the requests that it left undone (failed or not sent), from its summary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from quality.dataset import registry
from tasks.completeness.due import Todo
from tasks.errors import BadInput
from tasks.lake.lake import Lake
from tasks.runs.history import read_run
from tasks.runs.summary import RUNS, DatasetSummary, RunSummary

SEASON = "season"  # used as a dataset or key, it means a whole season
FETCHING = ("backfill", "backfill-season", "ingest")  # flows whose keys are requests
SHOWN = 10  # maximum of known runs in the message about an unknown run

UNFINISHED = ("running", "interrupted")  # states of a run without an end

Keys = Mapping[tuple[str, int | None], frozenset[str]]


@dataclass(frozen=True)
class Resumption:
    """What is left of a run.

    Attributes:
        since: start of that run. Requests with a response after it are not repeated.
        keys: request keys by dataset and season; None for a run that was interrupted, which is repeated as a whole.
        whole: seasons that were not started or have no summary.
        parameters: parameters of that run.
    """

    run_id: str
    since: datetime
    keys: Keys | None
    whole: frozenset[int]
    parameters: Mapping[str, Any]

    @classmethod
    def of(cls, lake: Lake | None, run_id: str) -> Self:
        """What is left of a run and of the runs that were part of it.

        Raises:
            BadInput: when the lake has no such run, or nothing is left of it.
        """
        run = _resumable(lake, run_id)
        assert lake is not None, "the run was found in it"
        parts = [item for part in (run, *children(lake, run_id)) for item in part.datasets]
        undone, whole = _undone(parts), _whole_seasons(parts)
        finished = run.status not in UNFINISHED
        if finished and not undone and not whole:
            raise BadInput(f"run {run_id} ({run.flow}) {run.status} and left nothing to resume")
        return cls(run_id, run.started_at, undone if finished else None, whole, run.parameters)

    @property
    def seasons(self) -> list[int]:
        """Seasons with undone requests, newest first; empty if the whole run is repeated."""
        named = {season for _, season in self.keys or () if season is not None}
        return sorted(named | self.whole, reverse=True)

    @property
    def datasets(self) -> list[str]:
        """Datasets with undone requests; empty if any dataset may have some."""
        if self.keys is None or self.whole:
            return []
        return sorted({name for name, _ in self.keys if name in registry().endpoints})

    def rest_of(self, plan: Todo, lake: Lake | None) -> Todo:
        """The part of a plan that the run left undone and no other run has done since."""
        if self.keys is None or plan.season in self.whole:
            return plan
        wanted = self.keys.get((plan.endpoint.name, plan.season), frozenset())
        if not wanted:
            return replace(plan, due=[], about=0)
        newest = lake.raw.latest(plan.endpoint.name, plan.season) if lake else {}
        done = {key for (_, key), item in newest.items() if item.fetched_at > self.since}
        return replace(plan, due=[item for item in plan.expected if item.key in wanted - done])


def _resumable(lake: Lake | None, run_id: str) -> RunSummary:
    run = _summary(lake, run_id) if lake else None
    if run is None:
        raise BadInput(f"no run {run_id!r}; known are: {', '.join(_known(lake)) or 'none yet'}")
    if run.flow not in FETCHING:
        raise BadInput(f"run {run_id} is a {run.flow}: only {', '.join(FETCHING)} can be resumed; start it again")
    return run


def _undone(parts: list[DatasetSummary]) -> Keys:
    """Request keys that failed or were not sent, by dataset and season."""
    found: dict[tuple[str, int | None], frozenset[str]] = {}
    for item in parts:
        keys = frozenset([*item.left, *(failed.key for failed in item.failed)])
        if keys and item.dataset != SEASON:
            found[item.dataset, item.season] = found.get((item.dataset, item.season), frozenset()) | keys
    return found


def _whole_seasons(parts: list[DatasetSummary]) -> frozenset[int]:
    return frozenset(item.season for item in parts if item.dataset == SEASON and item.season is not None)


def _summary(lake: Lake, run_id: str) -> RunSummary | None:
    return read_run(lake, f"{RUNS}/{run_id}.json") if run_id.replace("-", "").isalnum() else None


def _known(lake: Lake | None) -> list[str]:
    paths = lake.list_files(RUNS) if lake else []
    return [path.rpartition("/")[2].removesuffix(".json") for path in reversed(paths)][:SHOWN]


def children(lake: Lake, run_id: str) -> list[RunSummary]:
    """Summaries of the runs that were part of a run, oldest first."""
    later = [path for path in lake.list_files(RUNS) if path.rpartition("/")[2] >= run_id[:16]]
    return [run for path in later if (run := read_run(lake, path)) and run.parent == run_id]
