"""What a key cannot have or cannot pay for, in whole runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from flows.jobs.ingest import IngestJob
from flows.terminal.reporting import summary_lines
from sandbox import FaultRule
from tests.faults.drive import drive
from tests.faults.invariants import no_secret
from tests.faults.scene import KEY, Scene

GATED = "stats_team_leaderboard"
LINEUPS = {"endpoints": "lineups", "since": date(2024, 11, 10), "until": date(2024, 11, 10)}


def test_h6_an_endpoint_above_the_tier_is_reported_once_and_fails_nothing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
):
    """Two seasons of it are one call and one line; everything else of the run is brought."""
    world = scene.api.sandbox.world
    monkeypatch.setattr(world, "config", replace(world.config, tier=0))
    for name, value in scene.environment.items():
        monkeypatch.setenv(name, value)
    run = drive(IngestJob.of(season="2024-2025", endpoints=f"{GATED},rankings"))
    assert (run.status, run.failed, run.not_asked) == ("completed", [], 0)
    paths = [entry.path for entry in scene.api.sandbox.log]
    assert sorted(paths) == ["/rankings", "/rankings", "/stats/team/leaderboard"]
    told = [line for line in summary_lines(run) if GATED in line]
    assert len(told) == 1
    assert told[0].startswith(f"not available:     {GATED}: ")
    assert "requires a Patreon subscription at Tier 2" in told[0]
    assert run.tables["silver.fct_rankings"] > 0


CANNOT_GET = FaultRule(
    "status", path="/teams/directory", status=404, body="<pre>Cannot GET /teams/directory</pre>",
    headers={"content-type": "text/html; charset=utf-8"},
)  # fmt: skip


def test_h7_a_path_that_the_server_does_not_know_is_reported_once_and_fails_nothing(scene: Scene):
    """The public server has no /teams/directory: each run failed, with a hint about parameters."""
    scene.api.script(CANNOT_GET)
    for name, value in scene.environment.items():
        scene.patch.setenv(name, value)
    run = drive(IngestJob.of(season="2024-2025", endpoints="conferences,team_directory"))
    assert (run.status, run.failed, run.not_asked) == ("completed", [], 0)
    assert [entry.path for entry in scene.api.sandbox.log].count("/teams/directory") == 1
    told = [line for line in summary_lines(run) if "team_directory" in line]
    assert len(told) == 1
    assert told[0].startswith("not available:     team_directory: ")
    assert "The server does not offer this endpoint" in told[0]
    scene.api.script()
    assert scene.ingest(endpoints="team_directory").calls == 1, "the next run asks again"


def test_n1_a_challenge_page_once_costs_one_call(scene: Scene):
    page = "<title>Just a moment...</title>"
    scene.api.script(FaultRule("status", calls=(1,), status=403, body=page, headers={"content-type": "text/html"}))
    run = scene.ingest(endpoints="conferences")
    assert (run.status, run.calls) == ("completed", 2)


def test_x1_a_good_response_that_repeats_the_key_is_not_kept(scene: Scene):
    """It stays due; the fixture looks for the key in every file of the lake."""
    scene.api.script(FaultRule("edit", path="/conferences", edit={"set": {"note": f"sent by {KEY}"}}))
    run = scene.ingest(endpoints="conferences")
    assert run.status == "failed"
    assert "repeats the API key" in run.failed[0].error
    no_secret(scene.folder)
    scene.api.script()
    assert scene.ingest(endpoints="conferences").status == "completed"


def test_a_fan_out_per_game_spends_its_budget_and_goes_on_there(scene: Scene):
    """Never without being named; `--max-calls` ends it cleanly, and no game is asked twice."""
    scene.ingest(endpoints="games")
    assert not [item for item in scene.job().plan() if item.endpoint.name == "lineups"]
    scene.api.script()
    due = len(next(item for item in scene.job(**LINEUPS).plan() if item.endpoint.name == "lineups").due)
    assert due > 4
    first = scene.ingest(**LINEUPS, max_calls=4)
    assert (first.status, first.calls, first.not_asked) == ("stopped", 4, due - 4)
    second = scene.ingest(**LINEUPS)
    assert (second.status, second.calls) == ("completed", due - 4)
    asked = [entry.path for entry in scene.api.sandbox.log if entry.path.startswith("/lineups/game/")]
    assert len(asked) == len(set(asked)) == due
