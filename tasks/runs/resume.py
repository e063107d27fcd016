"""What an earlier run left undone, from its summary: exactly its failed keys and those it did not ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from quality.dataset import registry
from tasks.completeness.due import Todo
from tasks.errors import BadInput
from tasks.lake.lake import Lake
from tasks.runs.summary import RUNS, DatasetSummary, RunSummary

SEASON = "season"  # stands for all of a season where a dataset or a key is named
FETCHING = ("backfill", "backfill-season", "ingest")  # flows whose keys are requests
SHOWN = 10  # runs named to one who asks for a run that there is not

Keys = Mapping[tuple[str, int | None], frozenset[str]]


@dataclass(frozen=True)
class Resumption:
    """The rest of a run.

    Attributes:
        since: start of that run: what was answered after it is not asked again.
        keys: request keys by dataset and season; None for a run that did not get to its end, all of which is due again.
        whole: seasons that were not begun or have no summary.
        parameters: as that run was given.
    """

    run_id: str
    since: datetime
    keys: Keys | None
    whole: frozenset[int]
    parameters: Mapping[str, Any]

    @classmethod
    def of(cls, lake: Lake | None, run_id: str) -> Self:
        """The rest of a run and of the runs that were part of it.

        Raises:
            BadInput: when the lake has no such run, or it left nothing.
        """
        run = _summary(lake, run_id) if lake else None
        if lake is None or run is None:
            raise BadInput(f"no run {run_id!r}; known are: {', '.join(_known(lake)) or 'none yet'}")
        if run.flow not in FETCHING:
            raise BadInput(f"run {run_id} is a {run.flow}: what can be resumed is {', '.join(FETCHING)}; run it again")
        parts = [item for part in (run, *children(lake, run_id)) for item in part.datasets]
        keys = {(item.dataset, item.season): _undone(parts, item) for item in parts if item.dataset != SEASON}
        undone = {place: found for place, found in keys.items() if found}
        whole = frozenset(item.season for item in parts if item.dataset == SEASON and item.season is not None)
        finished = run.status not in ("running", "interrupted")
        if finished and not undone and not whole:
            raise BadInput(f"run {run_id} ({run.flow}) {run.status} and left nothing to resume")
        return cls(run_id, run.started_at, undone if finished else None, whole, run.parameters)

    @property
    def seasons(self) -> list[int]:
        """Seasons with something undone, newest first; none where the whole run is due again."""
        named = {season for _, season in self.keys or () if season is not None}
        return sorted(named | self.whole, reverse=True)

    @property
    def datasets(self) -> list[str]:
        """Datasets with something undone; none where all of them may have."""
        if self.keys is None or self.whole:
            return []
        return sorted({name for name, _ in self.keys if name in registry().endpoints})

    def rest_of(self, plan: Todo, lake: Lake | None) -> Todo:
        """The part of a plan that the run left undone and that nobody has done since."""
        if self.keys is None or plan.season in self.whole:
            return plan
        wanted = self.keys.get((plan.endpoint.name, plan.season), frozenset())
        if not wanted:
            return replace(plan, due=[], about=0)
        newest = lake.raw.latest(plan.endpoint.name, plan.season) if lake else {}
        done = {key for (_, key), item in newest.items() if item.fetched_at > self.since}
        return replace(plan, due=[item for item in plan.expected if item.key in wanted - done])


def _undone(parts: list[DatasetSummary], place: DatasetSummary) -> frozenset[str]:
    same = [item for item in parts if (item.dataset, item.season) == (place.dataset, place.season)]
    return frozenset(key for item in same for key in (*item.left, *(failed.key for failed in item.failed)))


def _summary(lake: Lake, run_id: str) -> RunSummary | None:
    value = lake.read_json(f"{RUNS}/{run_id}.json") if run_id.replace("-", "").isalnum() else None
    return RunSummary.model_validate(value) if value else None


def _known(lake: Lake | None) -> list[str]:
    paths = lake.list_files(RUNS) if lake else []
    return [path.rpartition("/")[2].removesuffix(".json") for path in reversed(paths)][:SHOWN]


def children(lake: Lake, run_id: str) -> list[RunSummary]:
    """Summaries of the runs that were part of a run, oldest first."""
    later = [path for path in lake.list_files(RUNS) if path.rpartition("/")[2] >= run_id[:16]]
    found = (RunSummary.model_validate(lake.read_json(path)) for path in later)
    return [run for run in found if run.parent == run_id]
