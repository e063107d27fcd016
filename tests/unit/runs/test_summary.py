"""What a run did, as told afterwards: complete, adding up, and honest about how it ended."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flows.jobs.run import begin, failing
from quality.contracts.games import GAMES
from quality.validate import empty_quarantine
from tasks.errors import BadInput
from tasks.lake.lake import Lake
from tasks.layers.report import LayerReport
from tasks.parsing.drift import Drift
from tasks.requests import Request
from tasks.runs.freshness import newest_whole_ingest
from tasks.runs.history import Runs, mend_runs, read_run
from tasks.runs.resume import Resumption
from tasks.runs.summary import RUNS, DatasetSummary, RunSummary, new_run_id
from tasks.source.fetch import Outcome
from tests.support.lakes import NOON, build, keep, request_of
from tests.support.records import record

REQUEST = Request("toys", (("season", 2025),), 2025)


def run(**values: Any) -> RunSummary:
    usual: dict[str, Any] = {
        "run_id": "r1",
        "flow": "ingest",
        "started_at": NOON,
        "lake": "lake",
        "source": {"source": "sandbox"},
        "parameters": {},
    }
    return RunSummary(**usual | values)


@pytest.fixture(scope="module")
def gone() -> int:
    """Id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def dataset(*outcomes: Outcome) -> DatasetSummary:
    made = DatasetSummary(dataset="toys", season=2025, expected=9, due=len(outcomes))
    made.add(list(outcomes))
    return made


def test_outcomes_add_up():
    done = dataset(
        Outcome(REQUEST, "kept", records=70, bytes=700, calls=1),
        Outcome(REQUEST, "kept", records=0, bytes=2, calls=3),
        Outcome(REQUEST, "failed", calls=5, error="HTTP 500"),
        Outcome(REQUEST, "failed", calls=1),
        Outcome(REQUEST, "not_available", calls=1, error="needs tier 2"),
        Outcome(REQUEST, "not_asked"),
    )
    assert (done.calls, done.records, done.bytes, done.kept, done.empty, done.not_asked) == (11, 70, 702, 2, 1, 1)
    assert done.not_available == "needs tier 2"
    assert [(key.dataset, key.season, key.key, key.error) for key in done.failed] == [
        ("toys", 2025, "season=2025", "HTTP 500"),
        ("toys", 2025, "season=2025", "unknown"),
    ]


def test_each_layer_is_conserved_in_the_summary(lake: Lake):
    """Rows in = rows out + quarantined + deduplicated, per partition and layer, as recorded."""
    games = [record(GAMES.record, number) for number in range(30)]
    keep(lake, request_of(GAMES, 2025), [*games, games[0], games[1] | {"homePoints": 99}, games[2] | {"id": "x"}])
    done = build(lake, GAMES)
    summary = DatasetSummary(dataset="games", season=2025)
    summary.take(done.reports, done.failed)
    layers = {layer.table: layer for layer in summary.layers}
    assert [layer.rows_in for layer in summary.layers] == [33, 32]
    assert [layer.rows_out for layer in summary.layers] == [32, 30]
    for layer in summary.layers:
        assert layer.rows_in == layer.rows_out + layer.quarantined + layer.deduplicated
        assert sum(layer.by_rule.values()) == layer.quarantined
    assert layers["bronze.games"].by_rule == {"type change": 1}
    assert (layers["silver.fct_games"].by_rule, layers["silver.fct_games"].deduplicated) == ({"unique": 1}, 1)
    assert run(datasets=[summary]).quarantined == 2


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Outcome(REQUEST, "kept", records=1), "completed"),
        (Outcome(REQUEST, "kept"), "completed"),
        (Outcome(REQUEST, "not_available", error="tier"), "completed"),
        (Outcome(REQUEST, "not_asked"), "stopped"),
        (Outcome(REQUEST, "failed", error="HTTP 500"), "failed"),
    ],
)
def test_the_end_of_a_run_says_what_it_amounts_to(outcome: Outcome, status: str):
    """Trap: errors were logged as info, and the run ended well."""
    finished = run(datasets=[dataset(Outcome(REQUEST, "kept", records=1)), dataset(outcome)])
    finished.finish(NOON + timedelta(hours=1))
    assert (finished.status, finished.finished_at) == (status, NOON + timedelta(hours=1))


def test_a_failure_weighs_more_than_a_stop():
    both = dataset(Outcome(REQUEST, "not_asked"), Outcome(REQUEST, "failed", error="x"))
    finished = run(datasets=[both])
    finished.finish(NOON)
    assert finished.status == "failed"


def test_a_partition_that_could_not_be_built_fails_the_run():
    broken = dataset(Outcome(REQUEST, "kept", records=1))
    broken.take([], [("silver.fct_toys season=2025", "2 of 10 rows break the contract")])
    finished = run(datasets=[broken])
    finished.finish(NOON)
    assert (finished.status, [key.key for key in finished.failed]) == ("failed", ["silver.fct_toys season=2025"])


def test_an_interrupted_run_stays_interrupted():
    finished = run(status="interrupted", datasets=[dataset(Outcome(REQUEST, "kept"))])
    finished.finish(NOON)
    assert finished.status == "interrupted"


def test_drift_is_reported_once_per_table():
    reports = []
    for month in ("01", "02"):
        report = LayerReport("bronze.toys", f"season=2025/month=2025-{month}")
        report.add_drift(
            [Drift("new column", "logo", None, 0), Drift("missing column", "size", None, 3, "freeze", "b")]
        )
        report.add_drift([Drift("new column", "logo", "x", 2, raw_object=month), Drift("new column", "logo", "y", 5)])
        reports.append(report)
    assert [(item.value, item.count, item.raw_object) for item in reports[1].drift] == [("x", 7, "02"), (None, 3, "b")]
    summary = DatasetSummary(dataset="toys", season=2025)
    summary.take(reports, [])
    assert run(datasets=[summary]).drift == [
        "bronze.toys: new column logo: 14 kept in unknown_fields, the first x in raw/01",
        "bronze.toys: missing column size: 6 not published in raw/b",
    ]


def test_drift_of_earlier_versions_stops_no_run(lake: Lake):
    """Trap: every start reads the summaries of all runs before, those with lines of text for drift too."""
    old = dataset()
    old.take([LayerReport("bronze.toys", "all")], [])
    value = run(run_id="old", status="completed", datasets=[old]).model_dump(mode="json")
    value["datasets"][0]["layers"][0]["drift"] = ["new column logo: x"]
    lake.write_json(f"{RUNS}/old.json", value)
    assert Runs.of(lake).mark_unfinished(lake) == []


def test_a_summary_survives_the_lake(lake: Lake):
    saved = run(datasets=[dataset(Outcome(REQUEST, "failed", error="x"))], tables={"silver.fct_games": 7})
    saved.finish(NOON)
    saved.save(lake)
    assert RunSummary.model_validate(lake.read_json(f"{RUNS}/r1.json")) == saved


def test_a_killed_run_is_reported_once(lake: Lake, gone: int):
    """A run that a `kill -9` ended could not say so itself; the next one does, and only that."""
    run(run_id="killed", pid=gone).save(lake)
    run(run_id="alive", pid=os.getppid()).save(lake)
    run(run_id="elsewhere", pid=gone, host="another-host").save(lake)
    run(run_id="done", pid=gone, status="completed").save(lake)
    assert [item.run_id for item in Runs.of(lake).mark_unfinished(lake)] == ["killed"]
    assert Runs.of(lake).mark_unfinished(lake) == []
    statuses = {
        name: lake.read_json(f"{RUNS}/{name}.json")["status"] for name in ("killed", "alive", "elsewhere", "done")
    }  # type: ignore[index]
    assert statuses == {"killed": "interrupted", "alive": "running", "elsewhere": "running", "done": "completed"}


def test_a_killed_run_that_nobody_waited_for_is_reported(lake: Lake):
    """Trap: in a container without an init process, a killed run keeps its process id, and looked alive for ever."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        run(run_id="killed", pid=process.pid).save(lake)
        assert Runs.of(lake).mark_unfinished(lake) == []
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert [item.run_id for item in Runs.of(lake).mark_unfinished(lake)] == ["killed"]


def test_a_panic_of_polars_fails_its_step_alone(lake: Lake):
    """Trap: it is no Exception, so it ended the run and everything after it."""
    going = run()
    with failing(going, lake, "rules"):
        raise pl.exceptions.PanicException("index out of bounds")
    (failed,) = going.datasets[-1].failed
    assert (going.datasets[-1].dataset, "index out of bounds" in failed.error) == ("rules", True)


def test_the_own_process_id_belongs_to_an_earlier_run(lake: Lake):
    """In containers every run has the same process id; a running summary under ours is of one before."""
    run(run_id="before", pid=os.getpid()).save(lake)
    assert [item.run_id for item in Runs.of(lake).mark_unfinished(lake)] == ["before"]


def test_run_ids_sort_by_time_and_differ():
    ids = [new_run_id(NOON), new_run_id(NOON), new_run_id(NOON + timedelta(seconds=1))]
    assert len(set(ids)) == 3
    assert max(ids) == ids[2]
    assert new_run_id(datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)).startswith("20250102T030405Z-")


def test_rejects_beyond_what_is_kept_are_counted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tasks.layers.report.KEPT_REJECTS", 3)
    report = LayerReport("bronze.toys", "all")
    two = pl.DataFrame([{"rule": "type"}] * 2, schema=empty_quarantine().schema)
    for _ in range(4):
        report.reject(two)
    assert (report.rows_in, report.quarantined, report.rejects.height) == (8, 8, 3)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"run_id": "old", "flow": "ingest"}', b"\xff\xfe"])
def test_l2_a_summary_that_cannot_be_read_ends_no_run(lake: Lake, content: bytes):
    """Traps: zero bytes after a power cut; the fields of another release."""
    path = f"{RUNS}/20250101T000000Z-abcd.json"
    lake.write_json(path, {})
    (Path(lake.location) / path).write_bytes(content)
    begun = begin(lake, "ingest", NOON, {})
    is_old = content.startswith(b'{"run_id"')
    assert [path in note and "`cbbd-etl rebuild`" in note for note in begun.notes] == ([] if is_old else [True])
    assert [item.run_id for item in Runs.of(lake).mark_unfinished(lake)] == [begun.run_id]
    assert newest_whole_ingest(lake) is None
    with pytest.raises(BadInput, match="no run"):
        Resumption.of(lake, "20250101T000000Z-abcd")
    if not is_old:
        assert mend_runs(lake) == [path]
        mended = read_run(lake, path)
        assert mended is not None
        assert (mended.status, mended.started_at.year) == ("interrupted", 2025)
