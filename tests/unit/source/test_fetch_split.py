"""Answers at the row cap (H10): split until whole. Trap: the API cuts at the cap with status 200 and without a sign."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.dataset import Endpoint
from tasks.requests import Window, window_request
from tests.support.toy_api import SEASONAL, WINDOWED, Script, Shelf, fetch, rows, season

DAY = timedelta(days=1)


class CappedApi(httpx.AsyncBaseTransport):
    """/toys as the real one: ends inclusive, earliest first, cut at the cap without a sign."""

    def __init__(self, starts: list[datetime], cap: int) -> None:
        self.table, self.cap = sorted(enumerate(starts), key=lambda row: row[1]), cap

    async def handle_async_request(self, request):
        first, last = (datetime.fromisoformat(request.url.params[f"{end}DateRange"]) for end in ("start", "end"))
        hit = [{"id": row} for row, start in self.table if first <= start <= last]
        return httpx.Response(200, json=hit[: self.cap])


OPENING = datetime(2029, 11, 1, tzinfo=UTC)
MILLISECONDS = st.integers(0, 30 * 86_400_000 - 1)
CROWDS = st.lists(st.tuples(MILLISECONDS, st.integers(1, 61)), max_size=25)


@settings(max_examples=60, deadline=None)
@given(crowds=CROWDS, scattered=st.lists(MILLISECONDS, max_size=120))
def test_h10_splitting_brings_every_row_exactly_once(crowds, scattered):
    """Up to 61 games share one start; the toy endpoint cuts at 70 rows."""
    crowded = {at // 2000 * 2000: size for at, size in crowds}  # a crowd alone in its two seconds can be told apart
    loose = [at for at in scattered if at // 2000 * 2000 not in crowded][:9]
    starts = [OPENING + timedelta(milliseconds=at) for at, size in crowded.items() for _ in range(size)]
    starts += [OPENING + timedelta(milliseconds=at) for at in loose]
    shelf = Shelf()
    window = window_request(WINDOWED, 2030, Window(OPENING, OPENING + 30 * DAY))
    outcomes = fetch(CappedApi(starts, 70), [(WINDOWED, window)], shelf)
    leaves = [o for o in outcomes if not o.split_into]
    ids = [row["id"] for o in leaves for row in json.loads(shelf.good[o.request])]
    assert sorted(ids) == list(range(len(starts)))
    assert {o.status for o in outcomes} == {"kept"}
    assert all(o.records < 70 for o in leaves)
    assert {half for o in outcomes for half in o.split_into} == {o.request for o in outcomes} - {window}


def test_h10_exactly_the_cap_is_taken_for_a_cut():
    starts = [OPENING + timedelta(hours=hour) for hour in range(70)]
    window = window_request(WINDOWED, 2030, Window(OPENING, OPENING + 30 * DAY))
    assert len(fetch(CappedApi(starts, 70), [(WINDOWED, window)])) > 1
    assert len(fetch(CappedApi(starts[:69], 70), [(WINDOWED, window)])) == 1


def test_h10_rows_that_no_split_can_part_fail_the_key_with_a_reason():
    window = window_request(WINDOWED, 2030, Window(OPENING, OPENING + DAY))
    outcomes = fetch(CappedApi([OPENING] * 70, 70), [(WINDOWED, window), season(2030)][:1])
    failed = [o for o in outcomes if o.status == "failed"]
    assert len(failed) == 1
    assert "cannot be split" in (failed[0].error or "")


def test_h10_a_cap_on_an_endpoint_without_windows_is_not_passed_over():
    capped = Endpoint(
        name="seasonal", path="/seasonal", record=SEASONAL.record, description="", params=SEASONAL.params, row_cap=5
    )
    assert fetch(Script(rows(4)), [season(2030, capped)])[0].status == "kept"
    outcome = fetch(Script(rows(5)), [season(2030, capped)])[0]
    assert outcome.status == "failed"
    assert "row cap of 5" in (outcome.error or "")


def test_halves_left_over_by_a_spent_budget_are_reported():
    starts = [OPENING + timedelta(hours=hour) for hour in range(600)]
    window = window_request(WINDOWED, 2030, Window(OPENING, OPENING + 30 * DAY))
    outcomes = fetch(CappedApi(starts, 70), [(WINDOWED, window)], max_calls=4)
    promised = {half for o in outcomes for half in o.split_into}
    assert promised == {o.request for o in outcomes} - {window}
    assert Counter(o.status for o in outcomes)["not_asked"] == len(promised) - 3
