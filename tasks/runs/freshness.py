"""How old a lake's data is: since when nothing that was due is left undone."""

from __future__ import annotations

from datetime import datetime

from tasks.lake.lake import Lake
from tasks.runs.summary import RUNS, RunSummary

NARROWING = {"season", "endpoints", "since", "until", "resume"}  # parameters that leave something out
LOOKED_AT = 500  # newest summaries; one a day and a backfill beside it reach back for months


def newest_whole_ingest(lake: Lake) -> datetime | None:
    """Start of the newest ingest of everything that is due by itself, if it ended with nothing undone; else None."""
    for path in sorted(lake.list_files(RUNS), reverse=True)[:LOOKED_AT]:
        run = RunSummary.model_validate(lake.read_json(path))
        if _is_whole(run):
            return run.started_at
    return None


def _is_whole(run: RunSummary) -> bool:
    return run.flow == "ingest" and run.status == "completed" and not run.parameters.keys() & NARROWING
