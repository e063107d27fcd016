"""One command from nothing to a validated lake, and again."""

from __future__ import annotations

import json
import re
from pathlib import Path

import polars as pl
import pytest

from quality.metrics import ALARMS
from sandbox import Sandbox
from tasks.lake.lake import Lake
from tests.flows.runs import SEASON, Cli, Finished
from tests.support.lakes import copy_lake

pytestmark = pytest.mark.xdist_group("ingest")


def last_run(cli: Cli) -> dict[str, object]:
    newest = max((cli.lake / "ops" / "runs").glob("*.json"))
    return json.loads(newest.read_text())


def test_first_run_ends_with_a_summary_that_a_newcomer_can_use(finished: Finished) -> None:
    out = finished.first.stdout
    assert "silver.fct_plays" in out
    assert "API calls made:" in out
    assert "quarantined rows:  0" in out
    assert str(finished.cli.lake) in out
    assert 'cbbd-etl query "' in out


def test_progress_of_a_piped_run_is_plain_lines(finished: Finished) -> None:
    assert f"games {SEASON}: 6 of 6 requests" in finished.first.stderr
    assert "\x1b" not in finished.first.stderr + finished.first.stdout


def test_every_table_has_as_many_rows_as_the_truth(finished: Finished, truth: Sandbox) -> None:
    """Row caps, overlapping dates and wrong windows each cost rows without a sign; counts are how they show."""
    lake = Lake.open(finished.cli.lake)
    facts = {name.removeprefix("silver.fct_"): name for name in lake.tables() if name.startswith("silver.fct_")}
    known = truth.world.row_counts(SEASON, *(facts.keys() - {"play_participants"}))
    found = {key: lake.scan(facts[key]).select(pl.len()).collect().item() for key in known}
    assert len(known) > 15
    assert found == known


def test_second_run_makes_no_call_and_changes_nothing(finished: Finished) -> None:
    before = finished.cli.raw_objects()
    again = finished.cli.ingest("--season", str(SEASON))
    assert again.returncode == 0, again.stderr
    assert "API calls made:    0" in again.stdout
    assert finished.cli.raw_objects() == before


def test_a_quiet_run_prints_nothing(cli: Cli) -> None:
    cli.size = "tiny"
    for calls in ("some", "none"):  # the second run has nothing to do, and does not start Prefect
        done = cli.ingest("--endpoints", "games", "--quiet")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), calls
    assert cli.raw_objects()


def test_rows_are_conserved_in_every_layer(finished: Finished) -> None:
    runs = [json.loads(path.read_text()) for path in (finished.cli.lake / "ops" / "runs").glob("*.json")]
    layers = [layer for run in runs for dataset in run["datasets"] for layer in dataset["layers"]]
    assert {layer["table"].partition(".")[0] for layer in layers} == {"bronze", "silver"}
    for layer in layers:
        assert layer["rows_in"] == layer["rows_out"] + layer["quarantined"] + layer["deduplicated"], layer


def test_scan_gives_a_lazy_frame_with_typed_columns(finished: Finished) -> None:
    games = Lake.open(finished.cli.lake).scan("silver.fct_games")
    assert isinstance(games, pl.LazyFrame)
    assert games.collect_schema()["start_at"] == pl.Datetime("us", "UTC")
    assert games.collect_schema()["game_date"] == pl.Date


def test_a_dry_run_prints_the_plan_and_writes_nothing(cli: Cli) -> None:
    done = cli.ingest("--dry-run")
    assert done.returncode == 0, done.stderr
    assert "~348 calls; none were made, nothing was written" in done.stdout
    assert not cli.lake.exists()
    due = {line.split()[0]: line.split()[3] for line in done.stdout.splitlines() if " 2025 " in line}
    assert (due["games"], due["rankings"], due["stats_team_shooting_season"]) == ("6", "1", "~33"), done.stdout
    assert "lineups" not in due, "a call per game has to be named"


def test_a_dry_run_on_a_finished_lake_has_nothing_to_do(finished: Finished) -> None:
    done = finished.cli.ingest("--dry-run", "--season", str(SEASON))  # the default also asks about the season before
    assert "\n0 calls;" in done.stdout


def test_a_dry_run_says_what_the_quota_leaves_after_it(finished: Finished) -> None:
    done = finished.cli.ingest("--dry-run", "--refresh", "--endpoints", "games,rankings")
    said = re.search(r"\n(\d+) calls; none were made.*\n([\d,]+) calls left this month, ([\d,]+) after", done.stdout)
    assert said is not None, done.stdout
    calls, left, after = (int(number.replace(",", "")) for number in said.groups())
    assert calls > 1
    assert after == left - calls


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--season", "1999"], "valid are 2003 to"),
        (["--source", "api"], "CBBD_API_KEY"),
    ],
)
def test_bad_input_is_one_line_code_2_and_nothing_written(cli: Cli, args: list[str], said: str) -> None:
    """As a real process; tests/unit/flows/test_bad_input.py has all cases."""
    done = cli.ingest(*args)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not cli.lake.exists()


def test_a_folder_with_other_files_is_not_taken_for_a_lake(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    (tmp_path / "lake" / "thesis.txt").write_text("mine")
    done = cli.ingest()
    assert done.returncode == 2
    assert "holds other files" in done.stderr
    assert [path.name for path in (tmp_path / "lake").iterdir()] == ["thesis.txt"]


def test_a_lake_of_the_sandbox_refuses_data_of_the_api(finished: Finished) -> None:
    done = finished.cli.ingest("--source", "api", CBBD_API_KEY="secret-key-1")
    assert done.returncode == 2
    assert "source sandbox" in done.stderr
    assert "secret-key-1" not in done.stderr + done.stdout


def test_the_summary_is_in_the_lake_with_its_parameters(finished: Finished) -> None:
    run = last_run(finished.cli)
    assert run["status"] == "completed"
    assert run["source"] == {"source": "sandbox", "seed": 2003, "size": "mini"}
    assert run["tables"]["silver.fct_games"] > 400


def test_the_run_ends_with_every_metric_that_an_alarm_reads(finished: Finished, cli: Cli) -> None:
    """An alarm on a metric that no run gives is silent for ever; one that sees no data is not."""
    cli.size = finished.cli.size
    copy_lake(finished.cli.lake, cli.lake)  # what is left to do is little: the season before
    whole = cli.ingest(CBBD_METRICS="emf")  # a run of one season says nothing about the age of the data
    (line,) = [text for text in whole.stdout.splitlines() if text.startswith('{"_aws"')]
    found = json.loads(line)
    described = {item["Name"] for item in found["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    for alarm in ALARMS.values():
        assert alarm.metric.name in described, alarm.name
        assert alarm.flow in {None, found["flow"]}
    assert (found["lake"], found["failed_runs"]) == (str(cli.lake), 0)
    assert found["rows"] > found["records"] > 0
