"""A response that is equal to one that was read in full is not read again, and what is known of it is the same."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.contracts.games import GAMES
from quality.contracts.lines import LINES
from quality.contracts.plays import PLAYS
from quality.dataset import Endpoint
from tasks.build import build_dataset
from tasks.lake.lake import Lake
from tasks.lake.raw import Envelope
from tasks.layers.earlier import Answered, Earlier
from tasks.layers.inspection import Inspection, contract_of, inspect
from tests.support.lakes import NOON, envelope_of, new_lake, request_of
from tests.support.records import record

DAY = date(2025, 1, 30)
AT_NOON = datetime(DAY.year, DAY.month, DAY.day, 18, tzinfo=UTC)
LATER = timedelta(days=1)


def plays(*points: int) -> list[dict[str, Any]]:
    """Plays of one game; negative points break the contract."""
    made = [record(PLAYS.record, n, gameId=7, gameStartDate=AT_NOON.isoformat()) for n in range(1, 1 + len(points))]
    for play, home in zip(made, points, strict=True):
        play["homeScore"] = home
    return made


def lake_with(tmp_path, records: list[dict[str, Any]]) -> Lake:
    """A lake with the first response to the request for a day of plays, which was only counted."""
    lake, request, body = new_lake(tmp_path / "lake"), request_of(PLAYS, 2025, DAY), orjson.dumps(records)
    found = inspect(PLAYS, request, envelope_of(request, body, NOON, records=0), body, earlier=None)
    assert found.defect is None
    lake.raw.put(request, found.envelope, body)
    return lake


def judged(lake: Lake, records: list[dict[str, Any]], earlier: Earlier | None = None) -> Inspection:
    """The judgement of another response to the request."""
    request, body = request_of(PLAYS, 2025, DAY), orjson.dumps(records)
    envelope = envelope_of(request, body, NOON + LATER, records=0)
    earlier = earlier or Answered.of(lake, PLAYS, 2025).before(request, envelope.sha256)
    return inspect(PLAYS, request, envelope, body, earlier=earlier)


def built(lake: Lake) -> Lake:
    assert build_dataset(lake, PLAYS, 2025, lambda _: None).failed == []
    return lake


def test_rows_that_break_the_contract_do_not_count_though_the_first_response_has_them(tmp_path):
    """A response that is asked again is compared by its good rows: otherwise a correction without the bad ones would
    look like a loss, and be held back."""
    records = plays(*range(19), -1)
    lake = built(lake_with(tmp_path, records))
    assert lake.raw.envelope(next(lake.raw.objects("plays")).path).tally == {"7": 20}
    assert judged(lake, records).envelope.tally == {"7": 19}


def test_an_equal_response_is_judged_by_what_bronze_has_of_the_first_one(tmp_path):
    records = plays(*range(20))
    lake = built(lake_with(tmp_path, records))
    envelope = envelope_of(request_of(PLAYS, 2025, DAY), orjson.dumps(records), NOON, records=0)
    before = Answered.of(lake, PLAYS, 2025).before(request_of(PLAYS, 2025, DAY), envelope.sha256)
    assert before is not None
    assert before.has_rows_only
    marked = Earlier(replace(before.envelope, tally={"7": 99}), has_rows_only=True)
    assert judged(lake, records, marked).envelope.tally == {"7": 99}, "the body was read again"


def test_a_response_that_was_read_in_full_settles_the_equal_ones_after_it(tmp_path):
    records = plays(*range(19), -1)
    lake = built(lake_with(tmp_path, records))
    second = judged(lake, records).envelope
    assert second.checked_by == contract_of(PLAYS)
    marked = Earlier(replace(second, tally={"7": 99}))
    assert judged(lake, records, marked).envelope.tally == {"7": 99}, "the body was read again"
    other = Earlier(replace(second, tally={"7": 99}, checked_by="of another release"))
    assert judged(lake, records, other).envelope.tally == {"7": 19}, "another contract decides what a row is"


def test_an_envelope_says_which_body_its_own_has_all_records_of(tmp_path):
    """Traps: an equal response after it does not say so any more; a body that is lost fails the next call."""
    request, moments = request_of(PLAYS, 2025, DAY), [NOON + number * timedelta(hours=1) for number in range(4)]
    lake, found = new_lake(tmp_path), list[str | None]()
    for moment, count in zip(moments, (5, 9, 9, 12), strict=True):
        body = orjson.dumps(plays(*range(count)))
        envelope = envelope_of(request, body, moment, records=0)
        earlier = Answered.of(lake, PLAYS, 2025).before(request, envelope.sha256)
        if count == 12:
            Path(lake.location, "raw", next(iter(lake.raw.latest(PLAYS.name).values())).path).unlink()
        envelope = inspect(PLAYS, request, envelope, body, earlier=earlier).envelope
        lake.raw.put(request, envelope, body)
        found.append(envelope.repeats)
    first = hashlib.sha256(orjson.dumps(plays(*range(5)))).hexdigest()
    assert found == [None, first, first, None]


def test_a_response_that_bronze_does_not_have_is_read(tmp_path):
    records = plays(*range(20))
    lake = lake_with(tmp_path, records)
    before = Answered.of(lake, PLAYS, 2025).before(request_of(PLAYS, 2025, DAY), "0" * 64)
    assert before is not None
    assert not before.has_rows_only
    assert judged(lake, records).envelope.checked_by == contract_of(PLAYS)


@pytest.mark.parametrize(("endpoint", "fields"), [(GAMES, {"status": "scheduled"}), (LINES, {})])
def test_a_game_that_was_not_over_is_judged_again_by_an_equal_response(endpoint: Endpoint, fields: dict[str, Any]):
    """The response stays the same when a game ends whose record has no status, but the game is over then."""
    start = {"startDate": NOON.isoformat()}
    body = orjson.dumps([record(endpoint.record, 1, **start, **fields, season=2025)])
    request = request_of(endpoint, 2025)

    def of(moment: datetime, earlier: Envelope | None) -> Envelope:
        known = Earlier(earlier) if earlier else Earlier(envelope_of(request, b"[]", moment, records=1))
        return inspect(endpoint, request, envelope_of(request, body, moment, records=0), body, earlier=known).envelope

    during = of(NOON, None)
    assert during.open_games
    after = of(NOON + LATER, during)
    assert after.open_games == of(NOON + LATER, None).open_games
    assert bool(after.open_games) == ("status" in fields)


@settings(max_examples=8)  # each builds a lake
@given(points=st.lists(st.integers(-1, 3), min_size=1, max_size=12), again=st.lists(st.integers(-1, 3), max_size=12))
def test_what_is_known_of_a_response_does_not_depend_on_how_it_was_read(tmp_path_factory, points, again):
    lake = lake_with(tmp_path_factory.mktemp("any"), plays(*points))
    build_dataset(lake, PLAYS, 2025, lambda _: None)
    for records in (plays(*points), plays(*again)):
        empty = Earlier(envelope_of(request_of(PLAYS, 2025, DAY), b"[]", NOON, records=1))
        read, found = judged(lake, records, empty), judged(lake, records)
        assert found.defect == read.defect
        assert (found.envelope.records, found.envelope.tally) == (read.envelope.records, read.envelope.tally)
