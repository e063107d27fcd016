"""Seasons of bronze are kept in pieces of responses: a build reads what is new, and the lake is that of one build."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from quality.contracts.game_teams import FCT_GAME_TEAMS, GAME_TEAMS
from quality.dataset import Endpoint
from tasks.build import build_dataset
from tasks.errors import Overtaken
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake
from tasks.lake.replacement import DAYS
from tasks.lake.table_files import Crowded, compact, crowded
from tasks.layers import _responses
from tasks.layers.bronze import build_bronze
from tasks.layers.report import LayerReport
from tasks.layers.sources import sources
from tests.support.lakes import NOON, assert_conserved, content, files_of, keep, new_lake, request_of, rows
from tests.support.records import record

DAY = timedelta(days=1)
SEASON = PartitionKey(2025)


def box(number: int, points: int = 0, **values: Any) -> dict[str, Any]:
    return record(GAME_TEAMS.record, points + 1, **{"gameId": number, "teamId": number} | values)


def put(lake: Lake, window: int, numbers: list[int], run: int = 0, points: int = 0, **values: Any) -> None:
    found = [box(number, points, **values) for number in numbers]
    keep(lake, request_of(GAME_TEAMS, 2025, window=window), found, NOON + run * DAY + timedelta(minutes=window))


def bring_up_to_date(lake: Lake, endpoint: Endpoint = GAME_TEAMS) -> dict[str, LayerReport]:
    done = build_dataset(lake, endpoint, 2025, lambda _: None)
    assert done.failed == []
    for report in done.reports:
        assert_conserved(report)
    return {report.table: report for report in done.reports}


answers = st.tuples(st.integers(0, 3), st.sets(st.integers(1, 4), max_size=3), st.integers(0, 2), st.integers(0, 9))


@pytest.mark.slow
@given(story=st.lists(st.lists(answers, min_size=1, max_size=3), min_size=1, max_size=4))
@settings(max_examples=12, deadline=None, phases=[Phase.generate])
def test_runs_one_after_the_other_give_the_lake_of_one_build(story: list[list[tuple[int, set[int], int, int]]]):
    """Windows are asked again, with other boxes, fewer of them, and boxes that break the contract."""
    with TemporaryDirectory() as folder:
        step, once = new_lake(Path(folder, "step")), new_lake(Path(folder, "once"))
        for number, run in enumerate(story):
            for window, games, points, luck in run:
                for lake in (step, once):
                    bad = [box(20 + n) for n in range(30)] + [box(50, teamId=None)] if luck == 0 else []
                    answer = [*(box(10 * window + game, points) for game in sorted(games)), *bad]
                    moment = NOON + number * DAY + timedelta(minutes=window)
                    keep(lake, request_of(GAME_TEAMS, 2025, window=window), answer, moment)
            build_dataset(step, GAME_TEAMS, 2025, lambda _: None)
        build_dataset(once, GAME_TEAMS, 2025, lambda _: None)
        for name in (GAME_TEAMS.bronze, "ops.quarantine"):
            one, other = (content(lake, [name])[name] if name in lake.tables() else None for lake in (step, once))
            assert (one is None) == (other is None)
            if one is not None and other is not None:
                assert_frame_equal(one, other)


@pytest.fixture
def season(tmp_path: Path) -> Lake:
    """Three windows, of which each was asked by a run of its own."""
    lake = new_lake(tmp_path / "lake")
    for window in range(3):
        put(lake, window, [10 * window + n for n in range(3)], run=window)
        bring_up_to_date(lake)
    return lake


def test_a_response_that_changed_leaves_the_files_of_the_others(season: Lake):
    before = files_of(season, GAME_TEAMS.bronze)
    put(season, 1, [10, 11, 12], run=9, points=5)
    report = bring_up_to_date(season)[GAME_TEAMS.bronze]
    assert (len(files_of(season, GAME_TEAMS.bronze) - before), len(files_of(season, GAME_TEAMS.bronze) & before)) == (
        1,
        2,
    )
    assert (report.rows_in, report.rows_out) == (9, 9), "the counts are those of the season"
    assert len(rows(season, FCT_GAME_TEAMS, "game_id")) == 9


def test_responses_of_one_piece_of_which_one_changed_are_read_once_more_and_then_kept(tmp_path: Path):
    lake = new_lake(tmp_path / "lake")
    for window in range(3):
        put(lake, window, [10 * window])
    bring_up_to_date(lake)
    assert len(files_of(lake, GAME_TEAMS.bronze)) == 1
    put(lake, 1, [10], run=1, points=3)
    bring_up_to_date(lake)
    before = files_of(lake, GAME_TEAMS.bronze)
    put(lake, 1, [10], run=2, points=4)
    bring_up_to_date(lake)
    assert (len(before), len(files_of(lake, GAME_TEAMS.bronze) & before)) == (2, 1), (
        "those that did not change are a piece of their own"
    )


def test_rejected_rows_stay_in_quarantine_while_their_response_is_in_force(season: Lake):
    boxes = [*(box(100 + n) for n in range(40)), box(99, teamId=None)]
    keep(season, request_of(GAME_TEAMS, 2025, window=3), boxes, NOON + 3 * DAY)
    bring_up_to_date(season)
    rejected = rows(season, "ops.quarantine", "table_name", "column_name")
    put(season, 0, [1, 2, 3], run=5, points=2)
    bring_up_to_date(season)
    assert rows(season, "ops.quarantine", "table_name", "column_name") == rejected == [(GAME_TEAMS.bronze, "team_id")]


def test_merged_files_are_read_anew_once(season: Lake):
    """Trap: the files that a piece names are gone, and their rows are in a file that would be removed."""
    before = rows(season, GAME_TEAMS.bronze, "game_id", "raw_object")
    compact(season, Crowded(GAME_TEAMS.table, SEASON, files=3, rows=9, bytes=1))
    put(season, 1, [10, 11, 12], run=9, points=5)
    bring_up_to_date(season)
    assert len(rows(season, GAME_TEAMS.bronze, "game_id", "raw_object")) == len(before)


def test_files_are_merged_after_the_season(season: Lake):
    """Trap: maintenance merges the pieces of a running season each week, and all responses are read again."""
    for number in range(9):
        put(season, 3 + number, [100 + number], run=4 + number)
        bring_up_to_date(season)
    assert crowded(season, GAME_TEAMS.table, date(2025, 7, 31)) == []
    assert [item.key for item in crowded(season, GAME_TEAMS.table, date(2025, 8, 1))] == [SEASON]


def test_files_that_are_merged_during_a_build_are_not_lost(season: Lake, monkeypatch: pytest.MonkeyPatch):
    """Trap: the build keeps files by name, and maintenance replaces them before it commits."""
    put(season, 1, [10, 11, 12], run=9, points=5)
    done = _responses.Responses.conclude

    def merged_meanwhile(self: _responses.Responses, report: LayerReport) -> str | None:
        compact(season, Crowded(GAME_TEAMS.table, SEASON, files=3, rows=9, bytes=1))
        return done(self, report)

    found = sources(season, GAME_TEAMS, 2025)
    monkeypatch.setattr(_responses.Responses, "conclude", merged_meanwhile)
    with pytest.raises(Overtaken, match="merged meanwhile"):
        build_bronze(season, GAME_TEAMS, SEASON, found)
    monkeypatch.undo()
    bring_up_to_date(season)
    assert len(rows(season, GAME_TEAMS.bronze, "game_id")) == 9


def test_another_contract_reads_all_responses(season: Lake, monkeypatch: pytest.MonkeyPatch):
    """Trap: pieces of an earlier version of the code stay."""
    before = files_of(season, GAME_TEAMS.bronze)
    monkeypatch.setattr("tasks.layers.report.CODE_VERSION", "next")
    bring_up_to_date(season)
    assert files_of(season, GAME_TEAMS.bronze).isdisjoint(before)


def test_without_pieces_a_season_is_read_as_a_whole(season: Lake):
    """A lake of an earlier release has none, and a season of more responses than are listed."""
    table, before = season.iceberg(GAME_TEAMS.bronze), files_of(season, GAME_TEAMS.bronze)
    assert table is not None
    with table.transaction() as change:
        change.remove_properties(f"{DAYS}{SEASON}")
    put(season, 1, [10, 11, 12], run=9, points=5)
    bring_up_to_date(season)
    assert files_of(season, GAME_TEAMS.bronze).isdisjoint(before)
    assert len(rows(season, GAME_TEAMS.bronze, "game_id")) == 9


def test_more_responses_than_are_listed(season: Lake, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_responses, "MOST", 2)
    put(season, 1, [10, 11, 12], run=9, points=5)
    before = files_of(season, GAME_TEAMS.bronze)
    bring_up_to_date(season)
    table = season.iceberg(GAME_TEAMS.bronze)
    assert table is not None
    assert f"{DAYS}{SEASON}" not in table.properties
    assert files_of(season, GAME_TEAMS.bronze).isdisjoint(before)
