"""A contract changes with the API, a lake stays: tables take the new shape without losing a row."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from quality.columns import FLOAT, INT, STRING, Column
from quality.dataset import Table
from quality.validate import check
from tasks.errors import LakeConflict
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake
from tasks.sql.query import query

PART = pl.List(pl.Struct({"a": pl.Int64()}))
PART_AND_MORE = pl.List(pl.Struct({"a": pl.Int64(), "b": pl.String()}))


def toys(*extra: Column, key: pl.DataType = INT, parts: pl.DataType = PART, nullable: bool = False) -> Table:
    columns = (
        Column(name="season", dtype=INT, description="season"),
        *extra,
        Column(name="id", dtype=key, description="id", nullable=nullable),
        Column(name="parts", dtype=parts, description="parts"),
    )
    return Table(name="toys", layer="silver", description="Toys.", columns=columns, key=("season",))


def put(lake: Lake, table: Table, season: int, **values: Any) -> None:
    row = {"season": season, "id": 1, "parts": [{"a": 1}]} | values
    frame = pl.DataFrame([row], schema={column.name: column.dtype for column in table.columns})
    with lake.replace(table, PartitionKey(season), "x") as out:
        out.add(check(frame, table))


def rows(lake: Lake) -> list[dict[str, Any]]:
    """The rows as Polars reads them; DuckDB must read the same."""
    found = lake.scan("silver.toys").sort("season").collect().to_dicts()
    assert query(lake, "select * from silver.toys order by season").to_dicts() == found
    return found


COLOUR = Column(name="colour", dtype=STRING, description="colour")


def test_a_new_column_is_null_in_older_partitions(lake: Lake):
    put(lake, toys(), 2024)
    put(lake, toys(COLOUR), 2025, colour="red")
    assert [row["colour"] for row in rows(lake)] == [None, "red"]
    put(lake, toys(COLOUR), 2024, colour="blue")
    assert [row["colour"] for row in rows(lake)] == ["blue", "red"]


def test_a_column_that_is_gone_leaves_the_others(lake: Lake):
    put(lake, toys(COLOUR), 2024, colour="red")
    put(lake, toys(), 2025)
    assert [list(row) for row in rows(lake)] == [["season", "id", "parts"]] * 2


def test_a_new_field_inside_a_list(lake: Lake):
    put(lake, toys(), 2024)
    put(lake, toys(parts=PART_AND_MORE), 2025, parts=[{"a": 2, "b": "x"}])
    assert [row["parts"] for row in rows(lake)] == [[{"a": 1, "b": None}], [{"a": 2, "b": "x"}]]


def test_a_column_may_become_nullable(lake: Lake):
    put(lake, toys(), 2024)
    put(lake, toys(nullable=True), 2025, id=None)
    assert [row["id"] for row in rows(lake)] == [1, None]


@pytest.mark.parametrize(("dtype", "value"), [(STRING, "1"), (FLOAT, 1.5)])
def test_another_type_is_refused_with_a_way_out(lake: Lake, dtype: pl.DataType, value: Any):
    put(lake, toys(), 2024)
    with pytest.raises(LakeConflict, match=r"silver.toys in the lake does not fit .*: id: long -> .*into a new lake"):
        put(lake, toys(key=dtype), 2025, id=value)
    assert [row["id"] for row in rows(lake)] == [1]


def test_the_same_contract_writes_no_new_schema(lake: Lake):
    for season in (2024, 2025):
        put(lake, toys(), season)
    table = lake.iceberg("silver.toys")
    assert table is not None
    assert len(table.schemas()) == 1
