"""Maintenance of table files: merge small files, expire old versions, delete files that no version references.

Raw is never touched: the only function that deletes refuses paths outside the folder of the tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

import polars as pl
from pyiceberg.conversions import from_bytes
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.io.pyarrow import ArrowScan
from pyiceberg.table import FileScanTask
from pyiceberg.table import Table as IcebergTable
from pyiceberg.types import PrimitiveType

from quality.dataset import Partition, Table, registry
from quality.validate import check
from tasks.errors import ContractViolation, LakeConflict
from tasks.lake._hints import is_hint, is_right, point_to
from tasks.lake.iceberg import PartitionKey, next_month
from tasks.lake.lake import Lake, StoredFile
from tasks.lake.replacement import COMMIT_ATTEMPTS, DAYS, INPUTS, Replacement
from tasks.lake.storage import damaged
from tasks.requests import season_bounds

CHUNK_ROWS = 250_000  # rows merged at a time, to limit memory, and the rows of a merged file
MIN_FILES = 8  # partitions with fewer files are not merged


@dataclass(frozen=True)
class Crowded:
    """A partition with more files than its rows need."""

    table: Table
    key: PartitionKey
    files: int
    rows: int
    bytes: int

    @property
    def needed(self) -> int:
        """Number of files after merging."""
        return max(-(-self.rows // CHUNK_ROWS), 1)


def all_tables(lake: Lake) -> list[Table]:
    """Tables of the contract that the lake has."""
    known = [endpoint.table for endpoint in registry()] + list(registry().tables.values())
    return [table for table in known if lake.iceberg(table.qualified) is not None]


# -- small files ------------------------------------------------------------------------------------------------------


def crowded(lake: Lake, table: Table, now: date | None = None) -> list[Crowded]:
    """Partitions of a table to merge: those with at least `MIN_FILES` files and twice as many as they need.

    Args:
        now: months and seasons that have not ended before this day are left out where they are kept in pieces, because
            pieces are still replaced: a merged file would be rewritten each time, or all responses read again.
    """
    target = lake.iceberg(table.qualified)
    if target is None or {field.name for field in target.schema().fields} != table.by_name.keys():
        return []  # older than its contract: the next ingest rebuilds it
    over = [key for key in _keys(lake, table) if now is None or _is_over(target, key, now)]
    found = [_counted(target, table, key) for key in over]
    return [item for item in found if item.files >= max(MIN_FILES, 2 * item.needed)]


def _is_over(target: IcebergTable, key: PartitionKey, now: date) -> bool:
    if key.month is not None:
        return next_month(key.month) <= now
    if key.season is None or f"{DAYS}{key}" not in target.properties:
        return True
    return season_bounds(key.season)[1].date() <= now


def _keys(lake: Lake, table: Table) -> list[PartitionKey]:
    if table.partition is Partition.NONE:
        return [PartitionKey()]
    return [PartitionKey.parse(name) for name in sorted(lake.inputs(table))]


def _counted(target: IcebergTable, table: Table, key: PartitionKey) -> Crowded:
    files = [task.file for task in _tasks(target, table, key)]
    sizes = sum(file.file_size_in_bytes for file in files)
    return Crowded(table, key, len(files), sum(file.record_count for file in files), sizes)


def _tasks(target: IcebergTable, table: Table, key: PartitionKey) -> list[FileScanTask]:
    return list(target.scan(row_filter=key.filter(table)).plan_files()) if target.current_snapshot() else []


def compact(lake: Lake, item: Crowded) -> tuple[int, int]:
    """Merge the files of a partition in one commit that changes nothing else; returns the new number and size of files.

    The fingerprint stays, so nothing is rebuilt. If another writer commits first, its rows are newer and stay.

    Raises:
        LakeConflict: when another writer committed first; the partition has that writer's rows.
        ContractViolation: when rows do not satisfy the contract any more; an ingest rebuilds them.
    """
    lake.home.require_writable()
    target = lake.iceberg(item.table.qualified)
    assert target is not None, "the table was found a moment ago"
    inputs = target.properties.get(f"{INPUTS}{item.key}")
    with Replacement(target, item.table, item.key, inputs, attempts=1) as out:
        out.days = target.properties.get(f"{DAYS}{item.key}")
        for rows in _merged(target, item):
            checked = check(rows, item.table)
            if checked.quarantined.height:
                raise ContractViolation(
                    f"{item.table.qualified} {item.key}: merging would drop {checked.quarantined.height} rows that "
                    "violate the contract, so the files stay as they are; run flows/replay.py to see which rows"
                )
            out.add(checked)
    found = lake.iceberg(item.table.qualified)
    assert found is not None, "a table is never dropped"
    after = _counted(found, item.table, item.key)
    return after.files, after.bytes


def _merged(target: IcebergTable, item: Crowded) -> Iterator[pl.DataFrame]:
    """Rows of a partition in chunks, each from files that are neighbours in the table's sort order, to keep pruning."""
    reader = ArrowScan(target.metadata, target.io, target.schema(), item.key.filter(item.table))
    tasks = sorted(_tasks(target, item.table, item.key), key=lambda task: _lowest(target, item.table, task))
    chunk: list[FileScanTask] = []
    for number, task in enumerate(tasks):
        chunk.append(task)
        rows = sum(other.file.record_count for other in chunk)
        if number + 1 == len(tasks) or rows + tasks[number + 1].file.record_count > CHUNK_ROWS:
            frame = pl.from_arrow(reader.to_table(chunk))
            assert isinstance(frame, pl.DataFrame)
            frame = frame.select(list(item.table.by_name))
            yield frame.sort(item.table.sort, maintain_order=True) if item.table.sort else frame
            chunk = []


def _lowest(target: IcebergTable, table: Table, task: FileScanTask) -> tuple[str, ...]:
    """Lower bounds of the month column and the first sort column, as sortable text."""
    columns = [name for name in (table.month_column, *table.sort[:1]) if name]
    bounds = [_lower_bound(target, name, task.file.lower_bounds or {}) for name in columns]
    return tuple(bound for bound in bounds if bound is not None)


def _lower_bound(target: IcebergTable, name: str, bounds: Mapping[int, bytes]) -> str | None:
    field = target.schema().find_field(name)
    bound = bounds.get(field.field_id)
    if bound is None or not isinstance(field.field_type, PrimitiveType):
        return None
    value = from_bytes(field.field_type, bound)
    return f"{value:020d}" if isinstance(value, int) else str(value)


# -- old versions -----------------------------------------------------------------------------------------------------


def superseded(table: IcebergTable, before: datetime) -> list[int]:
    """Snapshots that were superseded by another one before a given time.

    The age of a snapshot does not matter: one from last month may have been the newest until a second ago, and may
    still be read.
    """
    snapshots = sorted(table.metadata.snapshots, key=lambda item: (item.timestamp_ms, item.sequence_number or 0))
    cut = int(before.timestamp() * 1000)
    return [old.snapshot_id for old, new in pairwise(snapshots) if new.timestamp_ms < cut]


def expire(lake: Lake, name: str, before: datetime) -> int:
    """Expire the versions of a table that were superseded before a given time; returns their number. Files stay.

    Raises:
        LakeConflict: when other writers committed first each time.
    """
    lake.home.require_writable()
    for _ in range(COMMIT_ATTEMPTS):
        table = lake.iceberg(name)
        old = superseded(table, before) if table is not None else []
        if table is None or not old:
            return 0
        with suppress(CommitFailedException):  # a writer was faster
            table.maintenance.expire_snapshots().by_ids(old).commit()
            return len(old)
    raise LakeConflict(
        f"{name}: other writers committed first {COMMIT_ATTEMPTS} times; the next run expires its versions"
    )


# -- version hints ----------------------------------------------------------------------------------------------------


def wrong_hints(lake: Lake) -> Iterator[IcebergTable]:
    """Tables whose version hint is missing or names another version: a process was killed right after its commit."""
    for name in lake.tables():
        table = lake.iceberg(name)
        if table is not None and not is_right(table.io, table.metadata_location):
            yield table


def correct_hint(lake: Lake, table: IcebergTable) -> None:
    """Let the version hint of a table name its newest version."""
    lake.home.require_writable()
    point_to(table.io, table.metadata_location, lambda: table.refresh().metadata_location)


# -- files that no version references ---------------------------------------------------------------------------------


def orphans(lake: Lake, before: datetime) -> list[StoredFile]:
    """Files in the folder of the tables that no version of any table references, written before a given time.

    Newer files may be staged by a writer that has not committed yet.

    Raises:
        LakeDamaged: when a file of a table does not exist, or the catalog has no table, so that unreferenced files
            cannot be determined.
    """
    lake.home.require_writable()
    files = lake.table_files()  # first: a file that is committed later than this list cannot be in it
    hints = {file.path for file in files if is_hint(file.path)}
    referenced = _all_referenced(lake)
    if missing := _missing(lake, referenced - {file.path for file in files}):
        raise damaged(
            lake.location,
            f"tables of {lake.location} reference {len(missing)} files that do not exist, the first: {missing[0]}, so "
            "nothing is deleted",
        )
    return [file for file in files if file.path not in referenced | hints and file.modified < before]


def _all_referenced(lake: Lake) -> set[str]:
    return {path for name in lake.tables() for path in _referenced(lake, name)}


def _missing(lake: Lake, unlisted: set[str]) -> list[str]:
    """Files that are not in a listing and do not exist, though tables still reference them.

    A writer beside this run commits files after the listing, and deletes old metadata that a table no longer names.
    """
    suspects = {path for path in unlisted if not lake.has_file(path)}
    while suspects:
        found = {path for path in suspects & _all_referenced(lake) if not lake.has_file(path)}
        if found == suspects:
            return sorted(found)
        suspects = found
    return []


def _referenced(lake: Lake, name: str) -> set[str]:
    """Every file that a version of a table needs: metadata, manifests, data."""
    table = lake.iceberg(name)
    assert table is not None, f"{name} was listed a moment ago"
    named = {table.metadata_location, *(entry.metadata_file for entry in table.metadata.metadata_log)}
    read: set[str] = set()
    for snapshot in table.metadata.snapshots:
        named.add(snapshot.manifest_list)
        for manifest in snapshot.manifests(table.io):
            if manifest.manifest_path not in read:
                read.add(manifest.manifest_path)
                named |= {entry.data_file.file_path for entry in manifest.fetch_manifest_entry(table.io)}
    return {lake.relative(path) for path in named | read}
