"""The logical hash: equal for the same rows in any order, layout, process or moment, and for no others."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tasks.lake.content import OF_THE_RUN_IN_OPS, LogicalHash, hash_by, hash_frame, hash_lake, hash_part, hash_table
from tasks.lake.iceberg import RowsOf
from tasks.lake.lake import Lake
from tests.support.tables import S2024, S2025, TOYS, replace, toys

SCHEMA = {
    "id": pl.Int64(),
    "share": pl.Float64(),
    "note": pl.String(),
    "at": pl.Datetime("us", "UTC"),
    "marks": pl.List(pl.Float64()),
    "parts": pl.List(pl.Struct({"name": pl.String(), "part_id": pl.Int64()})),
}
numbers = st.integers(-(2**63), 2**63 - 1)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
floats = st.floats()
row = st.fixed_dictionaries(
    {
        "id": st.none() | numbers,
        "share": st.none() | floats,
        "note": st.none() | texts,
        "at": st.none() | st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        "marks": st.none() | st.lists(st.none() | floats, max_size=3),
        "parts": st.none() | st.lists(st.fixed_dictionaries({"name": texts, "part_id": numbers}), max_size=2),
    }
)
rows = st.lists(row, max_size=6)


def frame(values: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(values, schema=SCHEMA)


@given(rows, st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_of_columns_matters(values: list[dict[str, Any]], random: Any):
    columns = list(SCHEMA)
    shuffled = random.sample(values, len(values))
    random.shuffle(columns)
    assert hash_frame(frame(shuffled).select(columns)) == hash_frame(frame(values))


@given(rows)
@example([])
def test_the_hashes_of_groups_are_those_of_their_rows(values: list[dict[str, Any]]):
    """Trap: the rows of another group, or of no group, count for a group."""
    whole = frame(values).with_columns(id=pl.col("id") % 3)
    wanted = {key: hash_frame(part, frozenset()) for (key,), part in whole.group_by("id")}
    assert hash_by(whole, pl.col("id")) == wanted


@given(rows, rows)
def test_the_hash_of_two_sets_of_rows_is_the_sum_of_theirs(one: list[dict[str, Any]], two: list[dict[str, Any]]):
    """So a table may be read file by file, whatever the files are."""
    assert hash_frame(frame(one)) + hash_frame(frame(two)) == hash_frame(frame(one + two))


def told(value: Any) -> str:
    """Values as text that tells NaN, -0.0 and None apart and knows that NaN is NaN, whatever order keys come in."""
    if isinstance(value, dict):
        return str([(name, told(value[name])) for name in sorted(value)])
    return str([told(one) for one in value]) if isinstance(value, list) else repr(value)


NOTHING: dict[str, Any] = dict.fromkeys(SCHEMA)


@given(rows, rows)
@example([NOTHING], [dict(reversed(NOTHING.items()))])
@example([NOTHING | {"parts": [{"name": "", "part_id": 0}]}], [NOTHING | {"parts": [{"part_id": 0, "name": ""}]}])
def test_other_rows_have_another_hash(one: list[dict[str, Any]], two: list[dict[str, Any]]):
    """Trap: a dict's repr has its keys in the order they came in, which hypothesis varies: it is no word for a row."""
    same = sorted(map(told, one)) == sorted(map(told, two))
    assert (hash_frame(frame(one)) == hash_frame(frame(two))) == same


@given(st.lists(row, min_size=1, max_size=4))
def test_a_row_that_comes_twice_counts_twice(values: list[dict[str, Any]]):
    assert hash_frame(frame(values * 2)) != hash_frame(frame(values))
    assert hash_frame(frame(values * 2)).rows == 2 * len(values)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ({"share": None}, {"share": float("nan")}),
        ({"share": float("inf")}, {"share": float("nan")}),
        ({"marks": [None]}, {"marks": [float("nan")]}),
        ({"marks": []}, {"marks": None}),
        ({"note": ""}, {"note": None}),
        ({"note": "null"}, {"note": None}),
        ({"note": 'a","share":"1.0'}, {"note": "a", "share": 1.0}),
        ({"note": "a\nb"}, {"note": "a b"}),
    ],
    ids=repr,
)
def test_values_that_json_confuses_are_distinguished(one: dict[str, Any], two: dict[str, Any]):
    assert hash_frame(frame([NOTHING | one])) != hash_frame(frame([NOTHING | two]))


def test_the_order_of_struct_fields_does_not_matter():
    """Trap: a column that evolved has its fields in another order than a new lake."""
    one = pl.DataFrame({"parts": [[{"name": "lid", "part_id": 1}]]})
    two = pl.DataFrame({"parts": [[{"part_id": 1, "name": "lid"}]]})
    assert hash_frame(one) == hash_frame(two)


def test_where_a_row_came_from_and_when_does_not_matter():
    one = pl.DataFrame({"id": [1], "fetched_at": [datetime(2025, 1, 1, tzinfo=UTC)], "raw_object": ["x"]})
    assert hash_frame(one) == hash_frame(pl.DataFrame({"id": [1]}))
    assert hash_frame(one.rename({"id": "record"}), OF_THE_RUN_IN_OPS) == hash_frame(pl.DataFrame({"n": [1]}).drop("n"))


def test_other_processes_with_other_seeds_and_threads_agree():
    """Trap: Python's hash and the seeds of Polars' hash tables differ from process to process."""
    code = (
        "import polars as pl; from tasks.lake.content import hash_frame;"
        "print(hash_frame(pl.DataFrame({'a': range(50_000), 'b': [str(n) for n in range(50_000)]})))"
    )
    said = set()
    for seed, threads in (("1", "1"), ("2", "2"), ("3", "3")):
        environment = os.environ | {"PYTHONHASHSEED": seed, "POLARS_MAX_THREADS": threads}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        said.add(done.stdout)
    assert len(said) == 1
    assert said == {"1c2b8368ea6d6782347c1c0482812fbd\n"}, (
        "the definition changed: hashes written down earlier no longer compare"
    )


def test_a_table_has_one_hash_however_it_was_written(lake: Lake):
    replace(lake, S2025, toys(2025, 1, 2, 3))
    replace(lake, S2024, toys(2024, 9))
    whole = hash_table(lake, TOYS.qualified)
    other = Lake.open(f"{lake.location}-2", create=True)
    replace(other, S2024, toys(2024, 9))
    replace(other, S2025, toys(2025, 3), toys(2025, 1), toys(2025, 2))
    assert hash_lake(other) == hash_lake(lake) == {TOYS.qualified: whole}
    parts = [hash_part(lake, TOYS, part) for part in (S2024, S2025)]
    assert sum(parts, LogicalHash()) == whole
    assert [part.rows for part in parts] == [1, 3]
    replace(other, S2025, toys(2025, 1, 2, 3, note="b"))
    assert hash_lake(other) != hash_lake(lake)


def test_no_rows_and_no_table_have_the_empty_hash(lake: Lake):
    assert hash_table(lake, "silver.toys") == LogicalHash()
    replace(lake, S2025, toys(2025, 1))
    assert hash_part(lake, TOYS, RowsOf((("note", "nothing"),))) == LogicalHash()
    assert str(LogicalHash()) == "0" * 32
