"""K: the process dies. At eight points in the order of a run, at every one of them more than once, and by SIGTERM."""

from __future__ import annotations

import signal
import threading
from datetime import UTC, datetime, timedelta

import pytest

from sandbox import FaultRule
from sandbox.server.api import Arrival
from sandbox.server.faults import Call, Reply
from tasks.runs.summary import RUNS, RunSummary
from tests.faults.drive import drive_gold
from tests.faults.invariants import Hashes, bounded_waste, hashes, honest_ledger, recovered, reported
from tests.faults.scene import GAMES, HUNG_SECONDS, TWO_DAYS, Scene

# K1 after plan; K2 after response before raw; K3 after raw before bronze; K4 in bronze write; K5 before and K6 after
# the silver commit; K7 in a table that is computed from others; K8 before the summary.
POINTS = {
    "k1": "plan",
    "k1_later": "plan:3",
    "k2": "response",
    "k2_last": "response:5",
    "k3": "raw",
    "k3_last": "raw:4",
    "k4": "bronze.staged",
    "k4_plays": "bronze.staged:4",
    "k5": "silver.staged:2",
    "k6": "silver.committed:2",
    "k7": "silver.staged:5",
    "k8": "summary",
}


@pytest.mark.parametrize("case", POINTS)
def test_k1_to_k8_a_killed_run_is_resumed(scene: Scene, two_days: tuple[Hashes, int], case: str):
    truth, clean = two_days
    with scene.process(**TWO_DAYS, CBBD_CRASH_AT=POINTS[case]) as process:
        assert process.wait(HUNG_SECONDS) == -9, scene.printed
    before = len(scene.api.calls)
    scene.api.script()
    run = recovered(scene, truth, **TWO_DAYS)
    bounded_waste(scene.api, before, clean)
    killed, resumed = reported(scene.lake)
    assert (killed.status, resumed.status) == ("interrupted", "completed")
    assert run.unfinished_before == [killed.run_id]


@pytest.mark.slow
def test_k7_a_killed_build_of_gold_is_resumed(scene: Scene):
    """Before and after the commit of its first table: the next build makes what is missing, and the same of all."""
    scene.ingest(endpoints="games,game_teams")
    for point in ("gold.staged", "gold.committed"):
        with scene.command("gold", CBBD_CRASH_AT=point) as process:
            assert process.wait(HUNG_SECONDS) == -9, scene.printed
    resumed = drive_gold()
    assert resumed.status == "completed", resumed.failed
    assert len(resumed.unfinished_before) == 1, "the first killed build was told by the second"
    found = hashes(scene.lake, ["gold"])
    assert found
    scene.place = f"{scene.place}-clean"
    scene.ingest(endpoints="games,game_teams")
    drive_gold()
    assert hashes(scene.lake, ["gold"]) == found


class Gate:
    """Holds the answer to the nth request until the test lets it go, and tells when it was asked."""

    def __init__(self, scene: Scene, number: int) -> None:
        self.asked, self.release = threading.Event(), threading.Event()
        self._api, self._left = scene.api.sandbox.app.api, number
        self._lock = threading.Lock()
        scene.patch.setattr(scene.api.sandbox.app, "api", self)

    def arrive(self, call: Call) -> Arrival:
        return self._api.arrive(call)

    def complete(self, arrival: Arrival) -> Reply:
        with self._lock:
            self._left -= 1
            is_held = self._left == 0
        reply = self._api.complete(arrival)
        if is_held:
            self.asked.set()
            assert self.release.wait(HUNG_SECONDS)
        return reply


def test_k10_sigterm_finishes_calls_in_flight_and_reports_it(scene: Scene, games: tuple[Hashes, int]):
    """As ECS stops a task. The second call is in flight: it is kept; the third is not made."""
    gate = Gate(scene, 2)
    with scene.process(**GAMES, CBBD_IN_FLIGHT="1") as process:
        assert gate.asked.wait(HUNG_SECONDS), scene.printed
        process.send_signal(signal.SIGTERM)
        gate.release.set()
        assert process.wait(HUNG_SECONDS) == 143, scene.printed
    assert "interrupted; what was fetched is kept, the next run resumes" in scene.printed
    assert "Traceback" not in scene.printed
    assert len(list((scene.folder / "lake/raw").rglob("*.zst"))) == 2
    (stopped,) = reported(scene.lake)
    assert (stopped.status, stopped.datasets[0].kept, stopped.not_asked) == ("interrupted", 2, 4)
    truth, clean = games
    before = len(scene.api.calls)
    scene.api.script()
    recovered(scene, truth, **GAMES)
    assert before + len(scene.api.calls) == clean, "nothing was asked twice"


def test_k10_a_second_sigterm_ends_at_once(scene: Scene, games: tuple[Hashes, int]):
    """An answer that never comes would hold the first one up for its grace period."""
    gate = Gate(scene, 2)
    with scene.process(**GAMES) as process:
        assert gate.asked.wait(HUNG_SECONDS), scene.printed
        process.send_signal(signal.SIGTERM)
        while process.poll() is None:
            process.send_signal(signal.SIGTERM)
        assert process.returncode == -signal.SIGTERM
    gate.release.set()
    honest_ledger(scene.folder / "lake")
    scene.api.script()
    recovered(scene, games[0], **GAMES)


def test_k10_sigterm_while_building_leaves_whole_partitions(scene: Scene, games: tuple[Hashes, int]):
    """The signal comes from the run itself, in the middle of a table's write."""
    assert scene.run(**GAMES, CBBD_TEST_MUTATION="sigterm_in_silver") == 143, scene.printed
    (stopped,) = reported(scene.lake)
    assert stopped.status == "interrupted"
    scene.api.script(FaultRule("status", status=500))  # nothing is asked again
    recovered(scene, games[0], **GAMES)
    assert scene.api.calls == []


@pytest.mark.parametrize(("silent_hours", "told"), [(5, False), (7, True)])
def test_k8_a_run_that_died_on_another_host_is_reported_after_a_while(scene: Scene, silent_hours: int, told: bool):
    """I10. A container's process cannot be looked at from the next one: what counts is its last sign of life."""
    lake = scene.job(**GAMES).open_lake()
    now = datetime.now(UTC)
    lost = RunSummary(
        run_id="20250101T000000Z-0000", flow="ingest", started_at=now, lake=lake.location, source={}, parameters={},
        host="elsewhere", pid=1,
    )  # fmt: skip
    path = f"{RUNS}/{lost.run_id}.json"
    seen_at = (now - timedelta(hours=silent_hours)).isoformat()
    lake.write_json(path, lost.model_dump(mode="json") | {"seen_at": seen_at})
    run = scene.job(**GAMES).start(lake, "ingest")
    assert run.unfinished_before == ([lost.run_id] if told else [])
    found = lake.read_json(path)
    assert found is not None
    assert found["status"] == ("interrupted" if told else "running")
