"""Months are kept in pieces of days: a build repeats the days that changed, and the lake is that of a full build."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from quality.contracts.play_parts import FCT_PLAY_PARTICIPANTS
from quality.contracts.play_routes import PLAYS_BY_GAME
from quality.contracts.plays import FCT_PLAYS, PLAYS
from quality.dataset import Endpoint
from tasks.build import build_dataset, derive_tables
from tasks.lake.iceberg import Days, PartitionKey
from tasks.lake.lake import Lake
from tasks.lake.replacement import DAYS
from tasks.lake.table_files import Crowded, compact
from tasks.layers._days import Plan, pieces
from tasks.layers.policy import BuildPolicy
from tasks.layers.report import LayerReport
from tasks.requests import Request
from tests.support.lakes import NOON, assert_conserved, assert_same, files_of, keep, new_lake, request_of, rows
from tests.support.records import record

DAY = timedelta(days=1)
FIRST = date(2025, 1, 30)
JANUARY, FEBRUARY = (PartitionKey(2025, date(2025, month, 1)) for month in (1, 2))
ANYTHING = BuildPolicy(max_removed_share=1.0)  # what is allowed depends on what was published, so on more than raw
PLAYS_OF_A_GAME = 14


@dataclass(frozen=True)
class Game:
    """A game as one response has it: what differs between versions, and a play that is not right."""

    number: int
    at_midnight: bool = False
    points: int = 0
    defect: str = ""

    def plays(self, day: date) -> list[dict[str, Any]]:
        moment = datetime(day.year, day.month, day.day, 0 if self.at_midnight else 18, tzinfo=UTC)
        made = [
            record(PLAYS.record, 100 * self.number + n, gameId=self.number, gameStartDate=moment.isoformat())
            for n in range(PLAYS_OF_A_GAME)
        ]
        made[0]["homeScore"] = self.points
        if self.defect == "invalid":
            made[1]["homeScore"] = -1
        if self.defect == "clash":
            made[1]["id"] = 9_999
        return made


def put(lake: Lake, day: date, games: list[Game], at: datetime) -> None:
    keep(lake, request_of(PLAYS, 2025, day), [play for game in games for play in game.plays(day)], at)


def bring_up_to_date(lake: Lake, *endpoints: Endpoint, policy: BuildPolicy = ANYTHING) -> dict[str, LayerReport]:
    reports: list[LayerReport] = []
    for endpoint in endpoints or (PLAYS,):
        done = build_dataset(lake, endpoint, 2025, lambda _: None, policy)
        assert done.failed == []
        reports += done.reports
    derived = derive_tables(lake, [2025], [], lambda _: None, policy)
    assert derived.failed == []
    for report in (*reports, *derived.reports):
        assert_conserved(report)
    return {f"{report.table} {report.partition}": report for report in (*reports, *derived.reports)}


def assert_counted(lake: Lake) -> None:
    """What the pieces say of each month is what is in the table and in quarantine."""
    for key in (JANUARY, FEBRUARY):
        for table in (PLAYS.table, FCT_PLAYS, FCT_PLAY_PARTICIPANTS):
            if lake.iceberg(table.qualified) is None:
                continue
            found = pieces(lake, table, key)
            here = lake.scan(table.qualified).filter(key.holds(table)).select(pl.len()).collect().item()
            assert sum(piece.counts.rows_out for piece in found) == here
            days = [day for piece in found for day in piece.inputs]
            assert len(days) == len(set(days)), "no day is in two pieces"


games = st.builds(
    Game,
    number=st.integers(1, 5),
    at_midnight=st.booleans(),
    points=st.integers(0, 2),
    defect=st.sampled_from(["", "", "", "invalid", "clash"]),
)
responses = st.tuples(st.integers(0, 4), st.lists(games, max_size=2, unique_by=lambda game: game.number))
stories = st.lists(st.lists(responses, min_size=1, max_size=3), min_size=1, max_size=4)


# The only game of January moves to February and is not in any response after that.
MOVED_OUT_OF_ITS_MONTH = [[(2, [Game(3, at_midnight=True)]), (4, [Game(3)])], [(2, [Game(1)])]]


@pytest.mark.slow
@given(story=stories)
@example(story=MOVED_OUT_OF_ITS_MONTH)
@settings(max_examples=8, deadline=None)
def test_runs_day_by_day_give_the_lake_of_one_build(story: list[list[tuple[int, list[Game]]]]):
    """Days are added, corrected and repeated in any order; games are in two responses, and plays in two games."""
    with TemporaryDirectory() as folder:
        step, once = new_lake(Path(folder, "step")), new_lake(Path(folder, "once"))
        for number, run in enumerate(story):
            for place, (day, found) in enumerate(run):
                at = NOON + number * DAY + timedelta(minutes=place)
                for lake in (step, once):
                    put(lake, FIRST + day * DAY, found, at)
            bring_up_to_date(step)
        bring_up_to_date(once)
        assert_same(step, once)
        assert_counted(step)


# -- what a run touches -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def built_day_by_day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Games of five days in two months, each day added by a run of its own."""
    folder = tmp_path_factory.mktemp("season") / "lake"
    lake = new_lake(folder)
    for number in range(5):
        put(lake, FIRST + number * DAY, [Game(number + 1)], NOON + number * DAY)
        bring_up_to_date(lake)
    return folder


# Files that a correction of one response writes, and files that stay. The response has games of two US Eastern days.
TABLES = {PLAYS.bronze: (1, 4), FCT_PLAYS.qualified: (2, 2), FCT_PLAY_PARTICIPANTS.qualified: (2, 2)}


def test_a_correction_of_a_day_leaves_the_files_of_the_other_days(season: Lake):
    before = {name: files_of(season, name) for name in TABLES}
    put(season, FIRST + 2 * DAY, [Game(3, points=2)], NOON + 9 * DAY)
    reports = bring_up_to_date(season)
    for name, (new, same) in TABLES.items():
        now = files_of(season, name)
        assert (len(now - before[name]), len(now & before[name])) == (new, same), name
    report = reports[f"{FCT_PLAYS.qualified} {FEBRUARY}"]
    assert (report.rows_in, report.rows_out) == (3 * PLAYS_OF_A_GAME,) * 2, "the counts are those of the month"
    assert (report.added, report.removed, report.changed) == (0, 0, 1)


def test_days_asked_again_without_a_change_are_not_built_again(season: Lake):
    """Trap: a week of days is asked again every day, and most of their responses are what they were."""
    for number in range(5):
        put(season, FIRST + number * DAY, [Game(number + 1)], NOON + 9 * DAY)
    assert {name for name in bring_up_to_date(season) if "ops." not in name} == set()
    put(season, FIRST + 4 * DAY, [Game(5, points=1)], NOON + 10 * DAY)
    bring_up_to_date(season)
    put(season, FIRST + 4 * DAY, [Game(5)], NOON + 11 * DAY)
    bring_up_to_date(season)
    newest = season.scan(FCT_PLAYS.qualified).filter(pl.col("game_id") == 5).select(pl.col("fetched_at").unique())
    assert newest.collect().item() == NOON + 11 * DAY, "what the source says again after something else is new"


def test_with_a_second_route_the_response_fetched_last_wins(season: Lake):
    """Trap: the day's response repeats what it said before another route said something else."""
    request = Request(PLAYS_BY_GAME.name, (("gameId", 4),), 2025)
    keep(season, request, Game(4, points=2).plays(FIRST + 3 * DAY), NOON + 9 * DAY)
    bring_up_to_date(season, PLAYS_BY_GAME)
    put(season, FIRST + 3 * DAY, [Game(4)], NOON + 10 * DAY)
    bring_up_to_date(season, PLAYS)
    found = season.scan(FCT_PLAYS.qualified).filter(pl.col("game_id") == 4).select(pl.col("fetched_at").unique())
    assert found.collect().item() == NOON + 10 * DAY


def test_rejected_rows_of_the_other_days_stay(season: Lake):
    put(season, FIRST + 2 * DAY, [Game(3, defect="invalid"), Game(8)], NOON + 8 * DAY)
    bring_up_to_date(season)
    put(season, FIRST + 3 * DAY, [Game(4, points=1)], NOON + 9 * DAY)
    report = bring_up_to_date(season)[f"{PLAYS.bronze} {FEBRUARY}"]
    assert report.by_rule == {"greater_than_or_equal_to(0.0)": 1} or report.quarantined == 1
    assert rows(season, "ops.quarantine", "table_name", "day") == [(PLAYS.bronze, FIRST + 2 * DAY)]


def test_a_game_that_was_moved_is_on_one_day(season: Lake):
    """Trap: the settled response of the old day still has the game, and days are built apart from each other."""
    put(season, FIRST + 4 * DAY, [Game(5), Game(3, points=2)], NOON + 9 * DAY)
    report = bring_up_to_date(season)[f"{FCT_PLAYS.qualified} {FEBRUARY}"]
    assert rows(season, FCT_PLAYS, "game_id").count(3) == PLAYS_OF_A_GAME
    days = season.scan(FCT_PLAYS.qualified).filter(pl.col("game_id") == 3).select(pl.col("game_date").unique())
    assert days.collect().to_series().to_list() == [FIRST + 4 * DAY]
    assert report.deduplicated == PLAYS_OF_A_GAME


def test_a_play_of_two_days_is_that_of_the_earlier_day_in_either_order_of_arrival(tmp_path: Path):
    """Trap: a later run brings an earlier day, and the row of the later day is in a piece that would stay."""
    lakes = [new_lake(tmp_path / name) for name in ("ahead", "back")]
    days = [FIRST + 2 * DAY, FIRST + 4 * DAY]
    for lake, order in zip(lakes, (days, days[::-1]), strict=True):
        for number, day in enumerate(order):
            put(lake, day, [Game(day.day, defect="clash")], NOON + number * DAY)
            bring_up_to_date(lake)
    for lake in lakes:
        assert rows(lake, FCT_PLAYS, "game_id", "play_id").count((days[0].day, 9_999)) == 1
        assert rows(lake, "ops.quarantine", "rule", "value", "day") == [("unique", "9999", days[1])]


def test_another_route_to_one_game_rebuilds_its_day(season: Lake):
    before = files_of(season, FCT_PLAYS.qualified)
    request = Request(PLAYS_BY_GAME.name, (("gameId", 4),), 2025)
    keep(season, request, Game(4, points=2).plays(FIRST + 3 * DAY), NOON + 9 * DAY)
    bring_up_to_date(season, PLAYS_BY_GAME)
    assert len(files_of(season, FCT_PLAYS.qualified) & before) == 3, "files of the other days stay"
    points = season.scan(FCT_PLAYS.qualified).filter(pl.col("game_id") == 4).select(pl.col("home_score").max())
    assert points.collect().item() >= 2


def test_a_lake_of_an_earlier_release_is_built_by_months_once(season: Lake):
    """Without pieces the month is built as a whole, and has pieces from then on."""
    table = season.iceberg(FCT_PLAYS.qualified)
    assert table is not None
    with table.transaction() as change:
        change.remove_properties(f"{DAYS}{FEBRUARY}")
    assert pieces(season, FCT_PLAYS, FEBRUARY) == []
    put(season, FIRST + 3 * DAY, [Game(4, points=2)], NOON + 9 * DAY)
    bring_up_to_date(season)
    assert_counted(season)


def test_a_day_of_a_merged_file_is_replaced_in_it(season: Lake, tmp_path: Path):
    """Maintenance merges the files of a month; a later correction of one day keeps the rows of the other days."""
    once = new_lake(tmp_path / "once")
    for name in (PLAYS.table, FCT_PLAYS, FCT_PLAY_PARTICIPANTS):
        compact(season, Crowded(name, FEBRUARY, files=3, rows=3 * PLAYS_OF_A_GAME, bytes=1))
        assert len(pieces(season, name, FEBRUARY)) > 1, "the days are known as before"
    put(season, FIRST + 3 * DAY, [Game(4, points=2)], NOON + 9 * DAY)
    bring_up_to_date(season)
    for number in range(5):
        put(once, FIRST + number * DAY, [Game(number + 1)], NOON + number * DAY)
    put(once, FIRST + 3 * DAY, [Game(4, points=2)], NOON + 9 * DAY)
    bring_up_to_date(once)
    assert_same(season, once)
    assert_counted(season)


# -- the plan ---------------------------------------------------------------------------------------------------------


@given(st.sets(st.integers(0, 27), min_size=1), st.sets(st.integers(0, 27)))
def test_days_as_spans_select_these_days_only(chosen: set[int], others: set[int]):
    days = Days(tuple(date(2025, 2, 1) + n * DAY for n in chosen))
    found = pl.DataFrame({"day": [date(2025, 2, 1) + n * DAY for n in sorted(chosen | others)]}).filter(
        days.holds("day")
    )
    assert found["day"].to_list() == sorted(days.days)
    assert all(one[1] + DAY < other[0] for one, other in zip(days.spans, days.spans[1:], strict=False))


def test_days_that_are_built_only_for_their_piece_are_pieces_of_their_own():
    days = [date(2025, 2, 1) + n * DAY for n in range(6)]
    wanted = dict.fromkeys(days, "new")
    plan = Plan(FEBRUARY, wanted, left=frozenset(days[:3]), same=frozenset(days[:2]))
    assert plan.spans(lambda span: 1, 10) == [(days[0], days[1]), (days[2], days[5])]
