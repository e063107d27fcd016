"""Whose gaps a gap-fill is about."""

from __future__ import annotations

from datetime import date

import pytest

from flows.jobs.gap_fill import GapFillJob
from quality.contracts.games import GAMES
from tasks.errors import BadInput
from tasks.lake.lake import Lake
from tasks.settings import load_settings
from tests.support.lakes import keep, request_of
from tests.support.records import record


def test_dates_choose_among_the_seasons_that_the_lake_holds(lake: Lake, monkeypatch: pytest.MonkeyPatch):
    """Trap: an open range of dates reaches into seasons that were never fetched."""
    monkeypatch.setenv("CBBD_SOURCE", "sandbox")
    keep(lake, request_of(GAMES, 2025, window=2), [record(GAMES.record)])
    lake.write_json("lake.json", load_settings().identity)
    assert GapFillJob.of(lake=lake.location, since=date(2024, 11, 1)).job.seasons == [2025]
    assert GapFillJob.of(lake=lake.location).job.seasons == [2025]
    with pytest.raises(BadInput, match="has no season 2024"):
        GapFillJob.of(lake=lake.location, season=2024)
