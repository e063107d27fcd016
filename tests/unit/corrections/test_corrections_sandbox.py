"""ops.corrections of a simulated season whose values the source corrects: told exactly, and once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from quality.contracts.game_teams import GAME_TEAMS
from quality.contracts.games import FCT_GAMES, GAMES
from sandbox import Correction, Sandbox, SandboxConfig
from tasks.completeness.due import todo
from tasks.lake.lake import Lake
from tasks.runs.engine import Engine
from tasks.settings import Settings
from tests.support.lakes import new_lake, rows

pytestmark = pytest.mark.slow

DAY = timedelta(days=1)
OPS = "ops.corrections"
CELL = ("key", "column_name", "old", "new")
AT = datetime(2025, 6, 1, tzinfo=UTC)
KINDS = ("attendance", "assists", "start", "period_points")


def found(lake: Lake, *columns: str) -> list[Any]:
    return rows(lake, OPS, *(columns or CELL)) if OPS in lake.tables() else []


@pytest.fixture(scope="module")
def sandbox_lake(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lake, SandboxConfig]:
    """A season fetched before and after its values were corrected at the source."""
    folder = tmp_path_factory.mktemp("corrected")
    config = SandboxConfig(corrections=tuple(Correction(kind, 0.2, at=AT) for kind in KINDS))
    (folder / "sandbox.json").write_text(config.to_json())
    lake = new_lake(folder / "lake")
    for now in (AT - DAY, AT + DAY):
        ingest(lake, folder, now)
    return lake, config


def ingest(lake: Lake, folder: Path, now: datetime) -> None:
    file = Path(folder) / "sandbox.json"
    settings = Settings(_env_file=None, source="sandbox", sandbox_now=now, sandbox_config=file)
    with Engine(settings, lake) as session:
        for endpoint in (GAMES, GAME_TEAMS):
            session.fetch(todo(lake, endpoint, 2025, session.clock(), refresh=True), lambda _: None)
            assert session.build(endpoint, 2025, lambda _: None).failed == []


def served(config: SandboxConfig, now: datetime, path: str) -> list[dict[str, Any]]:
    sandbox = Sandbox(config)
    sandbox.now = now
    with sandbox.client() as client:
        months = pl.date_range(date(2024, 11, 1), date(2025, 5, 1), "15d", eager=True).to_list()
        parts = [
            client.get(path, params={"startDateRange": f"{a}T00:00:00Z", "endDateRange": f"{b}T00:00:00Z"}).json()
            for a, b in pairwise(months)
        ]
    return [row for part in parts for row in part]


def test_the_sandbox_is_corrected_exactly(sandbox_lake: tuple[Lake, SandboxConfig]):
    """Every value that the source changed is in ops.corrections, and nothing else; silver has the new ones."""
    lake, config = sandbox_lake
    fields = {"attendance": "attendance", "startDate": "start_at", "homePeriodPoints": "home_period_points"}
    before, after = ({row["id"]: row for row in served(config, AT + n * DAY, "/games")} for n in (-1, 1))
    wanted = {
        (f"game_id={n}", fields[name]) for n, row in after.items() for name in row if row[name] != before[n][name]
    }
    told = lake.scan(OPS).filter(pl.col("table_name") == FCT_GAMES.qualified).collect()
    assert len(wanted) == told.height > 200
    assert set(told.select("key", "column_name").rows()) == wanted
    silver = {row["game_id"]: row["attendance"] for row in lake.scan(FCT_GAMES.qualified).collect().to_dicts()}
    assert silver == {number: row["attendance"] for number, row in after.items()}
    boxes = [{(r["gameId"], r["teamId"]): r["teamStats"] for r in served(config, AT + n * DAY, "/games/teams")}
             for n in (-1, 1)]  # fmt: skip
    changed = {f"game_id={g} team_id={t}" for (g, t), box in boxes[1].items()
               if box["assists"] != boxes[0][g, t]["assists"]}  # fmt: skip
    assists = lake.scan(OPS).filter(pl.col("column_name") == "team_stats_assists").collect()
    assert sorted(assists["key"]) == sorted(changed)
    assert (assists["new"].cast(pl.Int64) - assists["old"].cast(pl.Int64)).unique().to_list() == [1]


def test_a_third_run_adds_nothing(sandbox_lake: tuple[Lake, SandboxConfig], tmp_path: Path):
    lake, config = sandbox_lake
    (tmp_path / "sandbox.json").write_text(config.to_json())
    before = found(lake, "table_name", *CELL, "first_seen")
    ingest(lake, tmp_path, AT + 2 * DAY)
    assert found(lake, "table_name", *CELL, "first_seen") == before
    assert min(found(lake, "last_seen")) > AT + 2 * DAY, "and they are still seen"
