"""The whole of it on one machine, as an operator does it by hand: `make deploy-local` prints every step.

Server, process pool, two workers, `prefect deploy --all`; an ingest of the sandbox, whose end starts gold; a backfill
of four seasons over both workers.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from quality.lineage import lineage
from sandbox import Sandbox, SandboxConfig
from tasks.lake.lake import Lake
from tests.deployment.orchestration import Prefect, submitted, wait_for

pytestmark = [pytest.mark.xdist_group("deployment"), pytest.mark.slow]

POOL = "cbbd-local"
SEASON = 2025
TINY = SandboxConfig(size="tiny")
INGESTED = ("games", "game_teams", "lines", "team_seasons")  # what gold needs at least; plays are the slow part
SEASONS = (2021, 2022, 2023, 2024)
BACKFILLED = ("games", "lines")
PUBLISHED = "https://reports.example.com"


@dataclass
class Rehearsal:
    """What was run and what it said."""

    prefect: Prefect
    folder: Path
    watched: str = ""
    gold: dict[str, Any] = field(default_factory=dict)
    export: dict[str, Any] = field(default_factory=dict)
    report: dict[str, Any] = field(default_factory=dict)
    seasons: list[dict[str, Any]] = field(default_factory=list)
    workers: list[Path] = field(default_factory=list)

    @property
    def lake(self) -> Lake:
        return Lake.open(self.folder)

    def ingest(self) -> None:
        """An ingest whose end is watched in the terminal; its event starts gold."""
        options = (
            "-p",
            f'season="{SEASON}"',
            "-p",
            f"endpoints={json.dumps(INGESTED)}",
            "--watch",
            "--watch-interval",
            "2",
        )
        self.watched = self.prefect.done("deployment", "run", "ingest/ingest", *options)
        self.gold = wait_for("the event of the ingest to start gold", lambda: self._ended("gold-daily", 1))[0]
        self.report = wait_for("the event of gold to start the report", lambda: self._ended("report-daily", 1))[0]
        self.export = wait_for("the event of gold to start the export", lambda: self._ended("export-daily", 1))[0]

    def backfill(self, start_second_worker: Any) -> None:
        """Four seasons. The first worker has the backfill itself and room for one season, so the second must help."""
        options = ("-p", f"season={SEASONS[0]}-{SEASONS[-1]}", "-p", f"endpoints={json.dumps(BACKFILLED)}")
        self.prefect.done("deployment", "run", "backfill/backfill", *options)
        wait_for("the backfill to start", lambda: self.prefect.runs_of("backfill-season"))
        start_second_worker()
        self.seasons = wait_for("four seasons", lambda: self._ended("backfill-season", len(SEASONS)))
        wait_for("the backfill to end", lambda: self._ended("backfill", 1))

    def _ended(self, deployment: str, count: int) -> list[dict[str, Any]] | None:
        runs = self.prefect.runs_of(deployment)
        for run in runs:
            bad = run["state"]["type"] in {"FAILED", "CRASHED", "CANCELLED"}
            assert not bad, f"{run['name']} {run['state']}\n{self.prefect.logs(run['id'])}"
        return runs if [run["state"]["type"] for run in runs] == ["COMPLETED"] * count else None


@pytest.fixture(scope="module")
def rehearsal(prefect: Prefect, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    folder = tmp_path_factory.mktemp("rehearsal") / "lake"
    run, where = Rehearsal(prefect, folder), {"CBBD_LAKE": str(folder), "CBBD_SANDBOX_SIZE": TINY.size}
    where["CBBD_REPORT_URL"] = PUBLISHED
    prefect.done("work-pool", "create", POOL, "--type", "process")
    with ExitStack() as workers:
        first = workers.enter_context(prefect.worker("one", POOL, 2, **where))
        prefect.done("deploy", "--all", CBBD_POOL=POOL)
        run.ingest()

        def start_second_worker() -> None:
            run.workers = [first, workers.enter_context(prefect.worker("two", POOL, 1, **where))]

        run.backfill(start_second_worker)
        yield run


def count(lake: Lake, table: str, season: int) -> int:
    rows: int = lake.scan(table).filter(pl.col("season") == season).select(pl.len()).collect().item()
    return rows


def test_the_watched_ingest_completes_and_the_lake_has_the_rows_of_the_truth(rehearsal: Rehearsal) -> None:
    assert "Completed" in rehearsal.watched
    truth = Sandbox(TINY).world.row_counts(SEASON, "games", "game_teams", "lines")
    found = {name: count(rehearsal.lake, f"silver.fct_{name}", SEASON) for name in truth}
    rehearsal.prefect.said(f"silver of {SEASON}: {found}")
    assert found == truth


def test_its_event_starts_gold_with_its_season_and_lake(rehearsal: Rehearsal) -> None:
    assert rehearsal.gold["parameters"] == {"season": str(SEASON), "lake": str(rehearsal.folder)}
    rows = count(rehearsal.lake, "gold.team_ratings_daily", SEASON)
    rehearsal.prefect.said(f"gold.team_ratings_daily of {SEASON}: {rows} rows")
    assert rows > 1000


def test_the_event_of_gold_starts_an_export_of_its_season(rehearsal: Rehearsal) -> None:
    assert rehearsal.export["parameters"] == {"season": str(SEASON), "lake": str(rehearsal.folder)}
    for name in ("silver.fct_games", "gold.team_ratings_daily"):
        file = rehearsal.folder / "export" / name.replace(".", "/") / f"{SEASON}.parquet"
        assert pl.read_parquet(file, hive_partitioning=False).height == count(rehearsal.lake, name, SEASON)


def test_the_event_of_gold_starts_a_report_that_the_run_links(rehearsal: Rehearsal) -> None:
    assert rehearsal.report["parameters"] == {"season": str(SEASON), "lake": str(rehearsal.folder)}
    assert (rehearsal.folder / "report" / str(SEASON) / "rankings.html").is_file()
    link = artifacts(rehearsal, f"report-{SEASON}")[-1]
    assert f"({PUBLISHED}/{SEASON}/index.html)" in link["data"]


def test_the_backfill_fans_out_over_both_workers(rehearsal: Rehearsal) -> None:
    wanted = {str(run["id"]) for run in rehearsal.seasons}
    shares = [wanted & submitted(log) for log in rehearsal.workers]
    rehearsal.prefect.said(f"seasons by worker: {[len(share) for share in shares]}")
    assert all(shares)
    assert set.union(*shares) == wanted
    world = Sandbox(TINY).world
    for season in SEASONS:
        truth = world.row_counts(season, *BACKFILLED)
        assert {name: count(rehearsal.lake, f"silver.fct_{name}", season) for name in truth} == truth


def test_every_run_leaves_its_summary_as_an_artifact(rehearsal: Rehearsal) -> None:
    found = rehearsal.prefect.ask("/artifacts/filter", limit=100)
    keys = sorted(item["key"] for item in found if item["key"])
    rehearsal.prefect.said(f"artifacts: {', '.join(keys)}")
    assert keys.count("backfill-season-summary") == len(SEASONS)
    assert {"ingest-summary", "gold-summary", "export-summary", "backfill-summary"} <= set(keys)


def test_the_log_of_a_run_has_what_it_did(rehearsal: Rehearsal) -> None:
    """Trap: our lines went to the worker's standard error, and the page of a run said "Completed" 13 times."""
    said = rehearsal.prefect.logs(rehearsal.prefect.runs_of("ingest")[-1]["id"])
    assert re.search(rf"^games {SEASON}: (\d+) of \1 requests, [\d,]+ records$", said, re.MULTILINE), said
    assert f"silver.fct_games season={SEASON}: " in said


def test_fetching_moves_a_progress_artifact(rehearsal: Rehearsal) -> None:
    found = artifacts(rehearsal, "ingest-progress")[-1]
    assert (found["type"], float(found["data"])) == ("progress", 100.0)
    assert re.search(rf"{SEASON}: (\d+) of \1 requests", found["description"])
    assert found["updated"] > found["created"]


def test_gold_shows_the_best_teams(rehearsal: Rehearsal) -> None:
    rows = json.loads(artifacts(rehearsal, f"rankings-{SEASON}")[-1]["data"])
    assert [row["rank"] for row in rows] == [*range(1, len(rows) + 1)]
    assert 1 < len(rows) <= 25
    assert all(row["team"] for row in rows)


def test_no_artifact_has_a_path_of_the_workers_disk(rehearsal: Rehearsal) -> None:
    found = json.dumps(artifacts(rehearsal))
    assert "quarantined" in found
    assert str(rehearsal.folder.parent) not in found
    assert sys.prefix not in found


def artifacts(rehearsal: Rehearsal, key: str | None = None) -> list[dict[str, Any]]:
    """Artifacts of the server, the oldest first."""
    found = rehearsal.prefect.ask("/artifacts/filter", limit=200, sort="CREATED_DESC")
    return [item for item in reversed(found) if key is None or item["key"] == key]


def test_every_table_is_an_asset_with_what_it_was_made_from(rehearsal: Rehearsal) -> None:
    for name in ("raw.games", "bronze.games", "silver.fct_games", "gold.team_ratings_daily"):
        (resource, *others) = (f"cbbd://lake/{item.replace('.', '/')}" for item in (name, *lineage()[name]))
        wanted = {"event": {"name": ["prefect.asset.materialization.succeeded"]}, "resource": {"id": [resource]}}
        event = rehearsal.prefect.ask("/events/filter", filter=wanted)["events"][0]
        related = {item["prefect.resource.id"]: item["prefect.resource.role"] for item in event["related"]}
        assert {role: key for key, role in related.items()}["flow-run"], name
        assert {key for key, role in related.items() if role == "asset"} == set(others)
        assert event["payload"]["run_id"]


def test_a_run_at_somebodys_desk_starts_no_gold_elsewhere(rehearsal: Rehearsal, tmp_path: Path) -> None:
    """Its lake is a folder that no deployed run can see."""
    ingest = Path(__file__).parents[2] / "flows" / "ingest.py"
    done = subprocess.run(
        [sys.executable, str(ingest), "--endpoints", "games"],
        env=rehearsal.prefect.environment(CBBD_LAKE=str(tmp_path / "lake")),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    heard = {"event": {"name": ["cbbd.ingest.completed"]}, "resource": {"id": [f"cbbd.lake.{tmp_path / 'lake'}"]}}
    wait_for("its event", lambda: rehearsal.prefect.ask("/events/filter", filter=heard)["events"])
    assert len(rehearsal.prefect.runs_of("gold-daily")) == 1
    assert re.search(r"API calls made: +6\b", done.stdout)
