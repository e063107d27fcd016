"""What a key cannot have or cannot pay for, in whole runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from flows.jobs.ingest import IngestJob
from flows.terminal.reporting import summary_lines
from tests.faults.drive import drive
from tests.faults.scene import Scene

GATED = "stats_team_leaderboard"
UNOFFERED = "team_directory"
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


def test_an_operation_that_the_server_does_not_offer_is_reported_once_and_fails_nothing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
):
    """Trap: /teams/directory is in the official client and not in the public server: every run would end Failed."""
    world = scene.api.sandbox.world
    monkeypatch.setattr(world, "config", replace(world.config, client_only=False))
    for name, value in scene.environment.items():
        monkeypatch.setenv(name, value)
    run = drive(IngestJob.of(season="2024-2025", endpoints=f"{UNOFFERED},rankings"))
    assert (run.status, run.failed, run.not_asked) == ("completed", [], 0)
    paths = [entry.path for entry in scene.api.sandbox.log]
    assert sorted(paths) == ["/rankings", "/rankings", "/teams/directory"]
    [told] = [line for line in summary_lines(run) if UNOFFERED in line]
    assert told.startswith(f"not available:     {UNOFFERED}: ")
    assert "does not offer /teams/directory" in told


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
