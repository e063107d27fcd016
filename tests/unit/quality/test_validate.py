"""Checks: every row ends as good or quarantined, once, under a rule that says why."""

from __future__ import annotations

import math
from typing import Any

import orjson
import pandera.polars as pa
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from quality.column_checks import pandera_schema
from quality.columns import FLOAT, INT, STRING, Bounds, Column
from quality.dataset import PROVENANCE, Table, registry
from quality.validate import (
    MAX_RECORD_LENGTH,
    QUARANTINE_SCHEMA,
    Checked,
    RowRule,
    SchemaMismatch,
    broken,
    check,
)
from tests.support.contract_rows import row

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
        Column(name="weight", dtype=FLOAT, description="weight"),
        Column(name="state", dtype=STRING, description="state", nullable=True, values=("new", "old")),
        Column(name="tags", dtype=pl.List(STRING), description="tags", nullable=True),
        PROVENANCE[1],
    ),
    key=("id",),
)
SCHEMA = {column.name: column.dtype for column in TABLE.columns}
LOW_FIRST = RowRule("size below share", "size", pl.col("size") < pl.col("share") * 100)


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    usual = {"id": 1, "size": 1.0, "share": 0.5, "weight": 1.0, "state": "new", "tags": ["a"], "raw_object": "toys/1"}
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
        ({"weight": None}, "not_nullable", "None"),
        ({"weight": math.nan}, "not_nullable", "nan"),
        ({"size": math.nan}, "less_than_or_equal_to(10.0)", "nan"),
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
        "size": st.none() | st.floats(-5, 15) | st.just(math.nan),
        "share": st.none() | st.floats(-1, 2),
        "weight": st.none() | st.floats(-5, 15) | st.just(math.nan),
        "state": st.sampled_from([None, "new", "old", "lost"]),
    }
)


def is_good(row: dict[str, Any]) -> bool:
    size, share = row["size"], row["share"]
    inside = (size is None or 0 <= size <= 10) and (share is None or 0 <= share <= 1)
    weighed = row["weight"] is not None and not math.isnan(row["weight"])
    return row["id"] is not None and inside and weighed and row["state"] != "lost"


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


NUMBERS = Table(
    name="numbers",
    layer="silver",
    description="Toys of each kind of rule, and numbers that are no numbers.",
    columns=(
        Column(name="row", dtype=INT, description="row"),
        Column(name="mass", dtype=FLOAT, description="mass", bounds=Bounds(ge=0)),
        Column(name="most", dtype=FLOAT, description="most", nullable=True, bounds=Bounds(le=10)),
        Column(name="least", dtype=INT, description="least", nullable=True, bounds=Bounds(ge=-1)),
        Column(name="state", dtype=STRING, description="state", values=("new", "old")),
        Column(name="word", dtype=STRING, description="word", values=("new", "old"), open_values=True),
    ),
    key=("row",),
)
SPECIAL = st.sampled_from([None, float("nan"), float("inf"), float("-inf"), -0.0, 10.0])
NUMBER_ROWS = st.fixed_dictionaries(
    {
        "mass": st.floats(0, 5) | SPECIAL,
        "most": st.floats(5, 15) | SPECIAL,
        "least": st.none() | st.integers(-3, 3),
        "state": st.sampled_from(["new", "old", "old", "lost", None]),
        "word": st.sampled_from(["new", "lost", None]),
    }
)


@given(rows=st.lists(NUMBER_ROWS, max_size=4))
def test_the_rows_that_pandera_finds_are_the_ones_that_are_quarantined(rows: list[dict[str, Any]]):
    """Trap: the fast look at all rules together takes for good what Pandera refuses, such as NaN."""
    schema = {column.name: column.dtype for column in NUMBERS.columns}
    given_rows = pl.DataFrame([{"row": number} | row for number, row in enumerate(rows)], schema=schema)
    found = set[int]()
    try:
        pandera_schema(NUMBERS).validate(given_rows, lazy=True)
    except pa.errors.SchemaErrors as errors:
        found = set(errors.failure_cases["index"].to_list())
    checked = check(given_rows, NUMBERS)
    assert set(checked.good["row"]) == {number for number in range(len(rows)) if number not in found}
    assert checked.report.quarantined == len(found)


def bad_values(column: Column) -> list[Any]:
    """Values of a column's type that its contract does not allow, one per limit."""
    scale = 100 if column.percent and column.unit != "percent" else 1
    bounds = column.bounds or Bounds()
    found: list[Any] = [] if column.nullable else [None]
    found += [] if bounds.ge is None else [bounds.ge / scale - 1]
    found += [] if bounds.le is None else [bounds.le / scale + 1]
    return found + (["no such value"] if column.values and not column.open_values and column.dtype == STRING else [])


@pytest.mark.parametrize("table", registry().tables.values(), ids=lambda table: table.qualified)
def test_each_limit_of_each_table_is_in_the_fast_test(table: Table):
    """Trap: a limit of a contract is not in it, so Pandera never sees a row that breaks the limit."""
    lists = {column.name: [] for column in table.columns if isinstance(column.dtype, pl.List) and not column.nullable}
    wrong = [(column.name, value) for column in table.columns for value in bad_values(column)]
    rows = [row(table, **lists), *(row(table, **(lists | {name: value})) for name, value in wrong)]
    numbered = pl.DataFrame(rows, schema={column.name: column.dtype for column in table.columns}).with_row_index("nr")
    finds = pl.any_horizontal(pl.lit(value=False), *broken(table)).alias("found")
    found = numbered.group_by("nr", maintain_order=True).agg(finds)["found"].to_list()
    assert [what for what, is_found in zip(["no limit", *wrong], found, strict=True) if not is_found] == ["no limit"]
