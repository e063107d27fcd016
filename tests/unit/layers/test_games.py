"""Tables with rows about single games are built by days of the schedule: the lake is that of one build."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from quality.contracts.game_teams import GAME_TEAMS
from quality.contracts.games import FCT_GAMES, GAMES
from quality.contracts.play_parts import FCT_PLAY_PARTICIPANTS
from quality.contracts.plays import FCT_PLAYS, PLAYS
from quality.contracts.possessions import FCT_GAME_PBP
from quality.dataset import Derivation, Input
from tasks.build import build_dataset, derive_tables
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake
from tasks.lake.table_files import Crowded, compact
from tasks.layers._days import Plan, pieces
from tasks.layers.derive import build_derived
from tasks.layers.policy import BuildPolicy
from tasks.layers.report import LayerReport
from tests.support.lakes import NOON, assert_conserved, assert_same, files_of, keep, new_lake, request_of, rows
from tests.support.records import record

DAY = timedelta(days=1)
FIRST = date(2025, 2, 3)  # all days in one month: among months no response wins
SEASON = PartitionKey(2025)
ANYTHING = BuildPolicy(max_removed_share=1.0)
DETAILS = (GAMES, PLAYS, GAME_TEAMS)


@dataclass(frozen=True)
class Game:
    """A game as one response has it."""

    number: int
    day: int = 0
    points: int = 0
    status: str = "final"

    @property
    def start(self) -> str:
        return datetime.combine(FIRST + self.day * DAY, datetime.min.time(), UTC).replace(hour=18).isoformat()

    @property
    def teams(self) -> dict[str, int]:
        return {"homeTeamId": self.number, "awayTeamId": 50 + self.number}

    @property
    def in_schedule(self) -> dict[str, Any]:
        values = {"startDate": self.start, "status": self.status, "homePoints": self.points, "awayPoints": 1}
        return record(GAMES.record, self.number, **values, **self.teams)

    @property
    def plays(self) -> list[dict[str, Any]]:
        values = {"gameId": self.number, "gameStartDate": self.start, "awayScore": 1}
        numbers = ((100 * self.number + n, self.points + 2 * n) for n in range(6))
        return [record(PLAYS.record, number, homeScore=score, **values) for number, score in numbers]

    @property
    def boxes(self) -> list[dict[str, Any]]:
        return [
            record(GAME_TEAMS.record, self.points + 1, gameId=self.number, teamId=team, startDate=self.start)
            for team in self.teams.values()
        ]


def put(lake: Lake, what: str, games: list[Game], at: datetime, day: int = 0) -> None:
    """A response of one kind. One for plays is for a day; its plays are of this day, whatever the schedule says."""
    if what == "schedule":
        keep(lake, request_of(GAMES, 2025, window=3), [game.in_schedule for game in games], at)
    elif what == "boxes":
        keep(lake, request_of(GAME_TEAMS, 2025, window=6), [box for game in games for box in game.boxes], at)
    else:
        keep(
            lake,
            request_of(PLAYS, 2025, FIRST + day * DAY),
            [play for game in games for play in replace(game, day=day).plays],
            at,
        )


def conform(lake: Lake) -> list[LayerReport]:
    """Bronze, and silver from bronze."""
    done = [build_dataset(lake, endpoint, 2025, lambda _: None, ANYTHING) for endpoint in DETAILS]
    assert [item for built in done for item in built.failed] == []
    return [report for built in done for report in built.reports]


def derive(lake: Lake) -> list[LayerReport]:
    """Silver from silver."""
    done = derive_tables(lake, [2025], [], lambda _: None, ANYTHING)
    assert done.failed == []
    return done.reports


def bring_up_to_date(lake: Lake) -> dict[str, LayerReport]:
    reports = [*conform(lake), *derive(lake)]
    for report in reports:
        assert_conserved(report)
    return {report.table: report for report in reports}


def built_at_once(lake: Lake, folder: Path) -> Lake:
    """Another lake with the same responses, of one build."""
    once = new_lake(folder)
    shutil.copytree(Path(lake.location, "raw"), folder / "raw", dirs_exist_ok=True)
    bring_up_to_date(once)
    return once


games = st.builds(
    Game,
    number=st.integers(1, 4),
    day=st.integers(0, 4),
    points=st.integers(0, 2),
    status=st.sampled_from(["final", "final", "scheduled"]),
)
some = st.lists(games, max_size=4, unique_by=lambda game: game.number)
responses = st.tuples(st.sampled_from(["schedule", "plays", "boxes"]), some, st.integers(0, 4))
stories = st.lists(st.lists(responses, min_size=1, max_size=4), min_size=2, max_size=4)


@pytest.mark.slow
@given(story=stories)
@settings(max_examples=8, deadline=None, phases=[Phase.generate])
def test_runs_day_by_day_give_the_lake_of_one_build(story: list[list[tuple[str, list[Game], int]]]):
    """Games are moved, dropped, played again and corrected; their plays are in responses for any day."""
    with TemporaryDirectory() as folder:
        step, once = new_lake(Path(folder, "step")), new_lake(Path(folder, "once"))
        for number, run in enumerate(story):
            for place, (what, found, day) in enumerate(run):
                for lake in (step, once):
                    put(lake, what, found, NOON + number * DAY + timedelta(minutes=place), day)
            bring_up_to_date(step)
        bring_up_to_date(once)
        assert_same(step, once)


@pytest.fixture(scope="module")
def built_day_by_day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A schedule of five days with a game each, whose plays and boxes come one run after the other."""
    folder = tmp_path_factory.mktemp("games") / "lake"
    lake = new_lake(folder)
    for number in range(5):
        at = NOON + number * DAY
        known = [Game(n + 1, n, status="final" if n <= number else "scheduled") for n in range(5)]
        put(lake, "schedule", known, at)
        put(lake, "plays", [known[number]], at, number)
        put(lake, "boxes", known[: number + 1], at)
        bring_up_to_date(lake)
    return folder


def test_a_correction_of_an_earlier_day_leaves_the_other_days(season: Lake, tmp_path: Path):
    before, plays = files_of(season, FCT_GAME_PBP), Game(2, 1).plays
    keep(season, request_of(PLAYS, 2025, FIRST + DAY), [*plays, plays[-1] | {"id": 299}], NOON + 9 * DAY)
    report = bring_up_to_date(season)[FCT_GAME_PBP.qualified]
    now = files_of(season, FCT_GAME_PBP)
    assert (len(now - before), len(now & before)) == (1, 2), "the response may have rows of two US Eastern days"
    assert (report.rows_out, report.added, report.removed, report.changed) == (5, 0, 0, 1), "counts of the season"
    assert_same(season, built_at_once(season, tmp_path / "once"))


def test_plays_of_another_day_than_the_schedule_names_change_the_row_of_their_game(season: Lake, tmp_path: Path):
    """Trap: a game was moved, and the settled response for the old day still has its plays."""
    schedule = [Game(n + 1, 4 if n == 1 else n) for n in range(5)]
    put(season, "schedule", schedule, NOON + 9 * DAY)
    bring_up_to_date(season)
    assert rows(season, FCT_GAME_PBP, "game_id", "game_date")[1] == (2, FIRST + 4 * DAY)
    put(season, "plays", [Game(2, 1, points=2), Game(9, 1)], NOON + 10 * DAY, 1)
    bring_up_to_date(season)
    assert_same(season, built_at_once(season, tmp_path / "once"))
    put(season, "plays", [Game(9, 1)], NOON + 11 * DAY, 1)
    for number in range(12, 15):  # the source has to repeat that the game has no plays
        put(season, "plays", [Game(9, 1), Game(8, 1, points=number)], NOON + number * DAY, 1)
    bring_up_to_date(season)
    assert rows(season, FCT_GAME_PBP, "game_id", "recorded_plays")[1] == (2, 0)
    assert_same(season, built_at_once(season, tmp_path / "again"))


def test_a_game_that_is_gone_from_the_schedule_is_gone(season: Lake, tmp_path: Path):
    for number in range(4):
        put(season, "schedule", [Game(n + 1, n, points=number) for n in range(5) if n != 2], NOON + (9 + number) * DAY)
    bring_up_to_date(season)
    assert rows(season, FCT_GAME_PBP, "game_id") == rows(season, FCT_GAMES, "game_id") == [1, 2, 4, 5]
    assert_same(season, built_at_once(season, tmp_path / "once"))


def test_an_input_that_changes_all_games_changes_all_days(season: Lake, tmp_path: Path):
    """Trap: only games of the last days are built, and the box scores of all games have changed."""
    before = files_of(season, FCT_GAME_PBP)
    put(season, "boxes", [Game(n + 1, n, points=2) for n in range(5)], NOON + 9 * DAY)
    bring_up_to_date(season)
    assert files_of(season, FCT_GAME_PBP).isdisjoint(before)
    assert_same(season, built_at_once(season, tmp_path / "once"))


def test_another_version_of_the_computation_builds_all_days(season: Lake):
    before = files_of(season, FCT_GAME_PBP)
    assert FCT_GAME_PBP.derivation is not None
    newer = replace(FCT_GAME_PBP, derivation=replace(FCT_GAME_PBP.derivation, version=99))
    build_derived(season, newer, SEASON)
    assert files_of(season, FCT_GAME_PBP).isdisjoint(before)


def test_a_run_that_ended_between_two_commits_is_made_good(season: Lake, tmp_path: Path):
    """Trap: the next run sees inputs that are up to date, and a table that is not."""
    put(season, "plays", [Game(2, 1, points=2)], NOON + 9 * DAY, 1)
    put(season, "schedule", [Game(n + 1, n, points=3) for n in range(5)], NOON + 9 * DAY)
    conform(season)  # the process ends here
    put(season, "plays", [Game(4, 3, points=2)], NOON + 10 * DAY, 3)
    bring_up_to_date(season)
    assert_same(season, built_at_once(season, tmp_path / "once"))


def test_a_merged_file_keeps_the_other_days(season: Lake, tmp_path: Path):
    compact(season, Crowded(FCT_GAME_PBP, SEASON, files=5, rows=5, bytes=1))
    assert len(files_of(season, FCT_GAME_PBP)) == 1
    put(season, "plays", [Game(2, 1, points=2)], NOON + 9 * DAY, 1)
    bring_up_to_date(season)
    assert len(pieces(season, FCT_GAME_PBP, SEASON)) == 3
    assert_same(season, built_at_once(season, tmp_path / "once"))


def test_a_play_that_comes_back_is_in_the_tables_made_from_it(tmp_path: Path):
    """Trap: a day's responses are as before, but a play of it is accepted now, because another day lost its id."""
    lake = new_lake(tmp_path / "lake")
    first, second, other = Game(1, 2), Game(2, 4), Game(3, 6)
    put(lake, "schedule", [first, second, other], NOON)
    shots = [play | {"playType": "JumpShot"} for play in other.plays]  # so that the table of shots never becomes empty
    keep(lake, request_of(PLAYS, 2025, FIRST + other.day * DAY), shots, NOON)
    for game, same_id in ((first, [9_999]), (second, [9_999])):
        plays = [play | {"id": number} for play, number in zip(game.plays[:1], same_id, strict=True)] + game.plays[1:]
        keep(lake, request_of(PLAYS, 2025, FIRST + game.day * DAY), plays, NOON)
    bring_up_to_date(lake)
    assert rows(lake, FCT_PLAYS, "game_id", "play_id").count((2, 9_999)) == 0
    put(lake, "plays", [first], NOON + DAY, first.day)
    bring_up_to_date(lake)
    assert rows(lake, FCT_PLAYS, "game_id", "play_id").count((2, 9_999)) == 1
    assert (2, 9_999) in rows(lake, FCT_PLAY_PARTICIPANTS, "game_id", "play_id")
    assert rows(lake, FCT_GAME_PBP, "game_id", "recorded_plays") == [(1, 6), (2, 6), (3, 6)]
    assert_same(lake, built_at_once(lake, tmp_path / "once"))


def test_nothing_to_build_is_a_plan_without_days():
    """Trap: a filter for no day at all is the whole partition, or no filter."""
    plan = Plan(SEASON, {FIRST: "same"}, kept=(), left=frozenset())
    assert plan.days is None
    assert plan.part == SEASON


def test_a_table_says_by_game_only_where_each_input_has_the_game():
    with pytest.raises(ValueError, match=r"silver\.fct_games"):
        Derivation(of=(Input(FCT_GAMES, ("season", "game_date")),), make="x:y", by_game=True)
    with pytest.raises(ValueError, match="see the first input"):
        Derivation(of=(Input(FCT_GAMES, ("game_id", "status")),), make="x:y", by_game=True)


def test_rows_of_a_day_do_not_depend_on_the_days_that_are_built_with_it(tmp_path: Path):
    """Trap: a game's plays are of the day before the schedule's. Built together, both days have the game."""
    lake = new_lake(tmp_path / "lake")
    put(lake, "schedule", [Game(1, 2), Game(2, 1)], NOON)
    put(lake, "plays", [Game(1)], NOON, 1)
    bring_up_to_date(lake)
    put(lake, "plays", [Game(2)], NOON + DAY, 2)
    bring_up_to_date(lake)
    assert_same(lake, built_at_once(lake, tmp_path / "once"))
