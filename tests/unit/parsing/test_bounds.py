"""Hostile bodies: refused at a bound before any parser reads them. Trap: one kept in raw ended every later run."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import ContractViolation
from tasks.parsing import bounds
from tasks.parsing.bounds import MAX_DEPTH, MAX_TEXT_BYTES, BeyondBounds, require_bounds
from tasks.parsing.parse import parse
from tests.support.records import count_records
from tests.support.toys import EVERY, full


def nested(depth: int, opening: str = '{"a":', closing: str = "}") -> str:
    return opening * depth + "1" + closing * depth


def with_extra(text: str) -> bytes:
    record = json.dumps(full())
    return f'[{record}, {record[:-1]}, "extra": {text}}}, {record}]'.encode()


def refused(body: bytes) -> None:
    for read in (count_records, lambda text: parse(text, EVERY)):
        with pytest.raises(BeyondBounds):
            read(body)


@pytest.mark.parametrize("depth", [MAX_DEPTH, 1_000, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [('{"a":', "}"), ("[", "]"), ('[{"}]":', "}]")])
def test_l4_a_deep_value_is_refused_without_recursion(depth: int, opening: str, closing: str):
    """Brackets inside of texts hide no depth."""
    refused(with_extra(nested(depth, opening, closing)))


def test_l4_a_deep_object_alone_is_refused():
    refused(nested(100_000).encode())


def test_l4_a_deep_value_in_a_text_is_a_text():
    found = parse(with_extra(json.dumps(nested(10_000))), EVERY)
    assert (found.frame.height, [item.column for item in found.drift]) == (3, ["extra"])


def test_l4_what_is_deep_but_within_the_bound_is_kept_as_text():
    found = parse(with_extra(nested(MAX_DEPTH - 2)), EVERY)
    assert json.loads(found.unknown_fields[1]) == {"extra": json.loads(nested(MAX_DEPTH - 2))}


def test_l4_a_deep_value_after_an_error_does_not_reach_a_parser_in_a_piece(monkeypatch: pytest.MonkeyPatch):
    """A body that is no JSON can be cut so that a piece begins inside of what the whole has as a text."""
    monkeypatch.setattr("tasks.parsing.parse.PIECE_BYTES", 64)
    record = '{"id": 1, "label": "x"}'
    odd = '"},{"id": 1, "label": ' + "[" * 100_000
    body = ("[" + ", ".join([record] * 5) + ', {"id": 1, "label": ' + odd + '"').encode()
    for read in (count_records, lambda text: parse(text, EVERY)):
        with pytest.raises(ContractViolation, match=r"raw store has the response|limit"):
            read(body)


@pytest.mark.parametrize(
    "text",
    ['"' + "x" * (MAX_TEXT_BYTES + 1) + '"', '"' + '\\"' * MAX_TEXT_BYTES + '"', "7" * 2_000_000],
    ids=["letters", "quotes", "digits"],  # else the names have megabytes, and each worker sends them with each phase
)
def test_l4_a_long_text_or_number_is_refused(text: str):
    refused(with_extra(text))


def test_l4_blanks_without_end_are_refused():
    refused(b"[" + b" " * (2 * MAX_TEXT_BYTES) + b"]")


def test_l4_too_many_records_and_too_many_bytes_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bounds, "MAX_RECORDS", 100)
    assert count_records(b"[" + b",".join([b"{}"] * 100) + b"]") == 100
    refused(b"[" + b",".join([b"{}"] * 101) + b"]")
    monkeypatch.setattr("tasks.parsing.parse.MAX_BYTES", 100)
    refused(json.dumps([{"label": "x" * 100}]).encode())


def test_l4_too_many_values_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bounds, "MAX_BRACKETS", 1_000)
    refused(with_extra(json.dumps([[] for _ in range(500)])))


def test_l4_an_unknown_object_with_another_key_in_each_row_is_linear_in_memory():
    """Trap: inference made a column of each key: 16,000 rows took 3.7 GB."""
    rows = [full(extra={f"k{number}": number}) | {f"id{number}": number} for number in range(16_000)]
    body = json.dumps(rows).encode()
    tracemalloc.start()
    found = parse(body, EVERY)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20 * len(body)
    assert json.loads(found.unknown_fields[7]) == {"extra": {"k7": 7}, "id7": 7}
    assert (found.drift[0].column, found.drift[0].count) == ("extra", 16_000)
    assert sum(item.count for item in found.drift) == 32_000
    assert len(found.drift) < 30


def test_l4_a_list_with_another_key_in_each_element_is_linear_too():
    parts = [{"partId": number, "label": "x", f"k{number}": number} for number in range(5_000)]
    found = parse(json.dumps([full(parts=parts)]).encode(), EVERY)
    assert len(found.unknown_fields[0]) < 200_000
    assert json.loads(found.unknown_fields[0])["parts[]"][7] == {"parts[].k7": 7}


JSON_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.integers() | st.text('[]{}"\\,: x', max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text('[]{}"\\', max_size=3), inner, max_size=4),
    max_leaves=20,
)


def depth_of(value: Any) -> int:
    if isinstance(value, dict | list):
        return 1 + max(map(depth_of, value.values() if isinstance(value, dict) else value), default=0)
    return 0


@given(value=st.lists(JSON_VALUES), block=st.integers(1, 50), allowed=st.integers(1, 6))
def test_depth_and_records_are_exact_wherever_the_blocks_end(value: list[Any], block: int, allowed: int):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bounds, "BLOCK_BYTES", block)
        patch.setattr(bounds, "MAX_DEPTH", allowed)
        if depth_of(value) > allowed:
            with pytest.raises(BeyondBounds):
                require_bounds(json.dumps(value).encode())
        else:
            require_bounds(json.dumps(value).encode())
