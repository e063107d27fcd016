"""A run beside others: other datasets first, then those that were taken, planned again; and a bound for the wait."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from quality.dataset import registry
from sandbox import SandboxConfig
from tasks.errors import LeaseTaken
from tasks.lake.lake import Lake
from tasks.lake.leases import Lease, Leases, lease_name
from tasks.requests import Target
from tasks.runs._turns import DERIVED, Turns
from tasks.runs.engine import Engine
from tasks.termination import Terminated
from tests.support.engine import SEASON, job_of, sandbox_settings

NOW = datetime(2025, 2, 1, 12, tzinfo=UTC)


def targets(*names: str) -> list[Target]:
    known = registry().endpoints
    return [(known[name], None if name == "venues" else SEASON) for name in names]


class Scene:
    """A run, another one, and what happens while the run waits: one function per pause."""

    def __init__(self, lake: Lake, *, wait_seconds: float = 1000.0) -> None:
        self.seconds = 0.0
        self.said: list[str] = []
        self.meanwhile: list[Callable[[], None]] = []
        self.own, self.other = Leases.of(lake.raw.store, "own"), Leases.of(lake.raw.store, "the other")
        object.__setattr__(self.own.files, "clock", lambda: self.seconds)
        self.turns = Turns(self.own, lake, wait_seconds, self.said.append, self.sleep)

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        if self.meanwhile:
            self.meanwhile.pop(0)()

    def holds(self, dataset: str, season: int | None = SEASON) -> Lease:
        lease = self.other.take(lease_name(dataset, season))
        assert lease is not None
        return lease


@pytest.fixture
def scene(lake: Lake) -> Scene:
    return Scene(lake)


def test_alone_a_run_keeps_its_order_and_waits_for_nobody(scene: Scene):
    asked = targets("venues", "games", "game_teams", "lines")
    assert [turn.target for turn in scene.turns.of(asked)] == asked
    assert (scene.seconds, scene.said) == (0.0, [])


def test_what_another_run_works_on_comes_last_and_what_depends_on_it_after_it(scene: Scene):
    """Trap: details that are planned before the schedule is there would be planned by the calendar, in more calls."""
    lease = scene.holds("games")
    scene.meanwhile = [lambda: None, lambda: scene.other.release(lease)]
    done = [turn.target[0].name for turn in scene.turns.of(targets("venues", "games", "plays", "team_seasons"))]
    assert done == ["venues", "team_seasons", "games", "plays"]
    assert len(scene.said) == 1
    assert scene.said[0].startswith("waiting for games 2025: run the other (")


def test_a_route_to_the_same_rows_waits_for_the_same_lease(scene: Scene):
    scene.holds("plays")
    turns = scene.turns.of(targets("plays_by_game", "venues"))
    assert next(turns).target[0].name == "venues"


def test_the_wait_ends_with_who_holds_it_since_when_and_what_to_do(lake: Lake):
    scene = Scene(lake, wait_seconds=30)
    scene.holds("games")
    found = list(scene.turns.of(targets("games", "plays", "venues")))
    assert [(turn.target[0].name, turn.refusal is None) for turn in found] == [
        ("venues", True),
        ("games", False),
        ("plays", False),
    ]
    assert 30 <= scene.seconds < 40
    for turn in found[1:]:
        with pytest.raises(
            LeaseTaken, match=r"games 2025: run the other \(.*, process \d+\) since 20.* UTC .* works on it"
        ):
            turn.require()
        with pytest.raises(LeaseTaken, match=r"did not finish within 30 s \(CBBD_LEASE_WAIT_SECONDS\); run again"):
            turn.require()


def test_each_lease_is_held_while_its_dataset_is_worked_on_and_no_longer(lake: Lake, scene: Scene):
    for turn in scene.turns.of(targets("venues", "games")):
        endpoint, season = turn.target
        assert [lease.name for lease in lake.held] == [lease_name(endpoint.name, season)]
        assert scene.other.take(lease_name(endpoint.name, season)) is None
    assert lake.held == ()
    assert scene.holds("games")


def test_the_derived_tables_of_several_seasons_are_taken_together(lake: Lake, scene: Scene):
    lease = scene.holds(DERIVED, SEASON - 1)
    scene.meanwhile = [lambda: scene.other.release(lease)]
    with scene.turns.derived([SEASON, SEASON - 1]):
        assert [item.name for item in lake.held] == [lease_name(DERIVED, SEASON - 1), lease_name(DERIVED, SEASON)]
    assert lake.held == ()
    scene.holds(DERIVED, SEASON)
    scene.turns.wait_seconds = 0
    with pytest.raises(LeaseTaken, match="derived 2025"), scene.turns.derived([SEASON]):
        pass


@pytest.mark.parametrize("end", [Terminated("SIGTERM"), ValueError("an error")])
def test_a_run_that_ends_early_leaves_no_lease_behind(tmp_path: Path, end: BaseException):
    settings = sandbox_settings(tmp_path, NOW, SandboxConfig(size="tiny", now=NOW))
    job = job_of(settings, "venues", "games")
    lake = job.open_lake()

    def ends() -> None:
        with Engine(settings, lake, run_id="first") as engine:
            for _ in engine.turns(lambda _: None).of(job.order()):
                raise end

    with pytest.raises(type(end)):
        ends()
    with Engine(settings, lake, run_id="second") as engine:
        assert len(list(engine.turns(lambda _: None).of(job.order()))) == len(list(job.order()))


def test_a_repeated_request_is_not_sent_again_where_another_run_has_just_sent_it(tmp_path: Path):
    """Trap: `--refresh` makes every request due, so two such runs at once would send all of them twice."""
    settings = sandbox_settings(tmp_path, NOW, SandboxConfig(size="tiny", now=NOW))
    plain = job_of(settings, "venues", "games", refresh=True)
    lake, (venues, games) = plain.open_lake(), targets("venues", "games")

    def fetch(target: Target) -> int:
        with Engine(settings, lake) as engine:
            return len(engine.fetch(plain.todo(lake, *target, engine.clock()), lambda _: None))

    fetch(venues)
    job = plain.begun(lake)
    sent = fetch(games)
    assert sent
    later = settings.clock()() + timedelta(minutes=1)
    assert job.todo(lake, *games, later).due == [], "fetched since the run began"
    assert len(job.todo(lake, *venues, later).due) == 1, "fetched before it began"
    assert len(plain.begun(lake).todo(lake, *games, later).due) == sent, "a later run repeats all of them"
