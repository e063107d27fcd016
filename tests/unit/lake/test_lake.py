"""The lake from outside: a partition is replaced whole or not at all, and nothing else changes."""

from __future__ import annotations

from dataclasses import replace as replace_field
from datetime import date

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from quality.dataset import Partition, Table
from quality.validate import Checked, check
from tasks.errors import BadInput, ContractViolation, LakeConflict
from tasks.lake.counts import row_counts
from tasks.lake.iceberg import Days, DaysOf, PartitionKey, RowsOf, month_of, next_month
from tasks.lake.lake import Lake
from tests.support.tables import COLUMNS, DAYS, S2024, S2025, TOYS, days, present, replace, toys


@pytest.fixture
def filled(lake: Lake) -> Lake:
    """Two seasons of toys."""
    replace(lake, S2024, toys(2024, 1, 2))
    replace(lake, S2025, toys(2025, 3))
    return lake


def test_a_partition_is_replaced_and_the_others_stay(filled: Lake):
    """Trap: derived parts with random names add up; team points 60, 120, 180 over three runs."""
    for _ in range(3):
        replace(filled, S2025, toys(2025, 4), toys(2025, 5))
    assert present(filled) == [1, 2, 4, 5]
    assert row_counts(filled) == {"silver.toys": 4}


def test_an_error_in_the_middle_leaves_the_old_version(filled: Lake):
    def fail() -> None:
        with filled.replace(TOYS, S2025, "y") as out:
            out.add(toys(2025, 9))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert present(filled) == [1, 2, 3]
    assert filled.inputs(TOYS) == {"season=2024": "x", "season=2025": "x"}


def test_a_reader_sees_one_version_whole(filled: Lake):
    before, other = filled.scan("silver.toys"), Lake.open(filled.location)
    with filled.replace(TOYS, S2024, "y") as out:
        out.add(toys(2024, 11))
        assert present(other) == [1, 2, 3]
        out.add(toys(2024, 12))
        assert present(other) == [1, 2, 3]
    assert sorted(before.collect()["id"].to_list()) == [1, 2, 3], "a scan stays at the version it was made for"
    assert present(other) == [3, 11, 12]


def test_the_fingerprint_comes_with_the_commit(filled: Lake):
    replace(filled, S2025, toys(2025, 4), inputs="y")
    assert Lake.open(filled.location).inputs(TOYS) == {"season=2024": "x", "season=2025": "y"}
    assert filled.inputs(DAYS) == {}


@pytest.mark.parametrize("frames", [(), (toys(2025),)])
def test_nothing_is_never_published_over_something(filled: Lake, frames: tuple[Checked, ...]):
    """Trap: an empty frame was written over data and wiped the catalog's columns."""
    with pytest.raises(ContractViolation, match="refused to replace 1 data files with no rows"):
        replace(filled, S2025, *frames, inputs="y")
    assert (present(filled), filled.inputs(TOYS)["season=2025"]) == ([1, 2, 3], "x")


def test_a_partition_that_never_had_rows_may_stay_empty(lake: Lake):
    replace(lake, S2025, toys(2025))
    assert (present(lake), lake.inputs(TOYS)) == ([], {"season=2025": "x"})
    assert lake.scan("silver.toys").collect().schema == {item.name: item.dtype for item in COLUMNS}
    replace(lake, S2024, toys(2024, 1))
    assert present(lake) == [1]


def test_rows_of_another_partition_are_refused(filled: Lake):
    """Trap: season = calendar year for plays by date."""
    with pytest.raises(ContractViolation, match=r"1 rows do not belong to season=2025"):
        replace(filled, S2025, toys(2025, 3), toys(2024, 4))
    assert present(filled) == [1, 2, 3]


def test_only_checked_frames_are_written(filled: Lake):
    with pytest.raises(TypeError, match="takes Checked frames only, not DataFrame"):
        replace(filled, S2025, toys(2025, 9).good)  # type: ignore[arg-type]
    assert present(filled) == [1, 2, 3]


def test_months_are_partitions_of_their_own(lake: Lake):
    """Months of plays: the last day of one and the first of the next are apart, over the turn of the year too."""
    months = {
        date(2024, 12, 1): (date(2024, 12, 1), date(2024, 12, 31)),
        date(2025, 1, 1): (date(2025, 1, 1), date(2025, 1, 31)),
        date(2025, 2, 1): (date(2025, 2, 1), date(2025, 2, 28)),
    }
    for month, dates in months.items():
        replace(lake, PartitionKey(2025, month), days(2025, *dates), table=DAYS)
    replace(lake, PartitionKey(2025, date(2025, 1, 1)), days(2025, date(2025, 1, 15)), table=DAYS)
    kept = sorted(lake.scan("silver.days").collect()["day"].to_list())
    assert kept == [*months[date(2024, 12, 1)], date(2025, 1, 15), *months[date(2025, 2, 1)]]
    for outside in (date(2024, 12, 31), date(2025, 2, 1), date(2024, 1, 15)):
        with pytest.raises(ContractViolation, match=r"do not belong to season=2025/month=2025-01"):
            replace(lake, PartitionKey(2025, date(2025, 1, 1)), days(2025, outside), table=DAYS)


@pytest.mark.parametrize("partition", [Partition.SEASON, Partition.NONE])
def test_rows_are_replaced_in_one_version(lake: Lake, partition: Partition):
    """A version that removes rows and a second one that adds the new ones cost twice as much, and a reader could ask
    for the first. In a table without partitions the removed files must be found, too."""
    table, key = replace_field(TOYS, partition=partition), PartitionKey(2025 if partition is Partition.SEASON else None)
    for number in range(3):
        replace(lake, key, toys(2025, number), toys(2025, 10 + number), table=table)
    found = lake.iceberg("silver.toys")
    assert found is not None
    assert present(lake) == [2, 12]
    operations = [item.summary.operation.value for item in found.metadata.snapshots if item.summary]
    assert operations == ["append", "overwrite", "overwrite"]


def test_days_are_replaced_in_one_version_unless_a_file_has_other_days_too(lake: Lake):
    """A file that was merged from several days is rewritten without the days that are replaced."""
    january, first, second = PartitionKey(2025, date(2025, 1, 1)), date(2025, 1, 5), date(2025, 1, 6)
    replace(lake, january, days(2025, first), days(2025, second), table=DAYS)
    replace(lake, PartitionKey(2025, date(2025, 2, 1)), days(2025, date(2025, 2, 3)), table=DAYS)
    with lake.replace(DAYS, DaysOf(january, Days((second,))), "y") as out:
        out.add(days(2025, second))
    assert versions(lake) == 3
    replace(lake, january, days(2025, first, second), table=DAYS)
    assert versions(lake) == 4
    with lake.replace(DAYS, DaysOf(january, Days((second,))), "z") as out:
        out.add(days(2025, second))
    assert versions(lake) > 5
    assert sorted(lake.scan("silver.days").collect()["day"].to_list()) == [first, second, date(2025, 2, 3)]


def versions(lake: Lake) -> int:
    table = lake.iceberg("silver.days")
    assert table is not None
    return len(table.metadata.snapshots)


def test_one_month_of_two_seasons_is_two_partitions(lake: Lake):
    """Trap: the season was forgotten in the filter of a month, so a season took the other's August along."""
    august = date(2024, 8, 1)
    for season in (2024, 2025, 2024):
        replace(lake, PartitionKey(season, august), days(season, date(2024, 8, season % 100)), table=DAYS)
    kept = lake.scan("silver.days").select("season", "day").sort("season").collect().rows()
    assert kept == [(2024, date(2024, 8, 24)), (2025, date(2024, 8, 25))]


@pytest.mark.parametrize(
    ("day", "following"),
    [
        (date(2024, 12, 31), date(2025, 1, 1)),
        (date(2024, 2, 29), date(2024, 3, 1)),
        (date(2025, 11, 1), date(2025, 12, 1)),
    ],
)
def test_months_follow_each_other(day: date, following: date):
    assert next_month(month_of(day)) == following


def test_all_null_columns_and_nested_lists_survive(lake: Lake):
    parts = [[], [None], [{"part_id": 1, "marks": None}], [{"part_id": None, "marks": [1.5, None]}], [{"part_id": 2}]]
    marks = [None, [], [1, None], [2], None]
    rows = [
        {"season": 2025, "id": number, "note": None, "parts": part, "marks": mark}
        for number, (part, mark) in enumerate(zip(parts, marks, strict=True))
    ]
    frame = pl.DataFrame(rows, schema={item.name: item.dtype for item in COLUMNS})
    replace(lake, S2025, check(frame, TOYS))
    back = lake.scan("silver.toys").sort("id").collect()
    assert back["note"].null_count() == len(parts)
    assert back["marks"].to_list() == marks
    assert_frame_equal(back, frame)


def test_an_unknown_table_names_the_known_ones(filled: Lake):
    with pytest.raises(BadInput, match=r"no table silver.nothing in .*; there are: silver.toys"):
        filled.scan("silver.nothing")
    assert (filled.tables(), filled.iceberg("gold.toys")) == (["silver.toys"], None)


def notes(table_name: str, count: int) -> Checked:
    rows = [{"season": 1, "id": n, "note": table_name, "parts": [], "marks": None} for n in range(count)]
    return check(pl.DataFrame(rows, schema={item.name: item.dtype for item in COLUMNS}), NOTES)


NOTES = Table(
    name="notes", layer="ops", description="Notes.", columns=COLUMNS, key=(), partition=Partition.NONE, version=()
)


@pytest.mark.parametrize("counts", [{"b": 0}, {"b": 3, "a": 0}, {"a": 0, "b": 1, "c": 0}])
def test_rows_of_one_owner_are_replaced_among_others(lake: Lake, counts: dict[str, int]):
    """As ops.quarantine is written: values between others in the same file, with and without new rows."""
    wanted = {"a": 2, "c": 2} | counts
    for owner, count in [("a", 2), ("c", 2), *counts.items()]:
        with lake.replace(NOTES, RowsOf((("note", owner),))) as out:
            out.add(notes(owner, count))
    found = lake.scan("ops.notes").collect()["note"].value_counts()
    assert dict(found.iter_rows()) == {owner: count for owner, count in wanted.items() if count}


def test_a_lake_keeps_to_its_source(lake: Lake):
    lake.claim({"source": "test"})
    with pytest.raises(
        LakeConflict, match=r"has data from source test, and this run reads source api, host x; use .* --lake"
    ):
        lake.claim({"source": "api", "host": "x"})
    assert lake.marker() == {"source": "test"}


def test_small_files(lake: Lake):
    assert lake.read_json("ops/none.json") is None
    lake.write_json("ops/b.json", {"n": 1})
    lake.write_json("ops/b.json", {"n": 2}, overwrite=False)
    lake.write_json("ops/a.json", {"n": 3})
    lake.write_json("ops/a.json", {"n": 4})
    assert (lake.read_json("ops/b.json"), lake.read_json("ops/a.json")) == ({"n": 1}, {"n": 4})
    assert lake.list_files("ops") == ["ops/a.json", "ops/b.json"]
