"""Freshness of a lake: the newest run that fetched everything that was due."""

from __future__ import annotations

from datetime import datetime

from tasks.lake.lake import Lake
from tasks.runs.history import read_run
from tasks.runs.summary import RUNS, RunSummary

NARROWING = {"season", "endpoints", "since", "until", "resume"}  # parameters that restrict a run
NEWEST = 500  # number of summaries that are read; with one run a day and some backfills these are months


def newest_whole_ingest(lake: Lake) -> datetime | None:
    """Start of the newest ingest without restrictions that completed; None if there is none."""
    for path in sorted(lake.list_files(RUNS), reverse=True)[:NEWEST]:
        run = read_run(lake, path)
        if run is not None and _is_whole(run):
            return run.started_at
    return None


def _is_whole(run: RunSummary) -> bool:
    return run.flow == "ingest" and run.status == "completed" and not run.parameters.keys() & NARROWING
