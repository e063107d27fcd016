"""The summary of a run in Prefect's UI: duration, counts, reasons of quarantine, and no path of the worker."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.run_page.assets import asset
from flows.terminal.summary_page import markdown, place
from quality.contracts.gold_teams import TEAM_POWER_RANKINGS
from quality.validate import check
from tasks.gold.top import top_teams
from tasks.lake.lake import Lake
from tasks.runs.summary import DatasetSummary, LayerSummary, RunSummary
from tests.support.contract_rows import DAY, frame
from tests.support.lakes import NOON
from tests.support.tables import S2025, replace


def layer(**values: Any) -> LayerSummary:
    usual: dict[str, Any] = {
        "table": "silver.fct_games",
        "partition": "season=2025",
        "rows_in": 1_100,
        "rows_out": 1_090,
        "quarantined": 10,
        "deduplicated": 0,
        "by_rule": {},
        "drift": [],
    }
    return LayerSummary(**usual | values)


def run_of(lake: str, *layers: LayerSummary, **values: Any) -> RunSummary:
    done = DatasetSummary(dataset="games", season=2025, calls=34, records=1_100, layers=[*layers])
    usual: dict[str, Any] = {
        "run_id": "20250601T120000Z-0001",
        "flow": "ingest",
        "status": "completed",
        "started_at": NOON,
        "finished_at": NOON + timedelta(seconds=91),
        "lake": lake,
        "source": {"source": "sandbox"},
        "parameters": {},
        "datasets": [done],
        "remaining_calls": 2_966,
        "tables": {"silver.fct_games": 1_090},
    }
    return RunSummary(**usual | values)


def test_the_page_has_duration_rows_calls_quota_and_corrections() -> None:
    page = markdown(run_of("s3://lakes/lake", layer(changed=12, removed=3)))
    for fact in (
        "| duration | 91 seconds |",
        "| calls | 34, 2,966 left this month |",
        "| rows published | 1,090 |",
        "| corrections | 12 rows changed, 3 removed |",
        "| lake | s3://lakes/lake (sandbox) |",
        "| silver.fct_games | 1,090 |",
    ):
        assert fact in page


def test_quarantined_rows_have_their_reasons_the_most_frequent_first() -> None:
    page = markdown(run_of("s3://lakes/lake", layer(by_rule={"key": 2, "bounds": 7}), layer(by_rule={"key": 1})))
    assert "| quarantined | 20, see ops.quarantine |" in page
    rows = [line for line in page.splitlines() if line.startswith("| silver.fct_games | ") and line.count("|") == 4]
    assert rows == ["| silver.fct_games | bounds | 7 |", "| silver.fct_games | key | 3 |"]


def test_a_run_that_rejects_nothing_has_no_table_of_reasons() -> None:
    assert "quarantined in" not in markdown(run_of("s3://lakes/lake", layer(quarantined=0)))


def test_no_path_of_the_worker_is_on_the_page(tmp_path: Path) -> None:
    """Trap: the command of the worker's environment and the folder of its lake mean nothing to who reads the page."""
    lake = tmp_path / "lake"
    notes = [
        f"not readable:      {lake}/ops/runs/x.json",
        f"trace in {Path.home()}/traces/a.txt",
        f"{sys.prefix}/bin/x",
    ]
    page = markdown(run_of(str(lake), layer(), notes=notes))
    assert "not readable:      lake/ops/runs/x.json" in page
    assert "trace in a.txt" in page
    for path in (str(tmp_path), str(Path.home()), sys.prefix):
        assert f"{path}/" not in page


@pytest.mark.parametrize(("lake", "shown"), [("/data/my/lake", "lake"), ("s3://bucket/a/lake/", "s3://bucket/a/lake")])
def test_a_lake_is_named_without_its_folder(lake: str, shown: str) -> None:
    assert place(lake) == shown


def test_the_best_teams_are_those_of_the_newest_morning(lake: Lake) -> None:
    mornings = {1: (date(2025, 1, 1), "Old", 1, 30.0), 2: (DAY, "Second", 2, 21.456), 3: (DAY, "First", 1, 25.0)}
    mornings[4] = (DAY, "Third", 3, 20.0)
    rows = [
        {"season": 2025, "team_id": team, "as_of_date": day, "team": name, "power_rank": rank, "net": net}
        for team, (day, name, rank, net) in mornings.items()
    ]
    made = check(frame(TEAM_POWER_RANKINGS.qualified, *rows), TEAM_POWER_RANKINGS)
    replace(lake, S2025, made, table=TEAM_POWER_RANKINGS)
    best = top_teams(lake, 2025, 2)
    assert [(row["rank"], row["team"], row["net"]) for row in best] == [(1, "First", 25.0), (2, "Second", 21.46)]
    assert {row["morning"] for row in best} == {str(DAY)}


def test_without_rankings_there_are_no_best_teams(lake: Lake) -> None:
    assert top_teams(lake, 2025) == []


@pytest.mark.parametrize(
    ("lake", "key"),
    [
        ("/home/u/my lake (2)", "cbbd://my-lake-2-/silver/fct_games"),
        ("/srv/Körbe & mehr", "cbbd://Körbe-mehr/silver/fct_games"),
        ("s3://bucket/a/lake", "cbbd://bucket/a/lake/silver/fct_games"),
    ],
)
def test_a_lake_with_a_space_in_its_path_has_assets(lake: str, key: str) -> None:
    """Trap: Prefect refused the key, and a run failed after all of its work was done."""
    assert asset(lake, "silver.fct_games").key == key
