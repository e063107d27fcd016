"""A season in progress, as a newcomer's sandbox has it: nothing is missing today, and tomorrow brings its games."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from flows.jobs.ingest import IngestJob
from sandbox import Sandbox, SandboxConfig
from tasks.requests import season_of
from tasks.settings import SANDBOX_NOW
from tests.flows.runs import BOXES, Cli

SEASON = season_of(SANDBOX_NOW.date())
NEXT_DAY = SANDBOX_NOW + timedelta(days=1)
RESULTS = "select count(*) from silver.fct_games where has_result"


@pytest.mark.slow
def test_a_season_in_progress_lacks_nothing_and_the_next_day_brings_its_games(cli: Cli) -> None:
    cli.now = SANDBOX_NOW.isoformat()
    assert cli.ingest("--endpoints", BOXES).returncode == 0
    audit = cli.etl("audit", "--endpoints", BOXES, "--reports", "reports")
    assert (audit.returncode, "unexplained:       0" in audit.stdout) == (0, True), audit.stdout
    assert "\n0 calls" in cli.etl("gap-fill", "--endpoints", BOXES, "--dry-run").stdout
    scheduled = "select count(*) from silver.fct_games where status = 'scheduled' and home_points > 0"
    assert cli.query(scheduled) == ["0"]
    before = int(cli.query(RESULTS)[0])

    assert cli.ingest("--endpoints", BOXES, CBBD_SANDBOX_NOW=NEXT_DAY.isoformat()).returncode == 0
    after = int(cli.query(RESULTS)[0])
    assert before < after == played(NEXT_DAY.isoformat())
    assert cli.query("select count(distinct game_id) from silver.fct_game_teams") == [str(after)]
    days = {Path(path).name[:8] for path in cli.raw_objects()}
    assert days == {f"{SANDBOX_NOW:%Y%m%d}", f"{NEXT_DAY:%Y%m%d}"}, "days of fetching are the sandbox's"


def played(now: str) -> int:
    """Games with a result at a time, by the simulated world."""
    config = SandboxConfig.from_json(f'{{"size": "tiny", "now": "{now}"}}')
    return Sandbox(config).world.row_counts(SEASON, "final_games")["final_games"]


@pytest.mark.parametrize(
    ("given", "earlier"),
    [
        ({}, {"recruiting_players", "recruiting_portal", "recruiting_teams", "rosters", "team_seasons"}),
        ({"season": str(SEASON)}, set()),
        ({"endpoints": "rosters"}, set()),
    ],
    ids=["nothing", "season", "endpoints"],
)
def test_rosters_and_recruits_of_the_season_before_come_along_unless_something_is_named(
    given: dict[str, str], earlier: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trap: recruits and transfers of a year play in the season after it, so a single season has none of its own."""
    monkeypatch.setenv("CBBD_SANDBOX_NOW", SANDBOX_NOW.isoformat())
    job = IngestJob.of(source="sandbox", lake=str(tmp_path / "lake"), **given)
    assert job.seasons == [SEASON]
    assert {endpoint.name for endpoint, season in job.order() if season == SEASON - 1} == earlier
