"""Audit and gap-fill as commands, on a lake that is whole and where there is none."""

from __future__ import annotations

import json

import pytest

from tests.flows.runs import Cli, Finished

pytestmark = [pytest.mark.xdist_group("ingest"), pytest.mark.slow]


def test_a_whole_season_passes_its_audit(finished: Finished) -> None:
    done = finished.cli.flow("audit")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "unexplained:       0" in done.stdout
    reports = finished.cli.folder / "reports"
    assert {path.name for path in reports.iterdir()} == {
        "data_audit.md", "status.json", "coverage.svg", "coverage.html",
    }  # fmt: skip
    status = json.loads((reports / "status.json").read_text())
    assert status["not_kept"] == []
    for item in status["datasets"]:
        explained = item["present"] + item["known_absent"] + item["quarantined"]
        assert item["expected"] == explained + item["unexplained"], item
    assert all(item["duplicates"] == 0 for item in status["tables"])


def test_a_whole_season_needs_no_call_to_be_filled(finished: Finished) -> None:
    done = finished.cli.flow("gap_fill", "--dry-run", "--endpoints", "games,game_teams,game_players,plays")
    assert done.returncode == 0, done.stderr
    assert "0 calls; none were made" in done.stdout


@pytest.mark.parametrize("flow", ["audit", "gap_fill"])
def test_without_a_lake_there_is_nothing_to_look_at(cli: Cli, flow: str) -> None:
    done = cli.flow(flow)
    assert done.returncode == 2
    assert "error: there is no lake at" in " ".join(done.stderr.split())
    assert not cli.lake.exists()
