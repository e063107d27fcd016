"""Small tables that live in no contract, and the writing of them, for tests of the lake."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from quality.columns import DATE, INT, STRING, Column
from quality.dataset import Partition, Table
from quality.validate import Checked, check
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake


def column(name: str, dtype: pl.DataType = INT, *, nullable: bool = False) -> Column:
    return Column(name=name, dtype=dtype, description=name, nullable=nullable)


NESTED = pl.List(pl.Struct({"part_id": pl.Int64(), "marks": pl.List(pl.Float64())}))
COLUMNS = (
    column("season"),
    column("id"),
    column("note", STRING, nullable=True),
    column("parts", NESTED),
    column("marks", pl.List(pl.Int64()), nullable=True),
)
TOYS = Table(name="toys", layer="silver", description="Toys.", columns=COLUMNS, key=("id",))
DAYS = Table(
    name="days",
    layer="silver",
    description="Days.",
    columns=(column("season"), column("id"), column("day", DATE)),
    key=("id",),
    partition=Partition.MONTH,
    month_column="day",
)
S2024, S2025 = PartitionKey(2024), PartitionKey(2025)


def toys(season: int, *ids: int, note: str | None = "a") -> Checked:
    rows = [{"season": season, "id": number, "note": note, "parts": [], "marks": None} for number in ids]
    return check(pl.DataFrame(rows, schema={item.name: item.dtype for item in COLUMNS}), TOYS)


def days(season: int, *dates: date) -> Checked:
    rows = [{"season": season, "id": day.toordinal(), "day": day} for day in dates]
    return check(pl.DataFrame(rows, schema={item.name: item.dtype for item in DAYS.columns}), DAYS)


def replace(lake: Lake, part: PartitionKey, *frames: Checked, inputs: str | None = "x", table: Table = TOYS) -> None:
    with lake.replace(table, part, inputs) as out:
        for frame in frames:
            out.add(frame)


def present(lake: Lake, table: Table = TOYS) -> list[Any]:
    return sorted(lake.scan(table.qualified).collect()["id"].to_list())
