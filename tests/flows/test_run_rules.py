"""Rules across tables at the end of a run: told, kept in its summary, and fatal where they are errors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from quality.rules import RULES
from sandbox.atlas.config import FaultRule, SandboxConfig
from tests.flows.runs import SEASON, Cli, Finished

pytestmark = pytest.mark.xdist_group("ingest")

# One game of each window is labelled with another season: valid text, which only its own season contradicts.
MISLABELLED = FaultRule(
    action="edit", path="/games", contains="/games?", edit={"every": 100_000, "set": {"seasonLabel": "20232024"}}
)


def last_run(cli: Cli) -> dict[str, object]:
    newest = max((cli.lake / "ops" / "runs").glob("*.json"))
    return json.loads(newest.read_text())


def test_the_simulated_season_obeys_every_rule(finished: Finished) -> None:
    done = finished.cli.etl("rules", "--season", str(SEASON))
    assert done.returncode == 0, done.stdout + done.stderr
    judged = {line.split()[0] for line in done.stdout.splitlines()[1:] if line.strip()}
    on_request = {"games_of_substitutions_are_known", "games_of_team_overview_games_are_known"}
    assert judged == {rule.name for rule in RULES} - on_request


@pytest.mark.slow
def test_a_broken_rule_fails_the_run_until_the_data_is_right(cli: Cli, tmp_path: Path) -> None:
    """Trap: errors in the data were logged as info and the process exited 0. Nothing new to fetch changes nothing."""
    config = tmp_path / "sandbox.json"
    config.write_text(SandboxConfig(faults=(MISLABELLED,)).to_json())
    wrong = cli.ingest("--endpoints", "games", CBBD_SANDBOX_CONFIG=str(config))
    assert wrong.returncode == 1, wrong.stdout + wrong.stderr
    assert "rule broken:       season_label_names_both_years 2025: 6 of " in wrong.stdout
    run = last_run(cli)
    assert run["status"] == "failed"
    assert [rule["rule"] for rule in run["rules"] if not rule["passed"]] == ["season_label_names_both_years"]

    idle = cli.ingest("--endpoints", "games")
    assert (idle.returncode, "API calls made:    0" in idle.stdout) == (1, True), idle.stdout + idle.stderr
    judged = cli.etl("rules")
    assert judged.returncode == 1, judged.stderr
    assert "season_label 20232024" in judged.stdout

    healed = cli.ingest("--endpoints", "games", "--refresh")
    assert healed.returncode == 0, healed.stdout + healed.stderr


def test_rules_of_a_season_that_is_not_there(finished: Finished) -> None:
    done = finished.cli.etl("rules", "--season", "2010")
    assert done.returncode == 2
    assert f"has no season 2010; its seasons: {SEASON}" in done.stderr
