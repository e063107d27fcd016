"""Metrics of runs: lines that CloudWatch takes, one at each end of a flow, and alarms that people can act on."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prefect import Flow
from prefect.exceptions import ParameterTypeError

from flows.audit import audit
from flows.backfill import backfill, backfill_season
from flows.commands.cli import PANELS
from flows.export import export
from flows.gap_fill import gap_fill
from flows.gold import gold
from flows.ingest import ingest
from flows.jobs.audit import AuditParameters
from flows.jobs.backfill import BackfillParameters, BackfillSeasonParameters
from flows.jobs.export import ExportParameters
from flows.jobs.gap_fill import GapFillParameters
from flows.jobs.gold import GoldParameters
from flows.jobs.ingest import IngestParameters
from flows.jobs.job import Parameters
from flows.jobs.maintenance import MaintenanceParameters
from flows.jobs.replay import ReplayParameters
from flows.jobs.report import ReportParameters
from flows.jobs.run import begin, finish
from flows.maintenance import maintenance
from flows.prefect_ import metrics as giving
from flows.prefect_.metrics import measured
from flows.replay import replay
from flows.report import report
from quality.metrics import ALARMS, BUDGET, METRICS, QUEUE_ALARMS, Alarm, line
from tasks.errors import BadInput
from tasks.lake.lake import Lake
from tasks.runs.freshness import newest_whole_ingest
from tasks.runs.summary import DatasetSummary, RunSummary
from tasks.settings import Settings

ROOT = Path(__file__).parents[3]
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()
NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
# What the specification of the embedded metric format calls valid, as far as our lines can break it.
CLOUDWATCH_UNITS = {"Seconds", "Count", "Bytes", "Percent", "None"}


@pytest.fixture(autouse=True)
def emf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CBBD_METRICS", "emf")
    monkeypatch.setenv("CBBD_LAKE", "s3://bucket/lake")


def assert_valid(found: dict[str, Any]) -> None:
    """A line is one object; the metrics and dimensions that it describes are its members, as numbers and texts."""
    assert isinstance(found["_aws"]["Timestamp"], int)
    (directive,) = found["_aws"]["CloudWatchMetrics"]
    assert directive.keys() == {"Namespace", "Dimensions", "Metrics"}
    assert 0 < len(directive["Metrics"]) <= 100
    for metric in directive["Metrics"]:
        assert metric["Unit"] in CLOUDWATCH_UNITS
        value = found[metric["Name"]]
        assert isinstance(value, int | float)
        assert not isinstance(value, bool)
    for names in directive["Dimensions"]:
        assert 0 < len(names) <= 30
        assert all(isinstance(found[name], str) and found[name] for name in names)


def given(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """The lines that were written, each valid."""
    found = [json.loads(text) for text in capsys.readouterr().out.splitlines() if text.startswith('{"_aws"')]
    for one in found:
        assert_valid(one)
    return found


def test_a_line_is_what_cloudwatch_takes():
    text = line({"runs": 1, "duration_seconds": 2.5}, {"lake": "s3://b/l", "flow": "ingest"}, {"run_id": "x"}, NOW)
    assert "\n" not in text
    found = json.loads(text)
    assert_valid(found)
    assert found["_aws"]["Timestamp"] == 1_740_830_400_000
    assert found["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["lake"], ["lake", "flow"]]
    with pytest.raises(KeyError, match="run_count"):
        line({"run_count": 1}, {}, {}, NOW)


# -- the end of a flow ------------------------------------------------------------------------------------------------


def do(lake: Lake, *, status: str = "completed", **parameters: Any) -> RunSummary:
    """A run with something to count."""
    run = begin(lake, "ingest", NOW, parameters)
    run.datasets.append(DatasetSummary(dataset="games", season=2025, calls=7, records=300))
    if status == "failed":
        run.datasets[0].fail("day=1", "HTTP 500")
    finish(run, lake, now=NOW + timedelta(minutes=5))
    return run


def test_a_run_gives_its_numbers_once(lake: Lake, capsys: pytest.CaptureFixture[str]):
    @measured()
    def ingest() -> RunSummary:
        return do(lake)

    run = ingest()
    (found,) = given(capsys)
    assert (found["lake"], found["flow"], found["run_id"]) == (lake.location, "ingest", run.run_id)
    assert (found["runs"], found["failed_runs"], found["calls"], found["records"]) == (1, 0, 7, 300)
    assert found["freshness_seconds"] == 300
    assert "calls_left" not in found, "nothing is known of them, which is not 0"


def test_a_run_that_cannot_start_is_a_failed_run_of_the_lake_it_was_for(capsys: pytest.CaptureFixture[str]):
    """Without it, an environment without a key would be silent."""

    @measured()
    def gap_fill(**_: object) -> RunSummary | None:
        raise BadInput("no key")

    for lake in ({}, {"lake": "s3://other/lake/"}):
        with pytest.raises(BadInput):
            gap_fill(**lake)
    first, second = given(capsys)
    assert (first["flow"], first["failed_runs"], first["lake"]) == ("gap-fill", 1, "s3://bucket/lake")
    assert second["lake"] == "s3://other/lake", "an alarm knows the lake without a slash at its end"


def test_a_run_that_breaks_off_gives_its_numbers_and_is_marked(lake: Lake, capsys: pytest.CaptureFixture[str]):
    def end(error: BaseException) -> None:
        @measured()
        def ingest() -> RunSummary:
            do(lake, status="failed")
            raise error

        with pytest.raises(type(error)):
            ingest()

    end(RuntimeError("broken"))
    end(KeyboardInterrupt())
    failed, interrupted = given(capsys)
    assert (failed["failed_runs"], failed["interrupted_runs"], failed["failed_keys"]) == (1, 0, 1)
    assert (interrupted["failed_runs"], interrupted["interrupted_runs"], interrupted["calls"]) == (0, 1, 7)


@pytest.mark.parametrize(
    ("run", "parameters"),
    [
        (audit, AuditParameters),
        (backfill, BackfillParameters),
        (backfill_season, BackfillSeasonParameters),
        (export, ExportParameters),
        (gap_fill, GapFillParameters),
        (gold, GoldParameters),
        (ingest, IngestParameters),
        (maintenance, MaintenanceParameters),
        (replay, ReplayParameters),
        (report, ReportParameters),
    ],
    ids=lambda item: item.name if isinstance(item, Flow) else "",
)
def test_prefect_sees_the_parameters_of_the_model(run: Flow[..., Any], parameters: type[Parameters]):
    """One model makes options and form: a parameter, default or description that one of them lacks is a second list."""
    properties = run.parameters.properties
    assert {name: item.get("default") for name, item in properties.items()} == {
        name: None if info.is_required() else info.default for name, info in parameters.model_fields.items()
    }
    assert {name: item["description"].rstrip(".") for name, item in properties.items()} == {
        name: info.description for name, info in parameters.model_fields.items()
    }
    given = {"season": "2025"} if "season" in properties else {}
    assert run.validate_parameters(given).keys() <= properties.keys()
    with pytest.raises(ParameterTypeError):
        run.validate_parameters(given | {"lake": 7})


def test_a_dry_run_and_a_laptop_give_nothing(lake: Lake, capsys: pytest.CaptureFixture[str], monkeypatch: Any):
    @measured()
    def gold(*, dry_run: bool) -> RunSummary | None:
        return None if dry_run else do(lake)

    gold(dry_run=True)
    monkeypatch.delenv("CBBD_METRICS")
    gold(dry_run=False)
    assert given(capsys) == []


def test_a_run_of_runs_counts_no_work_twice(lake: Lake, capsys: pytest.CaptureFixture[str]):
    @measured()
    def part() -> RunSummary:
        return do(lake)

    @measured(by_parts=True)
    def backfill() -> RunSummary:
        run = begin(lake, "backfill", NOW, {})
        run.datasets += part().datasets
        finish(run, lake, now=NOW)
        return run

    whole = backfill()
    first, second = given(capsys)
    assert (first["flow"], first["calls"]) == ("part", 7)
    assert (second["flow"], second["run_id"], second["runs"]) == ("backfill", whole.run_id, 1)
    assert "calls" not in second


def test_a_lake_that_cannot_be_read_at_the_end_costs_one_metric_and_not_the_run(
    lake: Lake, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    def broken(_: Lake) -> datetime:
        raise BadInput("gone")

    monkeypatch.setattr(giving, "newest_whole_ingest", broken)
    assert measured(flow="ingest")(lambda: do(lake))().status == "completed"
    (found,) = given(capsys)
    assert "freshness_seconds" not in found
    assert found["failed_runs"] == 0


@pytest.mark.parametrize("narrow", [{"season": 2015}, {"endpoints": ["games"]}, {"since": "2025-01-01"}])
def test_only_an_ingest_of_everything_without_a_rest_makes_data_fresh(lake: Lake, narrow: dict[str, Any]):
    assert newest_whole_ingest(lake) is None
    whole = do(lake)
    do(lake, status="failed")
    do(lake, **narrow)
    assert newest_whole_ingest(lake) == whole.started_at


# -- alarms and the runbook -------------------------------------------------------------------------------------------


def test_every_alarm_has_a_section_and_every_section_an_alarm():
    sections = re.findall(r"^## (.+)$", RUNBOOK, re.MULTILINE)
    assert sections == [*ALARMS, BUDGET, *QUEUE_ALARMS]
    for text in re.split(r"^## .+$", RUNBOOK, flags=re.MULTILINE)[1:]:
        assert [word for word in ("What it means.", "How to look.", "What to do.") if f"**{word}**" not in text] == []


def test_commands_of_the_runbook_exist():
    """Trap: a runbook that names a command which is gone."""
    known = {name for commands in PANELS.values() for name in commands}
    named = set(re.findall(r"cbbd-etl ([a-z][a-z-]*)", RUNBOOK))
    assert named
    assert named <= known


@pytest.mark.parametrize("alarm", ALARMS.values(), ids=lambda alarm: alarm.name)
def test_an_alarm_can_go_off_and_cloudwatch_takes_it(alarm: Alarm):
    assert METRICS[alarm.metric.name] is alarm.metric
    assert alarm.hours * alarm.periods <= 24 * 7, "CloudWatch looks back for a week at most"


def test_the_quota_alarm_goes_off_where_backfills_stop():
    assert ALARMS["quota-low"].threshold == Settings.model_fields["quota_reserve"].default
