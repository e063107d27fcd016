"""Summaries of earlier runs in a lake. One that cannot be read ends no other run."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pydantic import ValidationError

from tasks.errors import LakeDamaged
from tasks.lake.lake import Lake
from tasks.lake.presence import is_alive
from tasks.runs.summary import RUNS, RunSummary

SILENCE = timedelta(hours=6)  # a run on another host without an update for so long has ended
STAMP = "%Y%m%dT%H%M%SZ"  # at the beginning of a run id


@dataclass
class Runs:
    """Summaries in a lake: those that can be read, oldest first, and the paths of files that are no JSON objects."""

    found: list[RunSummary] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, lake: Lake) -> Runs:
        """All summaries of a lake. Those of a release with other fields are left out."""
        runs = cls()
        for path in lake.list_files(RUNS):
            try:
                run = _read(lake, path)
            except LakeDamaged:
                runs.unreadable.append(path)
            else:
                runs.found += [run] if run else []
        return runs

    def mark_unfinished(self, lake: Lake, besides: str | None = None) -> list[RunSummary]:
        """Runs that were killed: they have no end, and their process is gone. Marked, so that each is reported once.

        Args:
            besides: a run that is known to be running: the parent of the current run.
        """
        killed = [r for r in self.found if r.status == "running" and r.run_id != besides and not _alive(r)]
        for run in killed:
            run.status = "interrupted"
            run.save(lake)
        return killed


def read_run(lake: Lake, path: str) -> RunSummary | None:
    """A summary by its path; None if there is none, it cannot be read, or a release with other fields wrote it."""
    try:
        return _read(lake, path)
    except LakeDamaged:
        return None


def _read(lake: Lake, path: str) -> RunSummary | None:
    value = lake.read_json(path)
    try:
        return RunSummary.model_validate(value) if value is not None else None
    except ValidationError:
        return None


def mend_runs(lake: Lake) -> list[str]:
    """Replace summaries that cannot be read by those of interrupted runs; what they said is lost. Their paths."""
    paths = Runs.of(lake).unreadable
    for path in paths:
        run_id = path.rpartition("/")[2].removesuffix(".json")
        run = RunSummary(
            run_id=run_id,
            flow="unknown",
            status="interrupted",
            started_at=_time_of(run_id),
            lake=lake.location,
            source=dict(lake.marker() or {}),
            parameters={},
            notes=["the summary could not be read and was replaced; raw has what the run fetched"],
        )
        lake.write_json(path, run.model_dump(mode="json"))
    return paths


def _time_of(run_id: str) -> datetime:
    try:
        return datetime.strptime(run_id[:16], STAMP).replace(tzinfo=UTC)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)


def _alive(run: RunSummary) -> bool:
    if run.host != socket.gethostname():
        return datetime.now(UTC) - run.seen_at < SILENCE
    return run.pid != os.getpid() and is_alive(run.pid, born="")
