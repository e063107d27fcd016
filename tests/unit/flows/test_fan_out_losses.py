"""A backfill whose seasons run elsewhere: killed, lost, with another lake, on a cluster that cannot run them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from polars.exceptions import PanicException

from flows import fan_out
from flows.jobs.backfill import BackfillJob
from flows.jobs.ingest import IngestJob
from flows.terminal.progress import reporter
from tasks.errors import BadInput
from tasks.lake.lake import Lake
from tasks.runs.resume import SEASON
from tasks.runs.summary import DatasetSummary, RunSummary, Status
from tests.support.lakes import NOON

PARENT = "20250601T120000Z-0001"


def work(*seasons: int, lake: str | None = None) -> BackfillJob:
    job = IngestJob.of(season=[*seasons], endpoints="games", source="sandbox")
    return BackfillJob(job, [*seasons], source="sandbox", deployment="a/b").part_of(PARENT, lake or "lake")


def left_in(lake: Lake, run_id: str, status: Status, calls: int, minute: int) -> None:
    """The summary of a run of 2024; the simulated clock says noon for all, the real one the minute."""
    RunSummary(
        run_id=f"20250601T120000Z-{run_id}",
        flow="backfill-season",
        status=status,
        started_at=NOON,
        seen_at=NOON + timedelta(minutes=minute),
        lake=lake.location,
        source={},
        parameters={"season": "2024"},
        parent=PARENT,
        datasets=[DatasetSummary(dataset="games", season=2024, calls=calls)],
    ).save(lake)


def collected(lake: Lake, error: str | None = None) -> list[RunSummary | DatasetSummary]:
    with reporter() as say:
        return list(fan_out._collected(work(2024), lake, [(2024, error)], say))


def test_a_season_that_was_killed_is_no_success_with_half_of_its_data(lake: Lake):
    """Trap: its summary was there, said `running`, and was counted as if the season were done."""
    left_in(lake, "aaaa", "interrupted", 3, 1)
    begun, lost = collected(lake)
    assert isinstance(begun, RunSummary)
    assert begun.calls == 3
    assert [(key.season, key.key) for key in lost.failed] == [(2024, SEASON)]
    assert "was cut short; --resume finishes it" in lost.failed[0].error


def test_a_season_that_was_continued_elsewhere_counts_the_calls_of_both(lake: Lake):
    """Trap: under a simulated clock both ids begin with the same time, so their order does not say which was first."""
    left_in(lake, "ffff", "interrupted", 3, 1)
    left_in(lake, "0000", "completed", 2, 2)
    parts = collected(lake)
    assert [part.status for part in parts if isinstance(part, RunSummary)] == ["interrupted", "completed"]
    assert isinstance(parts[-1], RunSummary), "nothing is left to resume"
    assert sum(part.calls for part in parts) == 5


@pytest.mark.parametrize("error", [RuntimeError("4 workers ended"), TimeoutError("the server is busy")])
def test_a_season_that_is_lost_on_its_way_stops_no_other(lake: Lake, error: Exception, monkeypatch: pytest.MonkeyPatch):
    """Trap: the first error of a worker or of Prefect's server ended the backfill, whatever the others did."""

    def lost(*_: object) -> str | None:
        raise error

    monkeypatch.setattr(fan_out, "by_deployment", lost)
    with reporter() as say:
        parts = list(fan_out.deployments(work(2024, 2023), lake, say))
    assert [part.failed[0].season for part in parts] == [2024, 2023]
    assert all(str(error) in part.failed[0].error for part in parts)


def test_a_panic_on_a_worker_is_the_end_of_its_season(monkeypatch: pytest.MonkeyPatch):
    """Trap: it is no Exception, and Dask lets the backfill wait for ever for the end of such a task."""

    def panic(_: object) -> RunSummary:
        raise PanicException("index out of bounds")

    monkeypatch.setattr(fan_out, "_run_season", panic)
    assert "unexpected PanicException" in (fan_out.on_worker.fn(2024, {}) or "")


def test_a_worker_that_sees_another_lake_makes_no_call(tmp_path: Path):
    """Trap: it made a lake on its own disk, and spent the calls of a whole season on it."""
    elsewhere = tmp_path / "elsewhere"
    with pytest.raises(BadInput, match=f"does not have run {PARENT}"):
        fan_out._run_season(work(2024, lake=str(elsewhere)).parameters(2024, None))
    assert not elsewhere.exists()


def test_seasons_are_given_the_lake_of_the_backfill(tmp_path: Path):
    """Trap: without `--lake` each worker took the lake of its own settings."""
    given = work(2024, lake=str(tmp_path)).parameters(2024, None)
    assert (given["lake"], given["parent"]) == (str(tmp_path), PARENT)


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits of time that a test can wait for."""
    monkeypatch.setattr(fan_out, "CONNECT_SECONDS", 0.5)
    monkeypatch.setattr(fan_out, "JOIN_SECONDS", 0.5)


@pytest.mark.usefixtures("soon")
def test_a_dask_cluster_that_cannot_be_reached_is_refused(lake: Lake, monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("prefect_dask", reason="needs the extra dask")
    monkeypatch.setenv(fan_out.ADDRESS, "tcp://127.0.0.1:1")
    with reporter() as say, pytest.raises(BadInput, match=r"no Dask cluster with a worker at .*tcp://127.0.0.1:1: "):
        list(fan_out.dask(work(2024), lake, say))


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize(("workers", "message"), [(0, "no Dask cluster with a worker"), (1, "--nthreads 1, as many")])
def test_a_dask_cluster_that_cannot_run_a_season_is_refused(
    workers: int, message: str, monkeypatch: pytest.MonkeyPatch
):
    """Trap: Dask waits without end for a worker, and by default runs a task per core in one process."""
    distributed = pytest.importorskip("distributed", reason="needs the extra dask")
    monkeypatch.setattr(fan_out, "CONNECT_SECONDS", fan_out.CONNECT_SECONDS * 20)
    given = {"n_workers": workers, "threads_per_worker": 4, "processes": False, "dashboard_address": None}
    with distributed.LocalCluster(**given) as cluster, pytest.raises(BadInput, match=message):
        fan_out._require_workers(cluster.scheduler_address)
