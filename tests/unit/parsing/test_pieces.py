"""A large body is read in pieces: whatever stands in it, the result is that of reading it whole."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import tasks.parsing.parse
from tasks.errors import ContractViolation
from tasks.parsing._pieces import Pieces
from tasks.parsing.parse import Parsed, parse
from tests.support.records import count_records
from tests.unit.parsing.test_parse import ANY_JSON, EVERY, GOOD_RECORDS, full

TRAPS = ('},{"id":1,"weight":', '"},{"id":1,"weight":2', "]}", '\\"},{"', "}\n,\n{", "é")


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.parsing.parse, "PIECE_BYTES", 64)


def whole(body: bytes) -> Parsed:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tasks.parsing.parse, "PIECE_BYTES", len(body) + 1)
        return parse(body, EVERY)


def assert_same(body: bytes) -> None:
    found, expected = parse(body, EVERY), whole(body)
    assert_frame_equal(found.frame, expected.frame)
    assert found.unknown_fields.to_list() == expected.unknown_fields.to_list()
    assert (found.rejects, found.drift) == (expected.rejects, expected.drift)


@pytest.mark.parametrize("indent", [None, 2])
def test_pieces_hold_the_records_in_order(indent: int | None):
    records = [full(id=number) for number in range(50)]
    found = Pieces(json.dumps(records, indent=indent).encode(), 500)
    assert len(found) > 5
    assert [record for piece in found for record in orjson.loads(piece)] == records


def test_an_array_that_does_not_say_where_its_records_begin_is_one_piece():
    for records in ([{"id": 1}] * 99, [{"parts": [1], "id": 2}] * 99, [1] * 99, []):
        body = json.dumps(records).encode()
        assert list(Pieces(body, 10)) == [body]


@given(records=st.lists(GOOD_RECORDS, min_size=2), label=st.sampled_from(TRAPS))
def test_what_looks_like_a_cut_and_is_none_changes_nothing(records: list[dict[str, Any]], label: str):
    """Trap: the end of one record and the start of the next, as a player's name or as objects in a list."""
    inside = [{"id": number, "weight": 1.5} for number in range(9)]
    assert_same(json.dumps([*records, full(label=label), full(parts=inside), *records]).encode())


@given(records=st.lists(st.fixed_dictionaries({"id": st.integers(0, 9), "weight": st.none() | st.floats(0, 1)})))
def test_new_columns_of_some_pieces_are_reported_as_of_the_whole(records: list[dict[str, Any]]):
    assert_same(json.dumps([*(full(**record) for record in records), full(logo=5), full(logo=None)]).encode())


@given(extra=st.lists(st.dictionaries(st.sampled_from(["logo", "maker", "parts", "madeAt"]), ANY_JSON), max_size=6))
def test_whatever_json_comes_pieces_change_nothing(extra: list[dict[str, Any]]):
    body = json.dumps([full(**item) for item in extra]).encode()
    try:
        expected = whole(body)
    except ContractViolation:
        with pytest.raises(ContractViolation):
            parse(body, EVERY)
        return
    assert parse(body, EVERY).rejects == expected.rejects
    assert_same(body)


@pytest.mark.parametrize(
    "end", ["", "]]", ",]", "]}", "] trailing", '],"rows":[{"id": 1}]', '],"x":[{"id": 1}]', "][{}]"]
)
def test_a_large_body_that_is_no_json_is_refused_whole(end: str):
    """Traps: a body cut between two records, brackets that close in a later piece only."""
    records = json.dumps([full(id=number) for number in range(9)])[:-1]
    with pytest.raises(ContractViolation, match="the raw store has the response"):
        parse((records + end).encode(), EVERY)


@pytest.mark.parametrize("number", ["NaN", "-Infinity"])
def test_a_number_that_json_has_not_costs_its_record_in_any_piece(number: str):
    body = json.dumps([full(id=n) for n in range(9)] + [full(weight=7.25)]).replace("7.25", number).encode()
    found = parse(body, EVERY)
    assert (count_records(body), found.frame["toy_id"].to_list()) == (10, list(range(9)))
    assert [item.rule for item in found.rejects] == ["not JSON"]


def test_records_of_all_pieces_are_counted():
    assert count_records(json.dumps([full(id=number) for number in range(1_000)]).encode()) == 1_000
