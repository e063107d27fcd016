"""ops.corrections: what the source said otherwise before, from raw alone, whatever the order of runs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from polars.testing import assert_frame_equal

from quality.contracts.game_teams import GAME_TEAMS
from quality.contracts.games import FCT_GAMES, GAMES
from quality.contracts.lines import LINES
from quality.contracts.play_routes import PLAYS_BY_GAME
from quality.contracts.plays import FCT_PLAYS, PLAYS
from quality.contracts.ratings import RATINGS_ADJUSTED
from quality.contracts.reference import VENUES
from quality.dataset import Endpoint
from tasks.lake.lake import Lake
from tasks.lake.raw import RawStore
from tasks.layers.guard import BELIEVED
from tasks.requests import Request
from tests.support.lakes import NOON, built, content, keep, new_lake, request_of, rows
from tests.support.records import record

DAY = timedelta(days=1)
OPS = "ops.corrections"
CELL = ("key", "column_name", "old", "new")
AT = datetime(2025, 6, 1, tzinfo=UTC)


def game(number: int, **values: Any) -> dict[str, Any]:
    return record(GAMES.record, number, **values)


def play(number: int, game_id: int = 1, **values: Any) -> dict[str, Any]:
    return record(PLAYS.record, number, gameId=game_id, **{"gameStartDate": "2025-01-15T18:30:00.000Z"} | values)


def answer(lake: Lake, endpoint: Endpoint, request: Request, day: int, *body: dict[str, Any]) -> None:
    keep(lake, request, list(body), NOON + day * DAY)
    built(lake, endpoint, request.season)


def found(lake: Lake, *columns: str) -> list[Any]:
    return rows(lake, OPS, *(columns or CELL)) if OPS in lake.tables() else []


MANY = [play(number) for number in range(100, 130)]  # so that a play less is no sign of a truncated response

# -- what is a correction ---------------------------------------------------------------------------------------------


def test_a_value_that_differs_when_requested_again_is_reported_with_its_times(lake: Lake):
    """Regression 8: the oldest copy won. H13: the newest does, and the change is kept."""
    request = request_of(GAMES, 2025)
    for day, attendance in enumerate((0, 0, 500, 500, 700, 0)):
        answer(lake, GAMES, request, day, game(1, attendance=attendance), game(2))
    days = {day: NOON + day * DAY for day in range(6)}
    assert found(lake, "season", *CELL, "first_seen", "last_seen") == [
        (2025, "game_id=1", "attendance", "0", "500", days[2], days[3]),
        (2025, "game_id=1", "attendance", "500", "700", days[4], days[4]),
        (2025, "game_id=1", "attendance", "700", "0", days[5], days[5]),
    ]
    assert rows(lake, FCT_GAMES, "game_id", "attendance") == [(1, 0), (2, 2)]


def test_nothing_is_reported_of_a_source_that_repeats_itself(lake: Lake):
    for day in range(3):
        answer(lake, GAMES, request_of(GAMES, 2025), day, game(1), game(2))
    assert OPS not in lake.tables(), "and nothing is read or written for it"


def test_columns_that_we_compute_follow_and_are_not_reported(lake: Lake):
    """game_date and has_result change with start_at and status; the source sent only these."""
    request = request_of(GAMES, 2025)
    answer(lake, GAMES, request, 0, game(1, status="scheduled", startDate="2025-01-15T19:00:00.000Z"))
    answer(lake, GAMES, request, 1, game(1, status="final", startDate="2025-01-16T00:00:00.250Z"))
    assert found(lake) == [
        ("game_id=1", "start_at", "2025-01-15T19:00:00Z", "2025-01-16T00:00:00.250Z"),
        ("game_id=1", "status", "scheduled", "final"),
    ]


def test_lists_and_nulls_are_compared_by_value(lake: Lake):
    request = request_of(GAMES, 2025)
    answer(lake, GAMES, request, 0, game(1, homePeriodPoints=[30, 40], attendance=None, gameNotes="Cup"))
    answer(lake, GAMES, request, 1, game(1, homePeriodPoints=[31, 39], attendance=5, gameNotes=None))
    assert sorted(found(lake), key=str) == [
        ("game_id=1", "attendance", None, "5"),
        ("game_id=1", "game_notes", "Cup", None),
        ("game_id=1", "home_period_points", "[30,40]", "[31,39]"),
    ]


def test_percentages_are_reported_as_silver_has_them(lake: Lake):
    bodies = [record(GAME_TEAMS.record, 1) for _ in range(2)]
    for body, shooting in zip(bodies, (50.0, 25.0), strict=True):
        body["teamStats"] |= {"trueShooting": shooting}
    for day, body in enumerate(bodies):
        answer(lake, GAME_TEAMS, request_of(GAME_TEAMS, 2025), day, body)
    assert found(lake) == [("game_id=1 team_id=1", "team_stats_true_shooting", "0.5", "0.25")]


def test_a_game_that_moves_to_another_window_is_the_same_game(lake: Lake):
    """Neither removed nor new: its start changed, and with it the request that brings it."""
    first, second = request_of(GAMES, 2025, window=0), request_of(GAMES, 2025, window=1)
    answer(lake, GAMES, first, 0, game(1, attendance=10), game(2))
    answer(lake, GAMES, second, 1, game(3))
    answer(lake, GAMES, first, 2, game(2))
    answer(lake, GAMES, second, 3, game(3), game(1, attendance=20))
    assert found(lake) == [("game_id=1", "attendance", "10", "20")]


def test_a_row_that_is_gone_at_the_source_is_reported(lake: Lake):
    request = request_of(PLAYS, 2025, date(2025, 1, 15))
    answer(lake, PLAYS, request, 0, *MANY, play(2), play(3, 2))
    answer(lake, PLAYS, request, 1, *MANY, play(3, 2))
    assert not {2} & {*rows(lake, FCT_PLAYS, "play_id")}
    assert found(lake, *CELL, "first_seen") == [("play_id=2", None, None, None, NOON + DAY)]
    answer(lake, PLAYS, request, 2, *MANY, play(2), play(3, 2))
    assert found(lake) == [], "it is back as it was: nothing is gone"


def test_a_withdrawn_line_and_a_game_of_no_answer_are_gone(lake: Lake):
    def line(number: int, *providers: str) -> dict[str, Any]:
        return record(LINES.record, number, lines=[{"provider": name, "spread": -1.0} for name in providers])

    request = request_of(LINES, 2025)
    answer(lake, LINES, request, 0, line(1, "A", "B"), line(2, "A"))
    for day in range(1, 1 + BELIEVED):
        assert found(lake) == [], "it is believed when it is repeated on several days"
        answer(lake, LINES, request, day, line(1, "B"))
    assert found(lake, "key", "column_name") == [("game_id=1 provider=A", None), ("game_id=2 provider=A", None)]


def test_a_dearer_route_is_requested_again_too(lake: Lake):
    """Gap-filling brings a game by another route: what differs from the day's answer is told."""
    answer(lake, PLAYS, request_of(PLAYS, 2025, date(2025, 1, 15)), 0, play(1, playText="a"), play(2))
    request = Request(PLAYS_BY_GAME.name, (("gameId", 1),), 2025)
    answer(lake, PLAYS_BY_GAME, request, 1, play(1, playText="b"), play(2), play(3))
    assert found(lake) == [("play_id=1", "play_text", "a", "b")]


def test_what_changes_alike_in_all_rows_of_a_game_is_reported_once(lake: Lake):
    """A new start of a game is not 400 corrections of plays; in the real API all starts of a season changed."""
    request = request_of(PLAYS, 2025, date(2025, 1, 15))
    first, second = (f"2025-01-15T{hour}:00:00.000Z" for hour in (18, 19))
    other = {"gameStartDate": "2025-01-15T20:00:00.000Z"}
    for day, start in enumerate((first, second)):
        plays = [play(n, gameStartDate=start, playText=f"{day * (n == 7)}") for n in range(30)]
        answer(lake, PLAYS, request, day, *plays, *(play(n, 2, **other) for n in range(40, 45)))
    assert found(lake) == [
        ("game_id=1", "start_at", "2025-01-15T18:00:00Z", "2025-01-15T19:00:00Z"),
        ("play_id=7", "play_text", "0", "1"),
    ]


def test_a_start_that_moves_over_the_end_of_a_month_is_reported_once_and_no_row_is_gone(lake: Lake):
    """Trap: months are compared apart, and both have the answers around the night between them."""
    first, second = (request_of(PLAYS, 2025, day) for day in (date(2025, 2, 1), date(2025, 2, 2)))
    before, after = ({"gameStartDate": f"2025-02-0{day}T04:00:00.000Z"} for day in (1, 2))
    answer(lake, PLAYS, first, 0, play(1, **before), play(2, 2, **before))
    answer(lake, PLAYS, second, 1, play(1, **after))
    answer(lake, PLAYS, first, 2, play(2, 2, **before, playText="x"))
    assert rows(lake, FCT_PLAYS, "play_id") == [1, 2]
    assert found(lake, "month", "key", "column_name") == [
        (date(2025, 1, 1), "play_id=1", "start_at"),
        (date(2025, 1, 1), "play_id=2", "play_text"),
    ]


def test_a_day_late_in_the_season_reads_no_superseded_answer_of_other_months(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
):
    """Trap: each day's corrections parsed every earlier answer of the season again."""
    for month in (11, 12, 1, 2, 3):
        day = date(2024 if month > 10 else 2025, month, 15)
        start = {"gameStartDate": f"{day}T18:30:00.000Z"}
        for number in (0, 1):
            body = play(month, month, playText=f"{number}", **start)
            keep(lake, request_of(PLAYS, 2025, day), [body], NOON + number * DAY)
    built(lake, PLAYS)
    read, body_of = list[str](), RawStore.body
    monkeypatch.setattr(RawStore, "body", lambda self, path: read.append(path) or body_of(self, path))
    answer(
        lake,
        PLAYS,
        request_of(PLAYS, 2025, date(2025, 3, 15)),
        2,
        play(3, 3, playText="2", gameStartDate="2025-03-15T18:30:00.000Z"),
    )
    assert len(found(lake)) == 6
    earlier = [path for path in set(read) if "date=2025-03" not in path and f"{NOON:%Y%m%dT}" in path]
    assert earlier == [], read


def test_tables_without_a_season_have_corrections_too(lake: Lake):
    for day, city in enumerate(("Aville", "Beeton")):
        answer(lake, VENUES, request_of(VENUES, None), day, record(VENUES.record, 1, city=city))
    assert found(lake, "season", *CELL) == [(None, "venue_id=1", "city", "Aville", "Beeton")]


def test_snapshots_are_not_corrected(lake: Lake):
    """Each day is a row of its own."""
    for day in range(2):
        answer(lake, RATINGS_ADJUSTED, request_of(RATINGS_ADJUSTED, 2025), day, record(RATINGS_ADJUSTED.record, day))
    assert found(lake) == []


def test_a_field_that_was_not_sent_yet_is_another_contract_not_another_value(lake: Lake):
    request = request_of(GAMES, 2025)
    old = [{name: value for name, value in game(n).items() if name != "excitement"} for n in (1, 2)]
    answer(lake, GAMES, request, 0, *old)
    answer(lake, GAMES, request, 1, game(1, attendance=77), game(2))
    assert found(lake, "key", "column_name") == [("game_id=1", "attendance")]


# -- a function of raw ------------------------------------------------------------------------------------------------


def test_all_answers_at_once_give_what_one_after_the_other_gave(tmp_path: Path):
    """Replay, and a run after a kill between fetching and building: the same corrections, none lost, none twice."""
    step, once = new_lake(tmp_path / "step"), new_lake(tmp_path / "once")
    windows = [request_of(GAMES, 2025, window=number) for number in (0, 1)]
    day = request_of(PLAYS, 2025, date(2025, 1, 15))
    story = [
        (GAMES, windows[0], [game(1, attendance=0), game(2)]),
        (PLAYS, day, [*MANY, play(1), play(2), play(3, 2)]),
        (GAMES, windows[0], [game(1, attendance=9), game(2, homePoints=1)]),
        (GAMES, windows[1], [game(3)]),
        (GAMES, windows[0], []),
        (PLAYS, day, [*MANY, play(1, playText="x"), play(3, 2)]),
        (GAMES, windows[0], [game(1, attendance=9)]),
        (GAMES, windows[1], [game(3), game(2, homePoints=5)]),
        (PLAYS, day, [*MANY, play(1, playText="y"), play(3, 2)]),
    ]
    for number, (endpoint, request, body) in enumerate(story):
        answer(step, endpoint, request, number, *body)
    for number, (_, request, body) in enumerate(story):
        keep(once, request, body, NOON + number * DAY)
    for endpoint in (PLAYS, GAMES):
        built(once, endpoint)
    one, other = (content(lake, [OPS, "silver.fct_games", "silver.fct_plays"]) for lake in (step, once))
    for name, frame in one.items():
        assert_frame_equal(frame, other[name])
    assert len(found(step)) == 6
