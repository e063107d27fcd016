"""Maintenance: fewer files, the same content, readers undisturbed, and raw never touched."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from quality.contracts.games import GAMES
from tasks.errors import LakeConflict, LakeDamaged
from tasks.lake import table_files as maintenance
from tasks.lake.content import hash_lake, hash_table
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake
from tasks.lake.places import WAREHOUSE
from tasks.lake.table_files import MIN_FILES, Crowded, compact, crowded, expire, orphans, superseded
from tests.support.lakes import built, keep, request_of
from tests.support.records import record
from tests.support.tables import DAYS, S2025, TOYS, days, present, replace, toys

NOW = datetime.now(UTC)
SOON = NOW + timedelta(days=1)  # every file of a test is older than this


@pytest.fixture
def small(lake: Lake) -> Lake:
    """A partition in ten files, one in two."""
    replace(lake, S2025, *[toys(2025, number, number + 100) for number in range(10)])
    replace(lake, PartitionKey(2024), toys(2024, 1), toys(2024, 2))
    return lake


def files(lake: Lake) -> set[str]:
    return {file.path for file in lake.table_files()}


def data_files(lake: Lake, name: str = TOYS.qualified) -> int:
    table = lake.iceberg(name)
    assert table is not None
    return len(list(table.scan().plan_files()))


def test_many_small_files_become_one_and_the_content_stays(small: Lake):
    before, inputs = hash_lake(small), small.inputs(TOYS)
    (found,) = crowded(small, TOYS)
    assert (found.key, found.files, found.rows) == (S2025, 10, 20)
    assert compact(small, found)[0] == 1
    assert hash_lake(small) == before
    assert small.inputs(TOYS) == inputs, "nothing is rebuilt because its files were merged"
    assert data_files(small) == 3
    assert crowded(small, TOYS) == []


def test_a_table_by_month_is_merged_month_by_month(lake: Lake):
    first = date(2025, 1, 1)
    parts = [days(2025, first + timedelta(days=number)) for number in range(MIN_FILES)]
    replace(lake, PartitionKey(2025, first), *parts, table=DAYS)
    replace(lake, PartitionKey(2025, date(2025, 2, 1)), days(2025, date(2025, 2, 3)), table=DAYS)
    before = hash_lake(lake)
    (found,) = crowded(lake, DAYS)
    assert str(found.key) == "season=2025/month=2025-01"
    compact(lake, found)
    assert hash_lake(lake) == before
    assert data_files(lake, DAYS.qualified) == 2


def test_a_month_is_merged_when_it_has_ended(lake: Lake):
    """Trap: days of the running month are replaced every day, and each commit would rewrite a merged file."""
    first = date(2025, 1, 1)
    parts = [days(2025, first + timedelta(days=number)) for number in range(MIN_FILES)]
    replace(lake, PartitionKey(2025, first), *parts, table=DAYS)
    assert crowded(lake, DAYS, date(2025, 1, 31)) == []
    assert [item.key.month for item in crowded(lake, DAYS, date(2025, 2, 1))] == [first]


def test_what_memory_cannot_hold_is_merged_in_chunks(small: Lake, monkeypatch: pytest.MonkeyPatch):
    before = hash_lake(small)
    monkeypatch.setattr(maintenance, "CHUNK_ROWS", 7)
    (found,) = crowded(small, TOYS)
    assert found.needed == 3
    assert compact(small, found)[0] == 4, "three files of two rows each, and the last"
    assert hash_lake(small) == before


def test_a_reader_in_between_sees_one_whole_version(small: Lake):
    """Its files are there until the version was superseded long enough ago."""
    reader = small.scan(TOYS.qualified)
    (found,) = crowded(small, TOYS)
    compact(small, found)
    assert orphans(small, SOON) == []
    assert reader.collect().height == 22


def test_a_writer_who_is_faster_wins(small: Lake, monkeypatch: pytest.MonkeyPatch):
    """Trap: the commit is tried again and lays the merged old rows over newer ones."""
    (found,) = crowded(small, TOYS)
    merge = maintenance._merged

    def slowly(*args: object) -> object:
        yield from merge(*args)  # type: ignore[arg-type]
        replace(Lake.open(small.location), S2025, toys(2025, 7), inputs="newer")

    monkeypatch.setattr(maintenance, "_merged", slowly)
    with pytest.raises(LakeConflict):
        compact(small, found)
    assert small.scan(TOYS.qualified).filter(season=2025).collect()["id"].to_list() == [7]
    assert small.inputs(TOYS)[str(S2025)] == "newer"


def test_an_old_version_that_was_the_newest_a_moment_ago_is_kept(lake: Lake):
    """Trap: its own age says that nobody reads it; it was replaced only now."""
    replace(lake, S2025, toys(2025, 1))
    table = lake.iceberg(TOYS.qualified)
    assert table is not None
    made = datetime.fromtimestamp(table.metadata.snapshots[0].timestamp_ms / 1000, UTC)
    replace(lake, S2025, toys(2025, 2))
    changed = table.refresh().metadata.snapshots
    just_before = datetime.fromtimestamp(changed[1].timestamp_ms / 1000, UTC)
    assert made <= just_before
    assert superseded(table, just_before) == []
    assert superseded(table, SOON) == [item.snapshot_id for item in changed[:-1]], "the newest is never let go"


def test_versions_go_then_their_files_go_and_nothing_else(small: Lake):
    keep(small, request_of(GAMES, 2025), [record(GAMES.record, 1)])
    built(small, GAMES)
    replace(small, S2025, toys(2025, 5))
    before, raw = hash_lake(small), small.list_files("raw")
    assert orphans(small, SOON) == []
    assert sum(expire(small, name, SOON) for name in small.tables()) > 0
    unnamed = orphans(small, SOON)
    assert len(unnamed) >= 10, "the ten files of the version before"
    assert orphans(small, NOW - timedelta(days=1)) == [], "young files may be staged for a commit to come"
    small.delete_table_files([file.path for file in unnamed])
    assert orphans(small, SOON) == []
    assert hash_lake(small) == before
    assert small.list_files("raw") == raw
    replace(small, S2025, toys(2025, 6))
    assert hash_table(small, TOYS.qualified).rows == 3, "the table goes on as ever"


def test_a_staged_file_that_nobody_committed_is_found(small: Lake):
    known = files(small)
    small.replace(TOYS, S2025, "z").add(toys(2025, 1))
    (left,) = files(small) - known
    assert [file.path for file in orphans(small, SOON)] == [left]


@pytest.mark.parametrize("path", ["raw/games/season=2025/x.json.zst", "lake.json", "warehouse/../raw/x", ""])
def test_only_files_of_tables_can_be_deleted(small: Lake, path: str):
    with pytest.raises(ValueError, match="not a file of a table; nothing was deleted"):
        small.delete_table_files([f"{WAREHOUSE}/silver/x.parquet", path])


def test_few_files_are_left_alone(small: Lake):
    assert Crowded(TOYS, S2025, 2, 500_001, 9).needed == 3
    assert [item.key for item in crowded(small, TOYS)] == [S2025]


def test_a_writer_beside_it_does_not_make_files_seem_missing(small: Lake, monkeypatch: pytest.MonkeyPatch):
    """Trap: files were listed before the writer committed, and referenced files after it."""
    listed = Lake.table_files

    def and_then_a_commit(lake: Lake) -> object:
        found = listed(lake)
        for number in range(25):  # so many that old metadata is deleted, too
            replace(Lake.open(lake.location), S2025, toys(2025, number), inputs=str(number))
        return found

    monkeypatch.setattr(Lake, "table_files", and_then_a_commit)
    old = {file.path for file in orphans(small, NOW - timedelta(days=1))}
    assert old == set()
    assert present(small, TOYS) == [1, 2, 24]


def test_a_file_that_is_really_missing_stops_the_deletion(small: Lake):
    table = small.iceberg(TOYS.qualified)
    assert table is not None
    (task, *_) = table.scan().plan_files()
    Path(task.file.file_path.removeprefix("file://")).unlink()
    with pytest.raises(
        LakeDamaged, match=r"reference 1 files that do not exist, .*nothing is deleted; `cbbd-etl rebuild"
    ):
        orphans(small, SOON)


def test_an_expiry_beside_a_writer_keeps_its_rows(small: Lake, monkeypatch: pytest.MonkeyPatch):
    """Trap: a commit between the look at the versions and the expiry."""
    replace(small, S2025, toys(2025, 1))
    find = maintenance.superseded

    def slowly(table: object, before: datetime) -> list[int]:
        found = find(table, before)  # type: ignore[arg-type]
        replace(Lake.open(small.location), S2025, toys(2025, 50))
        return found

    monkeypatch.setattr(maintenance, "superseded", slowly)
    assert expire(small, TOYS.qualified, SOON) > 0
    assert present(small) == [1, 2, 50]
