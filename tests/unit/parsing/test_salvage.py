"""One bad character costs its record, not the response. Trap: 30 days of games were refused for one name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import ContractViolation
from tasks.parsing import _records, _salvage
from tasks.parsing.parse import parse
from tests.support.records import count_records
from tests.support.toys import EVERY, full

MARK = "MARK"


def body_with(bad: bytes, number: int = 60) -> bytes:
    rows = [full(id=row, label=f'"a\\{{[ {row}') for row in range(number)]
    rows[7]["label"] = MARK
    return json.dumps(rows).encode().replace(b'"MARK"', bad)


@pytest.mark.parametrize(
    "bad", [b'"\\ud83d"', b'"Jos\xe9"', b"1e400", b"NaN", b'"a\x00b"', b'"\\x"', b"01", b"'x'", b"tru", b'"\xff"']
)
def test_r3_a_bad_character_costs_its_record_only(bad: bytes):
    body = body_with(bad)
    found = parse(body, EVERY)
    assert found.frame["toy_id"].to_list() == [row for row in range(60) if row != 7]
    assert [(item.rule, item.column) for item in found.rejects] == [("not JSON", "record")]
    assert count_records(body) == 60
    assert found.rejects[0].record.startswith('{"id": 7')


def test_r3_a_number_beyond_all_bounds_in_an_unknown_field_costs_its_record():
    rows = [full(id=1), full(id=2) | {"extra": 0.5}, full(id=3)]
    found = parse(json.dumps(rows).replace("0.5}", "1e400}").encode(), EVERY)
    assert found.frame["toy_id"].to_list() == [1, 3]


def test_r3_a_byte_order_mark_costs_nothing():
    body = b"\xef\xbb\xbf" + json.dumps([full(id=1), full(id=2)]).encode()
    assert (parse(body, EVERY).frame.height, count_records(body)) == (2, 2)


def test_r3_bad_records_beside_values_of_another_type_add_up():
    body = body_with(b'"\\ud83d"').replace(b'"id": 9,', b'"id": "nine",')
    found = parse(body, EVERY)
    assert (found.frame.height, [item.rule for item in found.rejects]) == (58, ["not JSON", "type change"])


def test_a_response_of_which_most_is_no_json_is_refused_whole():
    body = json.dumps([full(label="é")] * 5, ensure_ascii=False).encode("latin-1")
    for read in (count_records, lambda text: parse(text, EVERY)):
        with pytest.raises(ContractViolation, match="not JSON"):
            read(body)


ROWS: st.SearchStrategy[list[dict[str, Any]]] = st.lists(
    st.dictionaries(
        st.text('[]{}"\\,', max_size=3), st.none() | st.lists(st.text('[]{}"\\,: ', max_size=5)), max_size=3
    ),
    min_size=2,
)


@given(rows=ROWS, block=st.integers(1, 40), indent=st.sampled_from([None, 1]))
def test_records_are_found_wherever_brackets_and_blocks_are(rows: list[dict[str, Any]], block: int, indent: int | None):
    """The oracle is Python's own parser: only the record that was spoiled is lost."""
    body = json.dumps([{"bad": MARK}, *rows], indent=indent).replace(f'"{MARK}"', "1e999").encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_records, "BLOCK_BYTES", block)
        assert count_records(body) == 1 + len(rows)
        found = _salvage.readable(body, _salvage.NotJson("x"))
    assert json.loads(found.array) == rows
