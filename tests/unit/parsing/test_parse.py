"""Bodies into frames: what fits is kept to the value, what does not is named, and no body crashes a run."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from quality.dataset import Endpoint
from quality.drift import DriftPolicy
from tasks.errors import ContractViolation
from tasks.parsing._missing import SAMPLE_BYTES
from tasks.parsing.drift import Drift
from tasks.parsing.parse import Parsed, parse
from tests.support.records import count_records
from tests.support.toys import EVERY, full

GOOD = {
    "toy_id": 1,
    "weight": 1.5,
    "label": "Zoë's 大きい ball",
    "is_new": True,
    "made_at": datetime(2025, 1, 15, 18, 30, 0, 250_000, tzinfo=UTC),
    "born_on": date(2025, 1, 15),
    "maker_id": 7,
    "maker_city": "Aville",
    "marks": [1, 2],
    "parts": [{"part_id": 1, "label": "lid"}],
}


def parsed(*records: Any, endpoint: Endpoint = EVERY) -> Parsed:
    return parse(json.dumps(records).encode(), endpoint)


def test_a_full_record_keeps_every_value_under_its_lake_name():
    found = parsed(full())
    assert found.frame.to_dicts() == [GOOD]
    assert (found.rejects, found.drift) == ([], [])
    assert found.frame.schema == {column.name: column.dtype for column in EVERY.fields}


def test_nulls_are_nulls_at_every_level():
    empty = dict.fromkeys(full())
    found = parsed(empty, full(maker={"id": None, "city": None}, parts=[None, {"partId": 2, "label": None}]))
    assert found.frame.row(0) == (None,) * len(GOOD)
    assert found.frame["parts"].to_list()[1] == [{"part_id": None, "label": None}, {"part_id": 2, "label": None}]
    assert (found.rejects, found.drift) == ([], [])


@pytest.mark.parametrize(
    ("field", "value", "column"),
    [
        ("id", "7", "id"),
        ("id", 7.5, "id"),
        ("id", True, "id"),
        ("id", 2**63, "id"),
        ("id", -(2**63) - 1, "id"),
        ("id", 10**30, "id"),
        ("id", [1], "id"),
        ("weight", "1.5", "weight"),
        ("weight", False, "weight"),
        ("label", 3, "label"),
        ("label", {"text": "x"}, "label"),
        ("isNew", "true", "isNew"),
        ("isNew", 1, "isNew"),
        ("madeAt", "yesterday", "madeAt"),
        ("madeAt", 1736965800, "madeAt"),
        ("madeAt", "2025-13-01T00:00:00Z", "madeAt"),
        ("madeAt", "2025-02-30", "madeAt"),
        ("madeAt", "20250115", "madeAt"),
        ("madeAt", "2025-W03-1", "madeAt"),
        ("madeAt", "2025-01-15T18:30:00.1234567Z", "madeAt"),
        ("bornOn", "15.01.2025", "bornOn"),
        ("maker", 7, "maker"),
        ("maker", [{"id": 7}], "maker"),
        ("maker", {"id": "7", "city": "x"}, "maker.id"),
        ("marks", 1, "marks"),
        ("marks", {"a": 1}, "marks"),
        ("marks", [1, "2"], "marks[]"),
        ("parts", [3], "parts[]"),
        ("parts", [{"partId": "1"}], "parts[].partId"),
    ],
)
def test_a_value_of_another_type_rejects_its_record_by_name(field: str, value: Any, column: str):
    """Traps: failed casts that became null; values that crash the reader only after they passed a check."""
    strict = replace(EVERY, drift=DriftPolicy(type_change="quarantine"))
    found = parsed(full(id=1), full(**{field: value}), full(id=3), endpoint=strict)
    assert found.frame["toy_id"].to_list() == [1, 3]
    (reject,) = found.rejects
    assert reject.column == column
    assert json.loads(reject.record).keys() == full().keys()
    assert [(item.kind, item.column, item.count, item.action) for item in found.drift] == [
        ("type change", column, 1, "quarantine")
    ]


@pytest.mark.parametrize("value", ["7.0", "7e0", "70e-1", "0.7E+1"])
def test_a_whole_number_in_other_spelling_is_accepted(value: str):
    found = parse(json.dumps([full(id=0)]).replace('"id": 0', f'"id": {value}').encode(), EVERY)
    assert (found.frame["toy_id"].to_list(), found.rejects) == ([7], [])


@pytest.mark.parametrize(
    "text", ["2025-01-15T18:30:00.250Z", "2025-01-15 18:30:00.25+00", "2025-01-15T20:30:00.250+02:00"]
)
def test_times_are_utc_whatever_their_offset(text: str):
    assert parsed(full(madeAt=text)).frame["made_at"].to_list() == [GOOD["made_at"]]


def test_an_element_that_is_no_object_is_rejected():
    found = parsed(full(), 3, "x", [full()])
    assert (found.frame.height, [item.column for item in found.rejects]) == (1, ["record"] * 3)
    with pytest.raises(ContractViolation):
        count_records(b'[{"id": 1}, 3]')


def test_a_null_element_is_a_row_of_nulls_for_the_check_to_refuse():
    assert parsed(full(), None).frame["toy_id"].to_list() == [1, None]


@pytest.mark.parametrize("body", [b"[]", b" \n[ ]\r\n"])
def test_an_empty_list_has_no_rows_but_all_columns(body: bytes):
    found = parse(body, EVERY)
    assert (found.frame.shape, found.rejects, found.drift) == ((0, len(GOOD)), [], [])
    assert count_records(body) == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  \n",
        b"null",
        b"true",
        b'"text"',
        b"<html><body>Bad gateway</body></html>",
        b'[{"id": 1}, {"id": 2',
        b'[{"id": 1}',
        b'{"id": 1',
        b'[{"id": 1},]',
        b'[{"id": 1}] trailing',
        b'[{"id": 1}]}',
        b'[{"id": 1}][{"id": 2}]',
        b'{"id": 1},{"id": 2}',
        b'[{"id": 1}]}{"rows":[{"id": 2}]',
        b'[{"id": 1}],"rows":[{"id": 2}]',
        b'[{"id": 1, "weight": NaN}]',
        b'[{"id": 1, "weight": -Infinity}]',
        b'[{"id": 1, "marks": [NaN]}]',
        b'[{"id": 1, "label": "\xff\xfe"}]',
        b'[{"id": 1, "label": "\\ud800"}]',
        b"{'id': 1}",
    ],
)
def test_a_body_that_is_no_json_of_records_is_refused_whole(body: bytes):
    """Traps: an empty body that counts as `[]`, a cut body read up to the cut, literals that only Arrow knows."""
    for read in (count_records, lambda text: parse(text, EVERY)):
        with pytest.raises(ContractViolation, match="the raw store has the response"):
            read(body)


def test_texts_that_look_like_bad_numbers_are_texts():
    label = 'score: NaN, [Infinity ,-Inf "'
    found = parsed(full(label=label))
    assert (found.frame["label"].to_list(), found.rejects) == ([label], [])
    assert count_records(json.dumps([full(label=label)]).encode()) == 1


def test_an_object_is_one_record():
    body = json.dumps(full()).encode()
    assert (parse(body, EVERY).frame.to_dicts(), count_records(body)) == ([GOOD], 1)


@pytest.mark.parametrize(
    ("extra", "drift"),
    [
        ({"logo": 5}, Drift("new column", "logo", "5", 1)),
        ({"logo": "2025-01-15"}, Drift("new column", "logo", '"2025-01-15"', 1)),
        ({"logo": "x" * 500}, Drift("new column", "logo", '"' + "x" * 199, 1)),
        ({"logo": None}, Drift("new column", "logo", None, 0)),
        ({"maker": {"id": 1, "city": "x", "zip": "01"}}, Drift("new column", "maker.zip", '"01"', 1)),
        ({"parts": [{"partId": 1, "label": "x", "size": 2}]}, Drift("new column", "parts[].size", "2", 1)),
    ],
)
def test_a_new_column_is_reported_and_costs_no_row(extra: dict[str, Any], drift: Drift):
    found = parsed(full(), full(**extra))
    assert (found.frame.height, found.rejects, found.drift) == (2, [], [drift])


def test_a_new_column_of_several_types_is_reported_too():
    """Trap: Arrow infers unknown columns, and stopped the whole run where one changed its type."""
    found = parsed(full(logo=5), full(logo="x"), full(logo={"a": [1]}), full(maker={"id": 1, "q": 1, "city": None}))
    assert (found.frame.height, found.rejects) == (4, [])
    assert [item.column for item in found.drift] == ["maker.q", "logo"]


@pytest.mark.parametrize("gone", ["weight", "id", "maker", "marks", "parts"])
def test_a_missing_column_is_reported(gone: str):
    record = full()
    del record[gone]
    found = parsed(record, record)
    assert [(item.kind, item.column, item.count) for item in found.drift] == [("missing column", gone, 2)]


def test_a_column_missing_inside_objects_and_lists_is_reported():
    found = parsed(full(parts=[], maker=None), full(parts=[{"partId": 1}], maker={"id": 7}))
    assert [item.column for item in found.drift] == ["maker.city", "parts[].label"]


def test_a_column_that_only_some_records_have_is_not_missing():
    lacking = full()
    del lacking["label"]
    assert parsed(lacking, full()).drift == []


@pytest.mark.parametrize("length", [SAMPLE_BYTES - 200, SAMPLE_BYTES, 3 * SAMPLE_BYTES])
def test_a_first_record_longer_than_the_sample_is_read_whole(length: int):
    record = full(label="é" * (length // 2))
    del record["weight"]
    found = parse(json.dumps([record, record], ensure_ascii=False).encode(), EVERY)
    assert found.frame["label"].str.len_chars().to_list() == [length // 2] * 2
    assert [item.column for item in found.drift] == ["weight"]


GOOD_RECORDS = st.builds(
    full,
    id=st.integers(-(2**63), 2**63 - 1),
    weight=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    label=st.none() | st.text(st.characters(exclude_categories=("Cs",))),
    marks=st.none() | st.lists(st.integers(0, 9)),
)
BAD_RECORDS = st.sampled_from([full(id="x"), full(weight=[]), full(marks=["x"]), full(maker=[]), 3, "x", [1]])


@given(records=st.lists(GOOD_RECORDS | BAD_RECORDS))
def test_no_record_is_lost_and_good_ones_are_unchanged(records: list[Any]):
    found = parsed(*records)
    good = [item for item in records if isinstance(item, dict) and item["id"] != "x" and item["weight"] != []]
    good = [item for item in good if item["marks"] != ["x"] and item["maker"] != []]
    assert found.frame.height + len(found.rejects) == len(records)
    names = ("id", "weight", "label", "marks")
    assert found.frame.select("toy_id", "weight", "label", "marks").rows() == [
        tuple(item[name] for name in names) for item in good
    ]


SCALARS = st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False)
ANY_JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner), max_leaves=5
)


@example(records=[{"logo": [None, None]}])  # Arrow guesses a list of nothing, and cannot copy it
@given(records=st.lists(st.dictionaries(st.sampled_from(["id", "logo", "maker", "parts", "madeAt"]), ANY_JSON)))
def test_whatever_json_comes_a_record_is_a_row_or_a_reject(records: list[dict[str, Any]]):
    """The only error of a body is ContractViolation; anything else would end the run of every other dataset."""
    try:
        found = parsed(*records)
    except ContractViolation:
        return
    assert found.frame.height + len(found.rejects) == len(records)


@settings(max_examples=50)
@given(rows=st.lists(st.dictionaries(st.text(max_size=5), ANY_JSON)), indent=st.sampled_from([None, 2]))
def test_count_is_the_length_of_the_array(rows: list[Any], indent: int | None):
    body = json.dumps(rows, indent=indent).encode()
    try:
        counted = count_records(body)
    except ContractViolation:
        return
    assert counted == len(json.loads(body))


def test_integers_keep_their_digits():
    """Trap: numbers read through floats lose digits beyond 2**53; play ids are that long."""
    assert parsed(full(id=2**53 + 1), full(id=2**62 + 3)).frame["toy_id"].to_list() == [2**53 + 1, 2**62 + 3]
    assert parsed(full(id=1)).frame["toy_id"].dtype == pl.Int64()
