"""A backfill's seasons: order, budget, a failed season, spent calls, seasons that ran elsewhere."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from flows import fan_out
from flows.backfill import run_backfill
from flows.command_line._run import RunFailed
from flows.fan_out import inline
from flows.jobs.backfill import BackfillJob
from flows.jobs.ingest import IngestJob
from flows.terminal.progress import reporter
from tasks.errors import BadInput, LakeConflict
from tasks.lake.lake import Lake
from tasks.runs.history import Runs
from tasks.runs.resume import SEASON
from tasks.runs.summary import DatasetSummary, RunSummary
from tests.support.lakes import NOON


def work(*seasons: int, max_calls: int | None = None, parent: str | None = None) -> BackfillJob:
    job = IngestJob.of(season=[*seasons], endpoints="games", source="sandbox", max_calls=max_calls)
    return BackfillJob(job, [*seasons], source="sandbox", deployment="a/b", parent=parent)


def season_run(season: int, calls: int = 3, **values: Any) -> RunSummary:
    usual: dict[str, Any] = {
        "run_id": f"20250601T120100Z-{season}",
        "flow": "backfill-season",
        "lake": "x",
        "source": {},
    }
    done = DatasetSummary(dataset="games", season=season, calls=calls)
    told = {"started_at": NOON + timedelta(minutes=1), "parameters": {"season": season}, "datasets": [done]}
    return RunSummary(**usual | told | values)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What each season's run was told; 2022 fails, 2021 cannot run, 2020 is out of calls."""
    seen: list[dict[str, Any]] = []

    def run_one(**parameters: Any) -> RunSummary:
        seen.append(parameters)
        season = int(parameters["season"])
        if season == 2021:
            raise LakeConflict("no lake")
        run = season_run(season, stopped_because="quota" if season == 2020 else None)
        if season == 2022:
            run.datasets[0].fail("x", "HTTP 500")
            raise RunFailed(run)
        return run

    monkeypatch.setattr(fan_out, "backfill_season", run_one)
    return seen


def ran(lake: Lake, seasons: BackfillJob) -> list[RunSummary | DatasetSummary]:
    with reporter() as say:
        return list(inline(seasons, lake, say))


def test_a_season_that_fails_does_not_stop_the_next(lake: Lake, told: list[dict[str, Any]]):
    parts = ran(lake, work(2023, 2022, 2021, 2019))
    assert [item["season"] for item in told] == ["2023", "2022", "2021", "2019"]
    failed = [key for part in parts for key in part.failed]
    assert [(key.dataset, key.season, key.error) for key in failed] == [
        ("games", 2022, "HTTP 500"),
        (SEASON, 2021, "no lake"),
    ]


def test_one_budget_for_all_seasons(lake: Lake, told: list[dict[str, Any]]):
    """Trap: a budget that begins anew with each season."""
    parts = ran(lake, work(2025, 2024, 2023, 2019, max_calls=6))
    assert [item["max_calls"] for item in told] == [6, 3]
    assert [part.left for part in parts if isinstance(part, DatasetSummary)] == [[SEASON], [SEASON]]


def test_spent_calls_end_it_and_the_rest_is_left_for_later(lake: Lake, told: list[dict[str, Any]]):
    parts = ran(lake, work(2020, 2019))
    assert [item["season"] for item in told] == ["2020"]
    assert isinstance(parts[1], DatasetSummary)
    assert (parts[1].season, parts[1].not_asked) == (2019, 1)


def test_the_summary_of_a_backfill_adds_its_seasons_up(tmp_path: Path, told: list[dict[str, Any]]):
    job = IngestJob.of(season="2023-2024", endpoints="games", source="sandbox", lake=str(tmp_path / "lake"))
    run = run_backfill(BackfillJob(job, [2024, 2022, 2020, 2019]))
    assert (run.flow, run.status, run.calls, run.not_asked) == ("backfill", "failed", 9, 1)
    assert run.stopped_because == "quota"
    assert {item["parent"] for item in told} == {run.run_id}


def test_a_part_does_not_take_the_run_it_belongs_to_for_a_killed_one(tmp_path: Path):
    """Trap: it has the same process id, as a killed run in a container of one process has."""
    job = IngestJob.of(season=2025, endpoints="games", source="sandbox", lake=str(tmp_path / "lake"))
    lake = job.open_lake()
    parent = job.start(lake, "backfill")
    assert job.start(lake, "backfill-season", parent.run_id).unfinished_before == []
    assert parent.run_id in [run.run_id for run in Runs.of(lake).mark_unfinished(lake)]


def test_seasons_that_ran_elsewhere_are_read_from_the_lake(lake: Lake):
    season_run(2024, parent="20250601T120000Z-0001", status="completed").save(lake)
    season_run(2023, parent="20250601T120000Z-9999", status="completed").save(lake)
    seasons = work(2024, 2023, 2022, max_calls=7, parent="20250601T120000Z-0001")
    assert seasons.share == 2
    ended = [(2024, None), (2023, None), (2022, "run x of a/b ended Crashed: no memory")]
    with reporter() as say:
        parts = list(fan_out._collected(seasons, lake, ended, say))
    assert isinstance(parts[0], RunSummary)
    lost = [part.failed[0].error for part in parts[1:]]
    assert "left no summary in this lake" in lost[0]
    assert lost[1] == "run x of a/b ended Crashed: no memory"


def test_resume_and_seasons_contradict_each_other():
    with pytest.raises(BadInput, match="--resume takes seasons and endpoints from the run"):
        BackfillJob.of(season="2024", source="sandbox", resume="20250601T120000Z-0001")


def test_dask_is_an_extra(lake: Lake, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(__import__("sys").modules, "prefect_dask", None)
    with reporter() as say, pytest.raises(BadInput, match=r"pip install 'cbbd-etl\[dask\]'"):
        list(fan_out.dask(work(2024, parent="x"), lake, say))
