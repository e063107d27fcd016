"""Data files of one partition are those that PyIceberg's own writer makes of the same rows."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import date
from uuid import uuid4

import polars as pl
import pyarrow.parquet as pq
import pytest
from pyiceberg.io.pyarrow import _dataframe_to_data_files
from pyiceberg.manifest import DataFile
from pyiceberg.table import FileScanTask

from quality.dataset import Partition
from quality.validate import check
from tasks.lake._data_files import data_files
from tasks.lake.iceberg import PartitionKey, to_arrow
from tasks.lake.lake import Lake
from tests.support.tables import DAYS, NESTED, S2025, TOYS, days, replace, toys

SAME = ("partition", "record_count", "lower_bounds", "upper_bounds", "null_value_counts", "value_counts")
JANUARY = [date(2025, 1, day) for day in (31, 1, 15)]


def described(files: Iterable[DataFile]) -> set[tuple[str, ...]]:
    return {(file.file_path.rpartition("/")[0], *(str(getattr(file, name)) for name in SAME)) for file in files}


@pytest.mark.parametrize(
    ("dates", "seasons", "partitions"),
    [
        (JANUARY[:1], [2025], 1),
        (JANUARY, [2025] * 3, 1),
        (JANUARY, [2025, 2024, 2025], 2),
        ([*JANUARY, date(2025, 2, 1)], [2025] * 4, 2),
        ([*JANUARY, date(2024, 1, 15)], [2025] * 4, 2),
        ([date(1969, 12, 31), date(1970, 1, 1)], [2025] * 2, 2),
    ],
)
def test_files_of_one_month_and_of_several(lake: Lake, dates: list[date], seasons: list[int], partitions: int):
    """Trap: months before 1970, and the same month of two years or seasons, are taken for one partition."""
    replace(lake, PartitionKey(2025, date(2025, 1, 1)), days(2025, *JANUARY), table=DAYS)
    target = lake.iceberg(DAYS.qualified)
    assert target is not None
    rows = days(2025, *dates).good.with_columns(season=pl.Series(seasons))
    arrow = to_arrow(rows, target.schema())
    found = list(data_files(target.metadata, arrow, target.io))
    assert len(found) == partitions
    assert described(found) == described(_dataframe_to_data_files(target.metadata, arrow, target.io, uuid4()))
    read = pl.concat([pl.read_parquet(file.file_path.removeprefix("file://")) for file in found])
    assert sorted(read.select(rows.columns).rows()) == sorted(rows.rows())


@pytest.mark.parametrize("partition", [Partition.SEASON, Partition.NONE])
def test_nested_columns_and_what_may_be_null_are_in_the_file(lake: Lake, partition: Partition):
    """Trap: readers find columns by the ids in the file; without them, a renamed column has no values."""
    table = dataclasses.replace(TOYS, name="nested", partition=partition)
    parts = [{"part_id": 3, "marks": [0.5, None]}]
    rows = toys(2025, 1, 2).good.with_columns(parts=pl.Series([parts, []], dtype=NESTED))
    replace(lake, PartitionKey(2025 if partition is Partition.SEASON else None), check(rows, table), table=table)
    target = lake.iceberg(table.qualified)
    assert target is not None
    arrow = to_arrow(rows, target.schema())
    (found,), (wanted,) = (
        [pq.read_table(file.file_path.removeprefix("file://")) for file in files]
        for files in (
            data_files(target.metadata, arrow, target.io),
            _dataframe_to_data_files(target.metadata, arrow, target.io, uuid4()),
        )
    )
    assert found.schema.equals(wanted.schema, check_metadata=True)
    assert found.equals(wanted)


def test_rows_keep_their_order_in_the_file(lake: Lake):
    """Trap: the order in which a table is sorted lets readers skip parts of a file."""
    replace(lake, S2025, toys(2025, 7, 3, 9, 1))
    (file,) = (task.file for task in _tasks(lake))
    assert pq.read_table(file.file_path.removeprefix("file://"))["id"].to_pylist() == [7, 3, 9, 1]


def _tasks(lake: Lake) -> Iterable[FileScanTask]:
    target = lake.iceberg(TOYS.qualified)
    assert target is not None
    return target.scan().plan_files()
