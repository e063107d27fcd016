"""X: secrets, and time."""

from __future__ import annotations

import inspect
from datetime import UTC, date, datetime

import polars as pl
import pytest

from flows import ingest
from quality.dataset import registry
from sandbox import FaultRule
from tasks.runs.summary import new_run_id
from tests.faults.invariants import no_secret
from tests.faults.scene import GAMES, KEY, PLAYED, Scene

ECHO = f'{{"message":"Bad key {KEY}, sorry"}}'


def test_x1_the_key_appears_nowhere_even_if_the_server_echoes_it(
    scene: Scene, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
):
    """In the body of errors, in a redirect, in a page with status 200; in what is printed, logged, kept and reported.

    The fixture `scene` looks through the files of every other fault test in the same way.
    """
    caplog.set_level("INFO")
    scene.api.script(
        FaultRule("status", calls=(1,), status=500, body=ECHO),
        FaultRule("status", calls=(2,), status=404, body=ECHO),
        FaultRule("status", calls=(3,), status=302, body=ECHO, headers={"location": f"http://x.test/?key={KEY}"}),
        FaultRule("html", calls=(4, 5, 6, 7), body=f"<html>{KEY}</html>"),
        FaultRule("status", calls=(9,), status=401, body=ECHO),
    )
    run = scene.ingest(**PLAYED)
    assert len(run.failed) >= 3
    printed = capsys.readouterr()
    assert KEY not in printed.out + printed.err + caplog.text + run.model_dump_json()
    no_secret(scene.folder)


def test_x1_the_key_is_not_printed_by_a_process_that_dies(scene: Scene):
    scene.killed_at("response:2", **GAMES)
    assert KEY not in scene.printed


def test_x1_the_key_is_no_parameter_of_the_flow():
    """Prefect keeps and shows parameters."""
    assert not {"key", "api_key", "token"} & set(inspect.signature(ingest.ingest.fn).parameters)


def simulated(scene: Scene, now: str, **options: object) -> pl.DataFrame:
    scene.extra = {"CBBD_SOURCE": "sandbox", "CBBD_SANDBOX_NOW": now}
    run = scene.ingest(**options)
    assert run.status == "completed", run.failed
    return scene.lake.scan("silver.fct_games").select("game_id", "season", "start_at", "game_date", "status").collect()


def test_x2_game_dates_are_us_eastern_across_daylight_saving(scene: Scene):
    """Games of a US evening are the next day in UTC, by five hours before 9 March 2025 and by four after."""
    rows = simulated(scene, "2025-06-01T12:00Z", **GAMES)
    eastern = rows["start_at"].dt.convert_time_zone("America/New_York").dt.date()
    assert (rows["game_date"] == eastern).all()
    late = rows.filter(pl.col("start_at").dt.date() != pl.col("game_date"))
    switch = datetime(2025, 3, 9, 7, tzinfo=UTC)
    assert late.filter(pl.col("start_at") < switch).height > 0
    assert late.filter(pl.col("start_at") > switch).height > 0
    assert set(rows["season"]) == {2025}


def test_x2_late_plays_are_in_the_month_of_their_us_date(scene: Scene):
    """The last evening of January is 1 February in UTC: a window to 31 January fetches it, January keeps its plays."""
    days = {"endpoints": "games,plays", "since": date(2025, 1, 31), "until": date(2025, 1, 31)}
    simulated(scene, "2025-06-01T12:00Z", **days)
    plays = scene.lake.scan("silver.fct_plays").select("start_at", "game_date").collect()
    late = plays.filter(pl.col("start_at").dt.date() == date(2025, 2, 1))
    assert set(late["game_date"]) >= {date(2025, 1, 31)}
    months = {f"season=2025/month={day:%Y-%m}" for day in plays["game_date"].unique()}
    assert set(scene.lake.inputs(registry().tables["silver.fct_plays"])) >= months


@pytest.mark.parametrize(
    ("now", "season"), [("2025-07-31T23:59Z", 2025), ("2025-08-01T00:01Z", 2026), ("2025-12-31T23:59Z", 2026)]
)
def test_x2_the_season_rolls_over_on_the_first_of_august(scene: Scene, now: str, season: int):
    scene.extra = {"CBBD_SOURCE": "sandbox", "CBBD_SANDBOX_NOW": now}
    assert scene.job(**GAMES).settings.default_season == season


def test_x2_a_clock_that_is_wrong_does_not_stretch_a_wait(scene: Scene, games: object):
    """Retry-After as a date is compared with the server's own clock: a day off, it would be the cap of 120 s."""
    headers = {"retry-after": "Thu, 02 Jan 2020 00:00:01 GMT", "date": "Thu, 02 Jan 2020 00:00:00 GMT"}
    scene.api.script(FaultRule("status", calls=(2,), status=429, headers=headers))
    assert scene.ingest(**GAMES).status == "completed"


def test_x2_run_ids_sort_by_time_across_the_repeated_hour():
    """2 November 2025, 1:30 in New York, comes twice; in UTC it does not."""
    first, second = datetime(2025, 11, 2, 5, 30, tzinfo=UTC), datetime(2025, 11, 2, 6, 30, tzinfo=UTC)
    assert new_run_id(first) < new_run_id(second)
