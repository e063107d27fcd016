"""A response with fewer rows of a game than before replaces nothing, is reported, and stays due until believed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from quality.contracts.game_teams import GAME_TEAMS
from quality.contracts.games import FCT_GAMES, GAMES
from quality.contracts.lines import FCT_LINES, LINES
from quality.contracts.plays import FCT_PLAYS, PLAYS
from quality.contracts.rosters import ROSTERS
from tasks.completeness.due import todo
from tasks.corrections.table import corrections
from tasks.lake.lake import Lake
from tasks.layers.guard import BELIEVED, holds
from tests.support.lakes import NOON, build, built, keep, request_of, rows
from tests.support.records import record

DAY = timedelta(days=1)
JANUARY = date(2025, 1, 15)


def plays(game: int, count: int, at: str = "2025-01-15T18:30:00.000Z") -> list[dict[str, Any]]:
    return [record(PLAYS.record, game * 1000 + n, gameId=game, gameStartDate=at) for n in range(count)]


def keep_plays(lake: Lake, counts: dict[int, int], at: datetime = NOON, day: date = JANUARY) -> None:
    keep(lake, request_of(PLAYS, 2025, day), [row for game, n in counts.items() for row in plays(game, n)], at)


def by_game(lake: Lake) -> dict[int, int]:
    found = rows(lake, FCT_PLAYS, "game_id")
    return {game: found.count(game) for game in sorted(set(found))}


def is_due(lake: Lake, now: datetime) -> bool:
    """Whether the plays of the day are due."""
    return request_of(PLAYS, 2025, JANUARY) in todo(lake, PLAYS, 2025, now).due


def test_a_truncated_day_loses_no_game(lake: Lake):
    """Trap: one day asked again and cut to a tenth; three of four games lost all plays, and nothing asked again."""
    keep_plays(lake, {1: 60, 2: 60, 3: 60, 4: 60})
    built(lake, PLAYS)
    keep_plays(lake, {1: 24}, NOON + DAY)
    done = build(lake, PLAYS)
    assert done.failed == []
    assert by_game(lake) == {1: 60, 2: 60, 3: 60, 4: 60}
    assert [(hold.subject, hold.rows, hold.before, hold.days) for hold in done.held] == [
        (game, 24 if game == 1 else 0, 60, 1) for game in (1, 2, 3, 4)
    ]
    assert is_due(lake, NOON + DAY + timedelta(minutes=1)), "it is asked again in the next run"
    keep_plays(lake, {1: 60, 2: 60, 3: 60, 4: 61}, NOON + 2 * DAY)
    assert build(lake, PLAYS).held == []
    assert by_game(lake) == {1: 60, 2: 60, 3: 60, 4: 61}
    assert not is_due(lake, NOON + 4 * DAY)


def test_games_with_enough_rows_are_taken_from_the_same_response(lake: Lake):
    keep_plays(lake, {1: 60, 2: 60})
    built(lake, PLAYS)
    keep_plays(lake, {1: 70, 2: 12}, NOON + DAY)
    built(lake, PLAYS)
    assert by_game(lake) == {1: 70, 2: 60}


def test_a_genuine_correction_passes(lake: Lake):
    """Three plays of sixty are within the tolerance, and so are games that were not over at the first response."""
    keep_plays(lake, {1: 60})
    keep_plays(lake, {1: 57}, NOON + DAY)
    assert build(lake, PLAYS).held == []
    assert by_game(lake) == {1: 57}
    early = datetime.fromisoformat("2025-01-15T20:00:00Z")
    keep_plays(lake, {1: 90}, early)
    assert holds(lake, PLAYS, 2025) == []


def test_what_the_source_repeats_on_several_days_is_believed(lake: Lake):
    """Nothing is refused for good: the number must come back on different days, not twice within one."""
    keep_plays(lake, {1: 60, 2: 60})
    for hour in range(5):
        keep_plays(lake, {1: 60, 2: 20}, NOON + DAY + timedelta(hours=hour))
    assert [hold.days for hold in holds(lake, PLAYS, 2025)] == [1]
    keep_plays(lake, {1: 60, 2: 21}, NOON + 2 * DAY)
    assert [hold.days for hold in holds(lake, PLAYS, 2025)] == [1], "another number begins again"
    for day in range(3, 3 + BELIEVED - 1):
        built(lake, PLAYS)
        assert by_game(lake) == {1: 60, 2: 60}
        keep_plays(lake, {1: 60, 2: 21}, NOON + day * DAY)
    built(lake, PLAYS)
    assert (by_game(lake), holds(lake, PLAYS, 2025)) == ({1: 60, 2: 21}, [])


def test_an_equal_response_counts_as_a_repetition(lake: Lake):
    """Equal bodies are recognised by their names and not read; their days count nevertheless."""
    keep_plays(lake, {1: 60})
    for day in range(1, 1 + BELIEVED):
        assert len(holds(lake, PLAYS, 2025)) == (day > 1)
        keep_plays(lake, {1: 20}, NOON + day * DAY)
    assert holds(lake, PLAYS, 2025) == []


@pytest.mark.parametrize("body", [[], [record(GAMES.record, 9, season=2024)]], ids=["empty", "another season"])
def test_a_response_without_usable_rows_removes_nothing_and_stays_due(lake: Lake, body: list[dict[str, Any]]):
    request = request_of(GAMES, 2025, window=2)
    keep(lake, request, [record(GAMES.record, n, startDate="2025-01-15T18:30:00.000Z", status="final") for n in (1, 2)])
    built(lake, GAMES)
    keep(lake, request, body, NOON + DAY)
    build(lake, GAMES)
    assert rows(lake, FCT_GAMES, "game_id") == [1, 2]
    found = todo(lake, GAMES, 2025, NOON + DAY + timedelta(minutes=1))
    assert request in found.due


def test_a_final_game_does_not_become_scheduled_again(lake: Lake):
    """A stale copy of the schedule is no correction; a result that changes is."""
    request, at = request_of(GAMES, 2025, window=2), "2025-01-15T18:30:00.000Z"
    final = record(GAMES.record, 1, startDate=at, status="final", homePoints=75, awayPoints=81)
    keep(lake, request, [final])
    keep(lake, request, [final | {"status": "in_progress", "homePoints": 40}], NOON + DAY)
    built(lake, GAMES)
    assert rows(lake, FCT_GAMES, "game_id", "home_points", "status") == [(1, 75, "final")]
    keep(lake, request, [final | {"homePoints": 77}], NOON + 2 * DAY)
    built(lake, GAMES)
    assert rows(lake, FCT_GAMES, "game_id", "home_points", "status") == [(1, 77, "final")]


def test_a_game_that_moved_to_another_window_is_not_held_back(lake: Lake):
    first, second = request_of(GAMES, 2025, window=2), request_of(GAMES, 2025, window=3)
    game = record(GAMES.record, 1, startDate="2025-01-15T18:30:00.000Z", status="final")
    keep(lake, first, [game, record(GAMES.record, 2, status="final")])
    keep(lake, second, [game | {"startDate": "2025-02-15T18:30:00.000Z"}], NOON + DAY)
    keep(lake, first, [record(GAMES.record, 2, status="final")], NOON + DAY + timedelta(minutes=1))
    assert holds(lake, GAMES, 2025) == []
    built(lake, GAMES)
    assert rows(lake, FCT_GAMES, "game_id") == [1, 2]


def test_one_of_two_team_boxes_is_not_enough(lake: Lake):
    request, at = request_of(GAME_TEAMS, 2025, window=5), "2025-01-15T18:30:00.000Z"
    boxes = [record(GAME_TEAMS.record, n, gameId=1, teamId=n, startDate=at) for n in (1, 2)]
    keep(lake, request, boxes)
    keep(lake, request, boxes[:1], NOON + DAY)
    assert [(hold.rows, hold.before) for hold in holds(lake, GAME_TEAMS, 2025)] == [(1, 2)]


def test_lines_count_by_provider(lake: Lake):
    request, at = request_of(LINES, 2025, window=2), "2025-01-15T18:30:00.000Z"
    game = record(LINES.record, 1, startDate=at)
    quotes = [game["lines"][0] | {"provider": name} for name in ("one", "two")]
    keep(lake, request, [game | {"lines": quotes}])
    keep(lake, request, [game | {"lines": []}], NOON + DAY)
    built(lake, LINES)
    assert rows(lake, FCT_LINES, "provider") == ["one", "two"]


def test_a_list_without_games_is_held_back_as_a_whole(lake: Lake):
    request = request_of(ROSTERS, 2025)
    people = [record(ROSTERS.record, n) for n in range(1, 41)]
    keep(lake, request, people)
    keep(lake, request, people[:4], NOON + DAY)
    (hold,) = build(lake, ROSTERS).held
    assert (hold.subject, hold.rows, hold.before) == (None, 4, 40)
    assert len(rows(lake, ROSTERS.bronze, "raw_object")) == 40
    assert request in todo(lake, ROSTERS, 2025, NOON + DAY + timedelta(minutes=1)).due


def test_rows_that_are_held_back_are_no_corrections(lake: Lake):
    """Corrections agree with the published rows: what is not taken from a response was not corrected by it."""
    keep_plays(lake, {1: 60, 2: 60})
    built(lake, PLAYS)
    keep_plays(lake, {2: 60, 1: 20}, NOON + DAY)
    built(lake, PLAYS)
    assert corrections(lake).is_empty()
    for day in range(2, 2 + BELIEVED):
        keep_plays(lake, {2: 60, 1: 20}, NOON + day * DAY)
    built(lake, PLAYS)
    gone = corrections(lake)
    assert gone["column_name"].null_count() == gone.height == 40
