"""H: the API fails, as it is seen from a whole run. What the client does about each answer is in tests/unit too."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from quality.dataset import registry
from sandbox import FaultRule
from tasks.layers.sources import sources
from tasks.runs.summary import RunSummary
from tests.faults.drive import drive
from tests.faults.invariants import Hashes, column, conserved, converged, hashes, no_duplicates, recovered, reported
from tests.faults.scene import GAMES, KEY, PLAYED, TWO_DAYS, Api, Scene

GAMES_ONLY = registry().endpoints["games"]


def layer(run: RunSummary, table: str) -> dict[str, int]:
    """Counts of one table's build."""
    (found,) = [item for dataset in run.datasets for item in dataset.layers if item.table == table]
    return found.model_dump(include={"rows_in", "rows_out", "quarantined", "deduplicated"})


def test_h1_connection_refused_is_retried_and_the_next_run_resumes(scene: Scene, games: tuple[Hashes, int], api: Api):
    """Nothing listens, then something does, on the same port."""
    scene.api = Api(api.sandbox)
    run = scene.ingest(**GAMES)
    assert run.status == "failed"
    assert {key.error.partition(": ")[2].partition(",")[0] for key in run.failed} == {"ConnectError"}
    assert run.calls == 5 * len(run.failed), "five attempts each"
    scene.api.start()
    recovered(scene, games[0], **GAMES)
    assert len(scene.api.calls) == games[1]
    scene.api.stop()


def test_h1_a_connection_that_is_closed_at_once_is_retried(scene: Scene, games: tuple[Hashes, int]):
    scene.api.script(FaultRule("disconnect", calls=(1, 2, 4)))
    recovered(scene, games[0], **GAMES)
    assert len(scene.api.calls) == games[1] + 3


def test_h1_an_api_that_is_down_ends_the_run_after_ten_requests_in_a_row(scene: Scene, played: tuple[Hashes, int]):
    """Trap: hours of attempts for thousands of requests that all fail."""
    scene.api.script(FaultRule("status", status=503))
    run = drive(replace(scene.job(**PLAYED), seasons=[2025, 2024]))
    assert run.status == "failed"
    assert 10 <= len(run.failed) <= 12
    assert "failed 10 requests in a row" in (run.stopped_because or "")
    assert run.not_asked > 0
    scene.api.script()
    recovered(scene, played[0], **PLAYED)


def test_h2_a_read_time_out_in_mid_body_is_retried(scene: Scene, games: tuple[Hashes, int]):
    scene.extra = {"CBBD_READ_TIMEOUT_SECONDS": "2"}
    scene.api.script(FaultRule("drip", calls=(2,), seconds=10.0), FaultRule("truncate", calls=(3,)))
    recovered(scene, games[0], **GAMES)
    assert len(scene.api.calls) == games[1] + 2


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_h3_a_burst_shorter_than_the_attempts_costs_only_calls(scene: Scene, games: tuple[Hashes, int], status: int):
    scene.extra = {"CBBD_MAX_ATTEMPTS": "3"}
    window = {"startDateRange": "2024-12-01T00:00:00.000Z"}
    scene.api.script(FaultRule("status", params=window, calls=(1, 2), status=status))
    recovered(scene, games[0], **GAMES)
    assert len(scene.api.calls) == games[1] + 2


def test_h3_a_burst_of_all_attempts_fails_only_its_request(scene: Scene, games: tuple[Hashes, int]):
    scene.extra = {"CBBD_MAX_ATTEMPTS": "3"}
    scene.api.script(FaultRule("status", params={"startDateRange": "2024-12-01T00:00:00.000Z"}, status=500))
    run = scene.ingest(**GAMES)
    (failed,) = run.failed
    assert "HTTP 500" in failed.error
    assert "Gave up after 3 attempts" in failed.error
    assert Counter(scene.api.calls)["/games 2024-12-01"] == 3
    assert run.datasets[0].kept == games[1] - 1
    scene.api.script()
    recovered(scene, games[0], **GAMES)
    assert len(scene.api.calls) == 1


@pytest.mark.parametrize("asked", ["1", "0", "Thu, 01 Jan 1970 00:00:00 GMT", None, "-5"])
def test_h4_a_rate_limit_is_survived_whatever_retry_after_says(
    scene: Scene, games: tuple[Hashes, int], asked: str | None
):
    """How long is waited is shown on virtual time in tests/unit/source/test_client_faults.py."""
    headers = {} if asked is None else {"retry-after": asked}
    scene.api.script(FaultRule("status", calls=(2,), status=429, headers=headers, body="slow down"))
    recovered(scene, games[0], **GAMES)
    assert len(scene.api.calls) == games[1] + 1


def test_h5_a_spent_quota_is_a_clean_stop_and_the_next_run_continues(scene: Scene, played: tuple[Hashes, int]):
    scene.extra = {"CBBD_IN_FLIGHT": "1"}
    scene.api.script(quota=4)
    run = scene.ingest(**PLAYED)
    assert (run.status, run.failed, run.remaining_calls) == ("stopped", [], 0)
    assert "the run continues there" in (run.stopped_because or "")
    assert len(scene.api.calls) == 5, "four answers and the one that says so"
    reported(scene.lake)
    scene.api.script()
    recovered(scene, played[0], **PLAYED)
    assert len(scene.api.calls) == played[1] - 4


@pytest.mark.parametrize("status", [401, 403])
def test_h6_a_refused_key_costs_one_call_in_total(scene: Scene, status: int):
    scene.api.script(FaultRule("status", status=status, body='{"message":"Unauthorized"}'))
    run = scene.ingest(**PLAYED)
    assert run.status == "failed"
    assert len(scene.api.calls) == 1
    assert "Check the API key" in run.failed[0].error


@pytest.mark.parametrize("status", [400, 404])
def test_h7_one_bad_request_fails_permanently_and_the_rest_completes(
    scene: Scene, games: tuple[Hashes, int], status: int
):
    scene.api.script(FaultRule("status", params={"startDateRange": "2024-12-01T00:00:00.000Z"}, status=status))
    run = scene.ingest(**GAMES)
    assert [key.dataset for key in run.failed] == ["games"]
    assert Counter(scene.api.calls)["/games 2024-12-01"] == 1
    assert run.datasets[0].kept == games[1] - 1
    scene.api.script()
    recovered(scene, games[0], **GAMES)


BAD_BODIES = {
    "html": FaultRule("html", calls=(2, 3)),
    "truncated": FaultRule("body", calls=(2, 3), body='[{"id": 1, "seas'),
    "empty": FaultRule("empty", calls=(2, 3)),
    "content type": FaultRule("content_type", calls=(2, 3)),
}


@pytest.mark.parametrize("kind", BAD_BODIES)
def test_h8_a_bad_body_is_retried_once_then_stored_as_rejected(scene: Scene, games: tuple[Hashes, int], kind: str):
    scene.extra = {"CBBD_IN_FLIGHT": "1"}
    scene.api.script(BAD_BODIES[kind])
    run = scene.ingest(**GAMES)
    assert (run.status, len(run.failed)) == ("failed", 1)
    assert len(scene.api.calls) == games[1] + 1
    raw = scene.folder / "lake/raw"
    assert len(list(raw.rglob("*.rejected.zst"))) == 1
    assert len(list(raw.rglob("*.json.zst"))) == games[1] - 1
    scene.api.script()
    recovered(scene, games[0], **GAMES)
    assert len(scene.api.calls) == 1


def test_h8_bad_bodies_remove_nothing_that_is_published(scene: Scene, games: tuple[Hashes, int]):
    """I12: a proxy's page instead of every answer, on a lake that is complete."""
    scene.ingest(**GAMES)
    scene.api.script(FaultRule("html"))
    run = scene.ingest(**GAMES, refresh=True)
    assert run.status == "failed"
    converged(scene.lake, games[0])


def test_h9_an_empty_response_is_known_absent_and_refetched_later(scene: Scene):
    """Dated by its envelope: not due the next day, due when the grace period is over."""
    rule = '{"action": "body", "path": "/games/teams", "params": {"startDateRange": "2024-08-01T00:00:00.000Z"}, '
    config = scene.folder / "sandbox.json"
    config.write_text(f'{{"faults": [{rule} "body": "[]"}}]}}')
    days = {"endpoints": "games,game_teams", "since": date(2024, 11, 10), "until": date(2024, 11, 11)}
    for name, value in {"SOURCE": "sandbox", "SANDBOX_CONFIG": str(config), "SANDBOX_NOW": "2024-12-20T12:00Z"}.items():
        scene.extra[f"CBBD_{name}"] = value
    run = scene.ingest(**days)
    boxes = next(item for item in run.datasets if item.dataset == "game_teams")
    assert (run.status, boxes.kept, boxes.empty) == ("completed", 1, 1)

    def due(now: str) -> int:
        scene.extra["CBBD_SANDBOX_NOW"] = now
        job = scene.job(endpoints="games,game_teams")
        return sum(len(item.due) for item in job.plan() if item.endpoint.name == "game_teams" and first in item.due)

    scene.extra["CBBD_SANDBOX_NOW"] = "2024-12-20T12:00Z"
    first = next(item for item in scene.job(**days).plan() if item.endpoint.name == "game_teams").expected[0]
    assert due("2024-12-21T12:00Z") == 0
    assert due("2024-12-28T12:00Z") > 0
    assert due("2025-12-28T12:00Z") == 0, "given up long after the games"


def test_h10_a_response_of_exactly_the_row_cap_is_split(scene: Scene, games: tuple[Hashes, int]):
    """The cap is set to the rows of the fullest window. Total = truth, and the cut answer is not used."""
    scene.ingest(**GAMES)
    fullest = max(item.envelope.records for item in sources(scene.lake, GAMES_ONLY, 2025))
    scene.place += "-capped"
    scene.api.script()
    run = drive(replace(scene.job(**GAMES), endpoints=[replace(GAMES_ONLY, row_cap=fullest)]))
    assert run.status == "completed", run.failed
    assert len(scene.api.calls) >= games[1] + 2
    assert hashes(scene.lake) == games[0], "no row of the cut answer, all of its halves"


def test_h11_rows_that_come_twice_are_counted_once(scene: Scene, games: tuple[Hashes, int]):
    scene.api.script(FaultRule("edit", edit={"every": 10, "repeat": 2}))
    run = scene.ingest(**GAMES)
    assert run.status == "completed", run.failed
    conserved(run)
    counts = layer(run, "silver.fct_games")
    assert counts["deduplicated"] > 0
    assert counts["rows_in"] == counts["rows_out"] + counts["deduplicated"]
    no_duplicates(scene.lake)
    assert hashes(scene.lake, ["silver"]) == {"silver.fct_games": games[0]["silver.fct_games"]}


def test_h11_a_game_in_two_windows_is_one_row(scene: Scene, games: tuple[Hashes, int]):
    """Windows that overlap, as the source's inclusive ends would make them: the answer to one is sent to another."""
    first = scene.api.sandbox.client(KEY).get(
        "/games", params={"season": 2025, "endDateRange": "2024-12-05T00:00:00.000Z"}
    )
    window = {"startDateRange": "2024-08-01T00:00:00.000Z"}
    scene.api.script(FaultRule("body", params=window, body=first.text))
    run = scene.ingest(**GAMES)
    assert run.status == "completed", run.failed
    assert layer(run, "silver.fct_games")["deduplicated"] > 0
    conserved(run)
    no_duplicates(scene.lake)
    assert hashes(scene.lake, ["silver"]) == {"silver.fct_games": games[0]["silver.fct_games"]}


# What the contract's defaults say per case: rows that stay out of 100 (None: all), and what the run says.
DRIFTS = {
    "new column": ({"set": {"mascot": "x"}}, 0, "new column mascot"),
    "missing column": ({"drop": ["attendance"]}, 0, "missing column attendance"),
    "type change": ({"every": 20, "set": {"homePoints": {"total": 1}}}, 1 / 20, None),
    "type change of decoration": ({"every": 20, "set": {"attendance": {"total": 1}}}, 0, "attendance"),
    "numeric string": ({"every": 20, "text": ["attendance"]}, 0, "attendance"),
    "null key": ({"every": 20, "set": {"id": None}}, 1 / 20, None),
    "unknown enum": ({"every": 20, "set": {"status": "rained_out"}}, 1 / 20, None),
}


@pytest.mark.parametrize("case", DRIFTS)
def test_h12_drift_is_handled_as_the_contract_says(scene: Scene, case: str):
    edit, share, said = DRIFTS[case]
    scene.api.script(FaultRule("edit", edit=edit))
    run = scene.ingest(**GAMES)
    conserved(run)
    bronze, silver = layer(run, "bronze.games"), layer(run, "silver.fct_games")
    aside = bronze["quarantined"] + silver["quarantined"]
    assert aside == pytest.approx(share * bronze["rows_in"], abs=6)
    assert run.status == "completed", run.failed
    if said:
        assert any(said in text for text in run.drift), run.drift
    if aside:
        assert column(scene, "ops.quarantine", "rule").len() == aside


def test_h12_a_drift_that_hits_every_row_blocks_and_the_old_version_stays(scene: Scene, games: tuple[Hashes, int]):
    scene.ingest(**GAMES)
    scene.api.script(FaultRule("edit", edit={"set": {"id": None}}))
    run = scene.ingest(**GAMES, refresh=True)
    assert run.status == "failed"
    assert hashes(scene.lake) == games[0]


def test_h13_revised_values_are_taken_and_the_correction_is_recorded(scene: Scene, games: tuple[Hashes, int]):
    """I9 is the gold layer's; here: the new version is served, the old value is not lost."""
    scene.api.script(FaultRule("edit", edit={"every": 50, "set": {"attendance": 7}}))
    scene.ingest(**GAMES)
    wrong = (column(scene, "silver.fct_games", "attendance") == 7).sum()
    assert wrong > 5
    scene.api.script()
    run = scene.ingest(**GAMES, refresh=True)
    assert run.status == "completed", run.failed
    assert hashes(scene.lake, ["silver"]) == {"silver.fct_games": games[0]["silver.fct_games"]}
    noted = scene.lake.scan("ops.corrections").collect()
    assert set(noted["column_name"]) == {"attendance"}
    assert set(noted["old"]) == {"7"}
    assert noted.height == wrong


def test_h13_the_same_revision_in_two_days_of_plays_is_recorded_once(scene: Scene, two_days: tuple[Hashes, int]):
    scene.ingest(**TWO_DAYS)
    again = scene.ingest(**TWO_DAYS, refresh=True)
    assert again.status == "completed", again.failed
    converged(scene.lake, two_days[0])
    assert "ops.corrections" not in scene.lake.tables() or column(scene, "ops.corrections", "key").is_empty()
