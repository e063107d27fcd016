"""Checks: every row ends as good or quarantined, once, under a rule that says why."""

from __future__ import annotations

from typing import Any

import orjson
import pandera.polars as pa
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from quality.columns import FLOAT, INT, STRING, Bounds, Column
from quality.dataset import PROVENANCE, Table
from quality.validate import (
    MAX_RECORD_LENGTH,
    QUARANTINE_SCHEMA,
    Checked,
    RowRule,
    SchemaMismatch,
    check,
    pandera_schema,
)

TABLE = Table(
    name="t",
    layer="silver",
    description="Toys.",
    columns=(
        Column(name="id", dtype=INT, description="id"),
        Column(name="size", dtype=FLOAT, description="size", nullable=True, bounds=Bounds(ge=0, le=10)),
        Column(
            name="share", dtype=FLOAT, description="share", nullable=True, percent=True, bounds=Bounds(ge=0, le=100)
        ),
        Column(name="state", dtype=STRING, description="state", nullable=True, values=("new", "old")),
        Column(name="tags", dtype=pl.List(STRING), description="tags", nullable=True),
        PROVENANCE[1],
    ),
    key=("id",),
)
SCHEMA = {column.name: column.dtype for column in TABLE.columns}
LOW_FIRST = RowRule("size below share", "size", pl.col("size") < pl.col("share") * 100)


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    usual = {"id": 1, "size": 1.0, "share": 0.5, "state": "new", "tags": ["a"], "raw_object": "toys/1"}
    return pl.DataFrame([usual | {"id": number} | row for number, row in enumerate(rows)], schema=SCHEMA)


def refused(checked: Checked) -> list[tuple[str, str | None, str | None]]:
    return checked.quarantined.select("rule", "column_name", "value").rows()


def test_good_rows_pass_unchanged():
    rows = frame(
        {}, {"size": None, "share": None, "state": None, "tags": None}, {"size": 0.0, "share": 1.0}, {"size": 10.0}
    )
    checked = check(rows, TABLE)
    assert_frame_equal(checked.good, rows)
    assert checked.quarantined.schema == dict(QUARANTINE_SCHEMA)
    assert (checked.report.rows_in, checked.report.rows_out, checked.report.quarantined) == (4, 4, 0)
    assert checked.report.by_rule == {}


@pytest.mark.parametrize(
    ("bad", "rule", "value"),
    [
        ({"id": None}, "not_nullable", "None"),
        ({"size": -0.1}, "greater_than_or_equal_to(0.0)", "-0.1"),
        ({"size": 10.5}, "less_than_or_equal_to(10.0)", "10.5"),
        ({"share": 50.0}, "less_than_or_equal_to(1.0)", "50.0"),
        ({"state": "lost"}, "isin(['new', 'old'])", "lost"),
        ({"state": ""}, "isin(['new', 'old'])", ""),
    ],
)
def test_each_rule_refuses_its_rows(bad: dict[str, Any], rule: str, value: str):
    """A share that was not scaled (50 for 0.5) breaks its bounds: the percent trap shows at once."""
    checked = check(frame({}, bad, {}), TABLE)
    assert checked.good["id"].to_list() == [0, 2]
    assert refused(checked) == [(rule, next(iter(bad)), value)]
    assert checked.report.by_rule == {rule: 1}


def test_what_is_quarantined_can_be_found_and_read():
    checked = check(frame({}, {"size": -1.0, "raw_object": "toys/7", "tags": ["x"] * 5_000}), TABLE)
    (row,) = checked.quarantined.to_dicts()
    assert row["raw_object"] == "toys/7"
    assert row["record"].startswith('{"id":1,"size":-1.0')
    assert len(row["record"]) == MAX_RECORD_LENGTH
    short = check(frame({"size": -1.0}), TABLE).quarantined["record"][0]
    assert orjson.loads(short)["tags"] == ["a"]


def test_a_rule_over_several_columns():
    checked = check(frame({"share": 0.5}, {"share": 0.001}, {"share": None}), TABLE, [LOW_FIRST])
    assert checked.good["id"].to_list() == [0]
    assert checked.report.by_rule == {"size below share": 2}, "a rule that cannot be told true is broken"


def test_a_row_that_breaks_several_rules_counts_once():
    bad = {"size": -1.0, "share": 7.0, "state": "lost"}
    checked = check(frame(bad, {}, bad | {"id": 1}), TABLE, [LOW_FIRST])
    assert (checked.report.rows_in, checked.report.rows_out, checked.report.quarantined) == (3, 1, 2)
    assert checked.report.by_rule == {"greater_than_or_equal_to(0.0)": 2}, "under the first rule that it breaks"


def test_of_equal_keys_the_first_stays():
    """Traps: of duplicates both dropped, both kept, or the file's last one by chance."""
    checked = check(frame({"id": 7, "size": 1.0}, {"id": 8}, {"id": 7, "size": 2.0}, {"id": 7, "size": 3.0}), TABLE)
    assert checked.good.select("id", "size").rows() == [(7, 1.0), (8, 1.0)]
    assert refused(checked) == [("unique", "id", "7")] * 2


def test_a_broken_copy_does_not_stand_in_the_way_of_a_whole_one():
    checked = check(frame({"id": 7, "size": -1.0}, {"id": 7, "size": 2.0}, {"id": 7, "size": 3.0}), TABLE)
    assert checked.good.select("id", "size").rows() == [(7, 2.0)]
    assert refused(checked) == [("greater_than_or_equal_to(0.0)", "size", "-1.0"), ("unique", "id", "7")]


def test_null_keys_are_refused_as_null_not_as_equal():
    """Trap: rows with a null key fall together to one."""
    checked = check(frame({"id": None, "size": 1.0}, {"id": None, "size": 2.0}, {}), TABLE)
    assert checked.report.by_rule == {"not_nullable": 2}


def test_all_rows_bad():
    checked = check(frame(*[{"size": -1.0}] * 4), TABLE)
    assert (checked.good.height, checked.quarantined.height, checked.good.schema) == (0, 4, SCHEMA)


def test_an_empty_frame_passes_and_says_so():
    """A frame without rows breaks no rule; that nothing empty is published is the lake's rule."""
    report = check(frame(), TABLE).report
    assert (report.rows_in, report.rows_out, report.quarantined) == (0, 0, 0)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (frame({}).drop("size"), "size: absent instead of Float64"),
        (frame({}).with_columns(extra=pl.lit(1)), r"not in contract: \['extra'\]"),
        (frame({}).with_columns(pl.col("id").cast(pl.String)), "id: String instead of Int64"),
        (frame({}).with_columns(pl.col("id").cast(pl.Int32)), "id: Int32 instead of Int64"),
        (frame({}).with_columns(tags=pl.lit([1])), "tags: List"),
        (frame({}).select(reversed(SCHEMA)), "columns out of order"),
    ],
)
def test_another_schema_is_an_error_of_the_code(wrong: pl.DataFrame, message: str):
    """Trap: Pandera says nothing of lazy frames, and value checks on wrong types mean nothing."""
    with pytest.raises(SchemaMismatch, match=message):
        check(wrong, TABLE)


ROWS = st.fixed_dictionaries(
    {
        "id": st.none() | st.integers(0, 5),
        "size": st.none() | st.floats(-5, 15),
        "share": st.none() | st.floats(-1, 2),
        "state": st.sampled_from([None, "new", "old", "lost"]),
    }
)


def is_good(row: dict[str, Any]) -> bool:
    size, share = row["size"], row["share"]
    inside = (size is None or 0 <= size <= 10) and (share is None or 0 <= share <= 1)
    return row["id"] is not None and inside and row["state"] != "lost"


@given(rows=st.lists(ROWS, max_size=12))
def test_every_row_is_accounted_for(rows: list[dict[str, Any]]):
    checked = check(frame(*rows), TABLE)
    report = checked.report
    assert report.rows_in == len(rows) == report.rows_out + report.quarantined
    assert (report.rows_out, report.quarantined) == (checked.good.height, checked.quarantined.height)
    assert sum(report.by_rule.values()) == report.quarantined
    assert checked.good["id"].is_unique().all()
    kept = checked.good.to_dicts()
    assert all(is_good(row) for row in kept)
    assert {row["id"] for row in kept} == {row["id"] for row in rows if is_good(row)}


STRICT = Table(
    name="strict",
    layer="silver",
    description="Toys without a key, each column with another kind of rule.",
    columns=(
        Column(name="number", dtype=INT, description="number", bounds=Bounds(ge=0)),
        Column(name="size", dtype=FLOAT, description="size", bounds=Bounds(le=10)),
        Column(
            name="share", dtype=FLOAT, description="share", nullable=True, percent=True, bounds=Bounds(ge=0, le=100)
        ),
        Column(name="state", dtype=STRING, description="state", nullable=True, values=("new", "old")),
        Column(name="kind", dtype=STRING, description="kind", values=("a",), open_values=True),
    ),
    key=(),
)
EDGES = st.sampled_from([None, float("nan"), float("inf"), float("-inf"), -0.0, 1.0, 1.0000001, 10.0])
STRICT_ROWS = st.fixed_dictionaries(
    {
        "number": st.sampled_from([None, -1, 0, 2**53 + 1]),
        "size": EDGES,
        "share": EDGES,
        "state": st.sampled_from([None, "new", "New", ""]),
        "kind": st.sampled_from([None, "a", "b"]),
    }
)


@given(rows=st.lists(STRICT_ROWS, max_size=4), column=st.sampled_from([None, *STRICT.by_name]))
def test_the_query_before_pandera_refuses_what_pandera_refuses(rows: list[dict[str, Any]], column: str | None):
    """Trap: a value that only one of the two finds is published. With a column, all others are right."""
    right = {"number": 1, "size": 1.0, "share": None, "state": "old", "kind": "a"}
    made = [row if column is None else right | {column: row[column]} for row in rows]
    sent = pl.DataFrame(made, schema={item.name: item.dtype for item in STRICT.columns})
    try:
        pandera_schema(STRICT).validate(sent, lazy=True)
    except pa.errors.SchemaErrors as errors:
        wrong = set(errors.failure_cases["index"])
    else:
        wrong = set()
    assert check(sent, STRICT).report.quarantined == len(wrong)
