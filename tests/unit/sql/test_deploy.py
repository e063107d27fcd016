"""Views in Athena, as moto has it, and in `cbbd-etl query` on a lake in a folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from flows.commands.cli import main
from quality.dataset import registry
from quality.validate import check
from tasks.errors import BadInput, LakeUnavailable
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake
from tasks.sql import views as deployment
from tasks.sql.query import query
from tasks.sql.views import deploy, views
from tests.support.contract_rows import frame


@pytest.fixture
def athena(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setattr(deployment, "POLL_SECONDS", 0)
    with mock_aws():
        yield boto3.client("athena", region_name="us-east-1")


def executions(athena: Any) -> list[dict[str, Any]]:
    names = athena.list_query_executions()["QueryExecutionIds"]
    return [athena.get_query_execution(QueryExecutionId=name)["QueryExecution"] for name in names]


def test_deploy_creates_every_view_in_the_gold_database(
    athena: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CBBD_DATABASE_PREFIX", "team_a_")
    assert main(["views", "deploy", "--output", "s3://results/views"]) == 0
    asked = executions(athena)
    assert sorted(item["Query"] for item in asked) == sorted(item.athena("team_a_") for item in views().values())
    assert {item["QueryExecutionContext"]["Database"] for item in asked} == {"team_a_gold"}
    assert {item["StatementType"] for item in asked} == {"DDL"}, "a comment in front would hide what it is"
    assert all(item["ResultConfiguration"]["OutputLocation"].startswith("s3://results/views/") for item in asked)
    assert capsys.readouterr().out == f"created in team_a_gold: {', '.join(views())}\n"


def test_a_dry_run_prints_and_asks_nothing(athena: Any, capsys: pytest.CaptureFixture[str]):
    assert main(["views", "deploy", "v_market_report", "--dry-run"]) == 0
    assert capsys.readouterr().out == views()["v_market_report"].athena("cbbd_") + ";\n"
    assert executions(athena) == []


def test_an_unknown_view_is_refused_before_any_is_created(athena: Any, capsys: pytest.CaptureFixture[str]):
    assert main(["views", "deploy", "v_market_report", "v_nothing"]) == 2
    assert "there is no view v_nothing; there are: v_conference_race" in capsys.readouterr().err
    assert executions(athena) == []


def test_what_athena_refuses_is_reported(athena: Any, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(LakeUnavailable, match=r"WorkGroup does not exist.*check\s+credentials, region, --workgroup"):
        deploy(["v_market_report"], "cbbd_", "nobody's")

    class Refusing:
        """moto's Athena runs nothing, so it never fails."""

        def start_query_execution(self, **_: object) -> dict[str, str]:
            return {"QueryExecutionId": "1"}

        def get_query_execution(self, **_: object) -> dict[str, Any]:
            return {"QueryExecution": {"Status": {"State": "FAILED", "StateChangeReason": "line 6: no such table"}}}

    monkeypatch.setattr(deployment, "_client", Refusing)
    with pytest.raises(LakeUnavailable, match="did not create v_market_report: FAILED, line 6: no such table"):
        deploy(["v_market_report"], "cbbd_", "primary")


def test_list_and_show(capsys: pytest.CaptureFixture[str]):
    assert main(["views", "list"]) == 0
    assert all(name in capsys.readouterr().out for name in ["v_team_dashboard"])
    assert main(["views", "show", "v_game_predictions", "--dialect", "duckdb"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("-- What did we expect of a game")
    assert '"gold"."game_predictions"' in shown


def publish(lake: Lake, name: str, *rows: dict[str, Any]) -> None:
    table = registry().tables[name]
    with lake.replace(table, PartitionKey(2025), "x") as out:
        out.add(check(frame(name, *rows), table))


def test_query_knows_the_views_when_their_tables_are_there(lake: Lake, tmp_path: Path):
    game = {"season": 2025, "game_id": 1}
    publish(lake, "gold.game_predictions", game | {"predicted_home_margin": 9.0})
    with pytest.raises(BadInput, match=r"v_market_report needs gold.market_lines_analysis, which .* flows/gold.py"):
        query(lake, "select * from v_market_report")
    line = game | {"provider": "one", "spread_close": -4.0, "cover_margin": 6.0, "home_spread_result": "won"}
    publish(lake, "gold.market_lines_analysis", line)
    for name in (
        "v_market_report",
        "gold.v_market_report",
        'V_MARKET_REPORT r join gold."market_lines_analysis" m using (season)',
    ):
        assert query(lake, f"select spread_error, model_margin_error from {name}").rows() == [(6.0, 1.0)]
