"""R: responses that are whole JSON and not to be trusted: cut, without a usable row, an error with status 200."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.terminal.reporting import summary_lines
from tasks.runs.summary import RunSummary
from tasks.settings import Settings
from tests.faults.drive import drive
from tests.faults.invariants import Hashes, hashes
from tests.support.changed import Change, change_responses
from tests.support.engine import job_of, open_lake, sandbox_settings

NOW = datetime(2024, 11, 20, 12, tzinfo=UTC)
DAY = "2024-11-09"
Ingest = Callable[[Change, timedelta], RunSummary]


def sound(_: str, __: dict[str, str], rows: Any) -> Any:
    return rows


def on_day(change: Callable[[list[Any]], Any]) -> Change:
    """A change of the plays of one settled day."""

    def changed(path: str, params: dict[str, str], rows: Any) -> Any:
        return change(rows) if path == "/plays/date" and params["date"].startswith(DAY) else rows

    return changed


WORTHLESS: dict[str, Callable[[list[Any]], Any]] = {
    "an error with status 200": lambda _: {"message": "Internal Server Error"},
    "an error in a list": lambda _: [{"message": "Internal Server Error"}],
    "empty objects": lambda _: [{}, {}],
    "another season": lambda rows: [row | {"season": 2024} for row in rows],
    "no ids": lambda rows: [row | {"gameId": None} for row in rows],
    "another date": lambda rows: [row | {"gameStartDate": "2024-12-24T18:00:00.000Z"} for row in rows],
    "other names": lambda rows: [{f"the_{name}": value for name, value in row.items()} for row in rows],
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return sandbox_settings(tmp_path, NOW)


@pytest.fixture
def ingest(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Ingest:
    """An ingest of games and plays of a sandbox whose responses are changed, some time after the first one."""

    def run(change: Change, later: timedelta = timedelta(), refresh: bool = False) -> RunSummary:
        change_responses(monkeypatch, change)
        moved = settings.model_copy(update={"sandbox_now": NOW + later})
        job = job_of(moved, "games", "plays", refresh=refresh)
        return drive(replace(job, between=(date.fromisoformat(DAY),) * 2))

    return run


def silver(settings: Settings) -> Hashes:
    """Hashes of the silver tables. Bronze may lack one of two copies: games at midnight are in two days of plays."""
    return {name: value for name, value in hashes(open_lake(settings)).items() if name.startswith("silver.")}


def calls(run: RunSummary) -> int:
    return next(item.calls for item in run.datasets if item.dataset == "plays")


def test_r1_a_day_cut_to_a_tenth_keeps_its_games_and_is_requested_again(ingest: Any, settings: Settings):
    """Trap: `completed`, three of four games lost all plays, and no later run and no gap-fill asked again."""
    assert ingest(sound).status == "completed"
    before = silver(settings)
    cut = ingest(on_day(lambda rows: rows[: len(rows) // 10]), timedelta(hours=1), refresh=True)
    assert cut.status == "completed"
    assert silver(settings) == before
    held = [item for dataset in cut.datasets for item in dataset.held]
    assert held
    assert all(item.rows < item.before for item in held)
    assert any(line.startswith("held back:") for line in summary_lines(cut))
    kinds = open_lake(settings).scan("ops.conflicts").collect()["kind"].to_list()
    assert kinds.count("fewer rows") == len(held)
    healed = ingest(sound, timedelta(hours=2))
    assert calls(healed) == 1, "the day that was cut, and no other"
    assert [item for dataset in healed.datasets for item in dataset.held] == []
    assert silver(settings) == before
    assert calls(ingest(sound, timedelta(hours=3))) == 0


def test_r1_a_response_without_a_usable_row_is_rejected_and_stays_due(ingest: Any, settings: Settings):
    """Trap: it was booked as answered; later runs stayed failed and never asked again."""
    ingest(sound)
    before, minute = silver(settings), timedelta(minutes=1)
    for number, (name, change) in enumerate(WORTHLESS.items(), start=1):
        bad = ingest(on_day(change), number * minute, refresh=number == 1)
        assert bad.status == "failed", name
        assert [key.key for key in bad.failed] == [f"date={DAY}"], name
        assert "stored as rejected" in bad.failed[0].error, name
        assert silver(settings) == before, name
    healed = ingest(sound, 10 * minute)
    assert (healed.status, calls(healed)) == ("completed", 1), "the day that was rejected, and no other"
    assert silver(settings) == before


def test_r1_an_error_with_status_200_is_no_first_response(ingest: Any, settings: Settings):
    first = ingest(on_day(WORTHLESS["an error with status 200"]))
    assert first.status == "failed"
    assert "has no field of /plays/date" in first.failed[0].error
    healed = ingest(sound, timedelta(minutes=1))
    assert (healed.status, calls(healed)) == ("completed", 1)
