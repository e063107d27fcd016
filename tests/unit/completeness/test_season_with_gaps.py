"""A season with gaps from end to end: audit, gap-fill, audit. All through the engine of the flows, on the sandbox."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.jobs.audit import AuditJob, write_reports
from quality.dataset import Endpoint, registry
from quality.expectations import expectations
from sandbox import Omission, Sandbox, SandboxConfig
from tasks.audit.audit import audit_lake
from tasks.audit.sample import ask_again, draw, settled_keys
from tasks.audit.status import AuditStatus, DatasetStatus
from tasks.completeness.due import Todo
from tasks.completeness.filling import Selection, plan_filling, read_game_ids
from tasks.completeness.season import SeasonView
from tasks.errors import BadInput
from tasks.lake.lake import Lake
from tasks.runs.engine import Engine
from tasks.settings import Settings
from tests.support.engine import SEASON, fill_gaps, ingest, open_lake, sandbox_settings
from tests.support.lakes import copy_lake

pytestmark = pytest.mark.xdist_group("gaps")

BEFORE, UNTIL, AFTER = (datetime(2025, *day, tzinfo=UTC) for day in ((4, 20), (5, 1), (5, 2)))
LATE, TRUNCATED, NEVER = (
    Omission("plays", 0.2, until=UNTIL),
    Omission("tail", 0.1, until=UNTIL),
    Omission("plays", 0.05),
)
NO_BOX = Omission("boxes", 0.05, until=UNTIL)
CONFIG = SandboxConfig(size="tiny", gaps=(LATE, TRUNCATED, NEVER, NO_BOX))
DATASETS = ("games", "team_seasons", "game_teams", "plays")
PLAYS, BOXES = (registry().endpoints[name] for name in ("plays", "game_teams"))
ASPECTS = ("plays", "game_teams", "game_results")
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Holed:
    """A lake made while plays were missing; only read, copied to be changed."""

    settings: Settings
    truth: Sandbox

    def copy(self, folder: Path, now: datetime) -> Settings:
        copy_lake(self.settings.lake, folder / "lake")
        return sandbox_settings(folder, now, CONFIG)

    def games(self, *gaps: Omission) -> set[str]:
        """Final games that these gaps are about."""
        hit = set().union(*(self.truth.world.affected(gap, SEASON) for gap in gaps))
        final = {game.fixture.id for game in self.truth.world.season(SEASON).games if game.status == "final"}
        return {str(number) for number in hit & final}

    def view(self, now: datetime = AFTER) -> SeasonView:
        return SeasonView(open_lake(self.settings), SEASON, now)


@pytest.fixture(scope="module")
def holed(tmp_path_factory: pytest.TempPathFactory) -> Holed:
    settings = sandbox_settings(tmp_path_factory.mktemp("holed"), BEFORE, CONFIG)
    ingest(settings, *DATASETS)
    return Holed(settings, Sandbox(replace(CONFIG, now=AFTER)))


def audited(lake: Lake, now: datetime) -> dict[str, DatasetStatus]:
    """What an audit says of plays, boxes and results."""
    status = audit_lake(lake, now, wanted=[item for item in expectations(registry()) if item.name in ASPECTS])
    assert status.passed is (status.unexplained == 0)
    return {item.dataset: item for item in status.datasets}


def test_audit_fill_audit(holed: Holed, tmp_path: Path):
    """20 % of games without plays and 10 % cut short until May, 5 % without any for ever."""
    settings = holed.copy(tmp_path, AFTER)
    lake = open_lake(settings)
    said = audited(lake, BEFORE)
    before = said["plays"]
    lost = holed.games(LATE, TRUNCATED, NEVER)
    assert {gap.subject for gap in before.gaps} == lost
    assert (before.unexplained, before.known_absent) == (len(lost), 0)
    assert before.partial == len(lost - holed.games(LATE, NEVER))
    assert before.expected == before.present + len(lost)
    assert {gap.subject for gap in said["game_teams"].gaps} == holed.games(NO_BOX)

    kept = set(lake.list_files("raw"))
    filled = {item.dataset: item for item in fill_gaps(settings, "plays", "game_teams")}
    calls = [path for path in set(lake.list_files("raw")) - kept if "/plays" in path]
    never = holed.games(NEVER)
    assert filled["plays"].filled == len(lost) - len(never)
    assert len(calls) < len({gap.over_at.date() for gap in before.gaps}) < len(lost)

    said = audited(lake, AFTER)
    after = said["plays"]
    assert [item.unexplained for item in said.values()] == [0, 0, 0]
    assert filled["game_teams"].filled == len(holed.games(NO_BOX))
    assert {gap.subject for gap in after.gaps} == never
    assert after.known_absent == len(never)
    for gap in after.gaps:
        assert (gap.state, gap.times_asked) == ("known absent", 2)
        assert gap.answered_at is not None
        assert gap.answered_at.date() == AFTER.date()
        assert f"raw/{gap.raw_object}" in lake.list_files("raw")

    assert sum(item.asked for item in fill_gaps(settings, "plays", "game_teams")) == 0


def test_a_season_in_progress_expects_no_future_game(holed: Holed):
    """Trap: future games marked as done by gap-fill. A game is expected 36 hours after its end, not before."""
    for now in (datetime(2025, 1, 15, 12, tzinfo=UTC), datetime(2024, 10, 1, tzinfo=UTC)):
        view = holed.view(now)
        overdue = view.games.filter(view.games["over_at"] + timedelta(hours=36) <= now, "has_result").height
        (plays,) = view.coverage([item for item in expectations(registry()) if item.name == "plays"])
        assert plays.expected == overdue
        assert all(gap.over_at < now for gap in plays.gaps)


def test_gaps_can_be_named_and_limited(holed: Holed, tmp_path: Path):
    chosen = sorted(holed.games(LATE))[:2]
    listed = tmp_path / "ids.txt"
    listed.write_text(f"# from the audit\n{chosen[0]}, {chosen[1]}\n")
    ids = read_game_ids(listed, open_lake(holed.settings))
    plan = plan_filling(holed.view(), PLAYS, Selection(game_ids=ids))
    assert {gap.subject for gap in plan.asked} == set(chosen)
    assert len(plan.plan) <= 2
    days = Selection(between=(datetime(2025, 1, 1, tzinfo=UTC).date(), datetime(2025, 1, 31, tzinfo=UTC).date()))
    january = plan_filling(holed.view(), PLAYS, days).asked
    assert {gap.locator.start_at.strftime("%m") for gap in january if gap.locator.start_at} <= {"01", "02"}
    assert len(plan_filling(holed.view(), PLAYS, Selection(), limit=3).asked) == 3


@pytest.mark.parametrize("text", ["12 abc", "", "999999999"], ids=["no-number", "empty", "no-such-game"])
def test_game_ids_that_mean_nothing_are_refused(holed: Holed, tmp_path: Path, text: str):
    path = tmp_path / "ids.txt"
    path.write_text(text)
    with pytest.raises(BadInput, match=r"--game-ids .*ids\.txt"):
        read_game_ids(path, open_lake(holed.settings))


@pytest.mark.parametrize("endpoint", [*registry()], ids=lambda endpoint: endpoint.name)
def test_each_dataset_is_asked_on_its_own_path(holed: Holed, tmp_path: Path, endpoint: Endpoint):
    """Trap: gap-fill fetched `/plays/game/{id}` for every dataset and wrote plays into substitutions and line-ups."""
    season = None if endpoint.pattern == "once" else SEASON
    index = SeasonView(open_lake(holed.settings), season, AFTER).index(endpoint.route_of or endpoint)
    request = next((item.request for item in index.candidates if item.endpoint is endpoint), None)
    if request is None:
        assert endpoint.partial or endpoint.each.table not in {"fct_games", "dim_team_seasons"}
        return
    settings = sandbox_settings(tmp_path, AFTER, CONFIG)
    lake = Lake.open(settings.lake, create=True)
    with Engine(settings, lake) as session:
        session.fetch(Todo(endpoint, season, [request], [request]), lambda _: None)
    ((key, (kept, *_)),) = lake.raw.history(endpoint.name, season).items()
    assert key == (season, request.key)
    path = re.sub(r"\\\{\w+\\\}", r"[^/?]+", re.escape(endpoint.path))
    assert re.fullmatch(rf"http://sandbox{path}(\?.*)?", lake.raw.envelope(kept.path).url)


def test_a_sample_of_settled_answers_tells_the_drift(holed: Holed, tmp_path: Path):
    """Boxes came after the season was fetched: of the windows asked again, exactly these records differ."""
    settings = holed.copy(tmp_path, AFTER)
    lake = open_lake(settings)
    keys = [item for item in settled_keys(lake, [SEASON], AFTER) if item.endpoint is BOXES]
    assert draw(keys, 5, seed=7) == draw(keys, 5, seed=7) != draw(keys, 5, seed=8)
    assert len(draw(keys, 10_000, seed=7)) == len(keys)
    with Engine(settings, lake, max_calls=4) as session:
        found = ask_again(session, draw(keys, 6, seed=7), 6, 7, lambda _: None)
    assert (len(found.sampled), found.calls, found.not_asked) == (4, 4, 2)
    assert all(item.changed == item.records_after - item.records_before for item in found.sampled)
    assert 0 < found.drift_rate < 1


def test_the_reports_tell_the_same(holed: Holed, tmp_path: Path):
    job = AuditJob.of(lake=holed.settings.lake, reports=tmp_path / "reports")
    status = audit_lake(job.lake, BEFORE)
    write_reports(status, job.reports)
    files = {path.name: path.read_text() for path in job.reports.iterdir()}
    assert files.keys() == {"data_audit.md", "status.json", "coverage.svg", "coverage.html"}
    assert AuditStatus.model_validate_json(files["status.json"]) == status
    assert json.loads(files["status.json"])["schema_version"] == 1
    (plays,) = (item for item in status.datasets if item.dataset == "plays")
    assert f"plays {SEASON}: {plays.unexplained} of {plays.expected} unexplained" in files["data_audit.md"]
    assert "never requested: `conference_history`" in files["data_audit.md"]
    assert f"{status.unexplained:,} unexplained gaps" in files["coverage.svg"]
    assert files["coverage.svg"] in files["coverage.html"]
