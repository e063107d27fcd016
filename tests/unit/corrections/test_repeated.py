"""Responses that the next one repeats are left out of the comparison, and nothing else changes by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import orjson
import polars as pl
import pytest
from hypothesis import given, settings
from polars.testing import assert_frame_equal

from quality.contracts.game_teams import FCT_GAME_TEAMS, GAME_TEAMS
from quality.contracts.games import FCT_GAMES, GAMES
from quality.contracts.lines import FCT_LINES, LINES
from quality.contracts.plays import FCT_PLAYS, PLAYS
from quality.dataset import Endpoint, Table
from tasks.corrections._changes import COLUMNS, changes
from tasks.corrections._repeats import without_repeated
from tasks.corrections._statements import ResponseSpan, Statements, by_month, responses
from tasks.corrections.table import SCHEMA as WHOLE
from tasks.lake.cached import CachedLake
from tasks.lake.lake import Lake
from tasks.layers.earlier import Earlier, has_records
from tasks.layers.inspection import inspect
from tasks.requests import Request
from tests.support.lakes import NOON, built, envelope_of, new_lake, request_of
from tests.support.records import record

DAY = timedelta(days=1)
Body = list[dict[str, Any]]
SCHEMA = {name: WHOLE[name] for name in COLUMNS}
OTHER_CONTRACT = "0" * 64


def game(number: int, value: int = 0, provider: str = "A") -> dict[str, Any]:
    """A game with one line."""
    return record(LINES.record, number, lines=[{"provider": provider, "spread": float(value)}])


def play(number: int, game_id: int, text: str = "", day: int = 15) -> dict[str, Any]:
    return record(PLAYS.record, number, gameId=game_id, playText=text, gameStartDate=f"2025-01-{day}T18:30:00.000Z")


class Source:
    """Answers as a run keeps them: each is judged by the ones before it.

    Args:
        says: envelopes say what their body repeats; those of earlier releases do not.
    """

    def __init__(self, lake: Lake, *, says: bool = False) -> None:
        self.lake, self._earlier, self._says = lake, dict[tuple[str, str], Earlier](), says

    def answer(
        self, endpoint: Endpoint, request: Request, body: Body, at: datetime, change: dict[str, Any] | None = None
    ) -> None:
        text, place = orjson.dumps(body), (endpoint.name, request.key)
        envelope = envelope_of(request, text, at, records=0)
        found = inspect(endpoint, request, envelope, text, earlier=self._earlier.get(place))
        assert found.defect is None
        envelope = replace(found.envelope, **change or {})
        self.lake.raw.put(request, envelope, text)
        if envelope.records:
            self._earlier[place] = Earlier(envelope, read=lambda: text if self._says else b"")


def compared(lake: Lake, table: Table) -> list[int]:
    """Days of arrival of the responses that are compared, of a season or of January."""
    assert table.source is not None
    built(lake, table.source)
    found = responses(view := CachedLake(lake), table, 2025)
    if table is FCT_PLAYS:
        found = by_month(view, table, 2025, found)[date(2025, 1, 1)]
    with Statements(view, table) as statements:
        return sorted((item.raw.fetched_at - NOON).days for item in without_repeated(statements, 2025, found))


WINDOW, OTHER = (request_of(LINES, 2025, window=number) for number in (0, 1))
A, B, C = game(1), game(2), game(3)


@pytest.mark.parametrize(
    ("bodies", "left"),
    [
        ([[A, B], [A, B, C]], [1]),
        ([[B, C], [A, B, C]], [1]),
        ([[A], [A, B], [A, B, C]], [2]),
        ([[A, C], [A, B, C]], [0, 1]),
        ([[A, B], [game(1, 9), B, C]], [0, 1]),
        ([[A, B], [game(1, 9), B], [game(1, 9), B, C]], [0, 1, 2]),
        ([[A, B], [A, B, game(1, 9, "B")]], [0, 1]),
        ([[A, B], [A, B, {**A, "lines": []}]], [1]),
    ],
    ids=[
        "more games at the end",
        "more games at the start",
        "replaced twice, and repeated twice",
        "a game between them: not known without reading both",
        "a changed value",
        "replaced twice, and changed before it was repeated: the old value counts",
        "another row of a repeated game",
        "another record of a repeated game without a row",
    ],
)
def test_a_response_that_the_next_one_repeats_is_not_compared(lake: Lake, bodies: list[Body], left: list[int]):
    source = Source(lake)
    for day, body in enumerate(bodies):
        source.answer(LINES, WINDOW, body, NOON + day * DAY)
    assert compared(lake, FCT_LINES) == left


def test_a_game_that_another_request_had_is_compared(lake: Lake):
    """Trap: a game moved to another month; its rows in the one request are equal, those in the other differ."""
    source = Source(lake)
    source.answer(LINES, OTHER, [game(1, 5)], NOON)
    source.answer(LINES, WINDOW, [A, B], NOON + DAY)
    source.answer(LINES, WINDOW, [A, B, C], NOON + 2 * DAY)
    assert compared(lake, FCT_LINES) == [0, 1, 2]


@pytest.mark.parametrize("change", [{"checked_by": OTHER_CONTRACT}, {"tally": None}, {"checked_by": None}])
def test_an_envelope_that_does_not_say_what_bronze_has_is_no_proof(lake: Lake, change: dict[str, Any]):
    """Trap: rows were counted by the contract of an earlier release, which took other records."""
    source = Source(lake)
    source.answer(LINES, WINDOW, [A, B], NOON)
    source.answer(LINES, WINDOW, [A, B, C], NOON + DAY, change)
    assert compared(lake, FCT_LINES) == [0, 1]


def test_a_response_that_lost_a_game_is_compared(lake: Lake):
    """The game is held back from the newest response, and is reported as gone once the source repeats it."""
    source = Source(lake)
    for day, body in enumerate([[A, B, C], [B, C], [B, C, game(4)]]):
        source.answer(LINES, WINDOW, body, NOON + day * DAY)
    assert compared(lake, FCT_LINES) == [0, 1, 2]


def test_a_game_of_the_schedule_is_compared(lake: Lake):
    """Its tally is its state, not a number of rows."""
    source = Source(lake)
    for day, count in enumerate((1, 2)):
        body = [record(GAMES.record, number) for number in range(1, 1 + count)]
        source.answer(GAMES, request_of(GAMES, 2025), body, NOON + day * DAY)
    assert compared(lake, FCT_GAMES) == [0, 1]


FIRST, SECOND = (request_of(PLAYS, 2025, date(2025, 1, day)) for day in (15, 16))


def test_plays_of_days_that_are_repeated_are_not_compared(lake: Lake):
    """A daily run fetches a day while games are played, and again: the earlier responses of a month grow in number."""
    source = Source(lake)
    source.answer(PLAYS, FIRST, [play(1, 1)], NOON)
    source.answer(PLAYS, FIRST, [play(1, 1), play(2, 2)], NOON + DAY)
    source.answer(PLAYS, SECOND, [play(3, 3, day=16)], NOON + 2 * DAY)
    source.answer(PLAYS, SECOND, [play(3, 3, day=16), play(4, 4, day=16)], NOON + 3 * DAY)
    assert compared(lake, FCT_PLAYS) == [1, 3]
    source.answer(PLAYS, SECOND, [play(3, 3, "other", day=16), play(4, 4, day=16)], NOON + 4 * DAY)
    assert compared(lake, FCT_PLAYS) == [1, 2, 3, 4]


@pytest.mark.parametrize("text", ["", "changed"], ids=["of a repeated game", "of a game that is compared"])
def test_a_play_that_another_game_has_is_compared(lake: Lake, text: str):
    """Trap: the key of a play does not name its game, so the play of one game is a change of that of another."""
    source = Source(lake)
    many = [play(number, 9) for number in range(100, 200)]  # one rejected play of many is accepted
    source.answer(PLAYS, FIRST, [*many, play(1, 1)], NOON)
    source.answer(PLAYS, FIRST, [*many, play(1, 1, text), play(2, 2)], NOON + DAY)
    for day, count in enumerate((1, 2, 3), start=2):
        body = [play(number, 2 + place, day=16) for place, number in enumerate((3, 1, 5), start=1)]
        source.answer(PLAYS, SECOND, body[:count], NOON + day * DAY)
    assert compared(lake, FCT_PLAYS) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("body", "part", "has"),
    [
        (b'[{"a":1},{"a":2}]', b'[{"a":1}]', True),
        (b'[{"a":1},{"a":2}]', b'[{"a":2}]', True),
        (b'[{"a":[{"a":1}]},{"a":2}]', b'[{"a":1}]', False),
        (b'[{"a":12}]', b'[{"a":1}]', False),
        (b'[{"a":0},{"a":1},{"a":2}]', b'[{"a":1}]', False),
        (b'[{"a":1}]', b'[{"a":1}]', False),
    ],
)
def test_elements_of_an_array_are_found_at_its_start_and_its_end_only(body: bytes, part: bytes, has: bool):
    """Trap: the same bytes inside of an element are another value."""
    assert has_records(body, part) is has


# -- the same corrections ----------------------------------------------------------------------------------------------

CHANGES = ["at the end", "at the end", "at the end", "at the start", "changed", "moved", "dropped"]
STEPS = st.lists(st.tuples(st.integers(0, 1), st.sampled_from(CHANGES), st.integers(0, 9)), min_size=2, max_size=6)


def _line(_: int, number: int, value: int) -> dict[str, Any]:
    return game(number, value)


def _play(window: int, number: int, value: int) -> dict[str, Any]:
    return play(number, (number + 1) // 2, str(value), 14 + window)


def _box(_: int, number: int, value: int) -> dict[str, Any]:
    made = record(GAME_TEAMS.record, number, gameId=(number + 1) // 2)
    made["teamStats"] |= {"assists": value}
    return made


def _requests(table: Table) -> list[Request]:
    assert table.source is not None
    if table is FCT_PLAYS:
        return [request_of(PLAYS, 2025, date(2025, 1, day)) for day in (14, 15)]
    return [request_of(table.source, 2025, window=number) for number in (0, 1)]


ROWS: dict[str, tuple[Table, Callable[[int, int, int], dict[str, Any]]]] = {
    "lines": (FCT_LINES, _line),
    "plays": (FCT_PLAYS, _play),
    "boxes": (FCT_GAME_TEAMS, _box),
}


def _next(what: str, place: int, new: int, rows: dict[int, int], others: dict[int, int]) -> dict[int, int]:
    """The rows of a response, by number with their value, from those of the one before it and of the other request."""
    if what == "at the start":
        return {new: 0} | rows
    named = list(others if what == "moved" else rows)
    if what == "at the end" or not named:
        return rows | {new: 0}
    chosen = named[place % len(named)]
    if what == "dropped":
        return {number: value for number, value in rows.items() if number != chosen}
    return rows | {chosen: (rows | others)[chosen] + (what == "changed")}


@pytest.mark.parametrize("name", ROWS)
@settings(max_examples=8, deadline=None)
@given(steps=STEPS, says=st.booleans())
def test_the_corrections_are_those_of_all_responses(
    name: str,
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[tuple[int, str, int]],
    *,
    says: bool,
):
    """Rows that come, change, move to the other request and go, in any order; two rows may be of one game."""
    table, row = ROWS[name]
    lake, requests, bodies = new_lake(Path(tmp_path_factory.mktemp("lake"))), _requests(table), [dict[int, int](), {}]
    source = Source(lake, says=says)
    assert table.source is not None
    for day, (window, what, place) in enumerate(steps):
        bodies[window] = _next(what, place, 2 + day, bodies[window], bodies[1 - window])
        body = [row(window, *item) for item in bodies[window].items()]
        source.answer(table.source, requests[window], body, NOON + day * DAY)
    built(lake, table.source)
    view = CachedLake(lake)
    found = responses(view, table, 2025)
    scopes = {None: found} if table is FCT_LINES else by_month(view, table, 2025, found) if found else {}
    for month, history in scopes.items():
        with Statements(view, table) as statements:
            less = without_repeated(statements, 2025, history)
        assert [item for item in less if item.current] == [item for item in history if item.current]
        every, some = (_found(view, table, items, month) for items in (history, less))
        assert_frame_equal(every, some, check_row_order=False)


def _found(lake: Lake, table: Table, history: list[ResponseSpan], month: date | None) -> pl.DataFrame:
    if all(item.current for item in history):
        return pl.DataFrame(schema=SCHEMA)
    with Statements(lake, table) as statements:
        return changes(statements, 2025, history, month).cast(SCHEMA)
