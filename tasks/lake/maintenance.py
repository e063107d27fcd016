"""Keeps the tables' files few: small files merged, old versions let go, files that no version names deleted.

Raw is never touched: the one function that deletes refuses whatever is not below the tables' folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import polars as pl
from pyiceberg.conversions import from_bytes
from pyiceberg.expressions import parser
from pyiceberg.io.pyarrow import ArrowScan
from pyiceberg.table import FileScanTask
from pyiceberg.table import Table as IcebergTable
from pyiceberg.types import PrimitiveType

from quality.dataset import Partition, Table, registry
from quality.validate import check
from tasks.errors import ContractViolation, LakeConflict
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake, StoredFile
from tasks.lake.replacement import INPUTS, Replacement

CHUNK_ROWS = 250_000  # rows that are merged at a time: what bounds memory, and the rows of a merged file
MIN_FILES = 8  # fewer are left alone


@dataclass(frozen=True)
class Crowded:
    """A partition in more files than its rows need."""

    table: Table
    key: PartitionKey
    files: int
    rows: int
    bytes: int

    @property
    def needed(self) -> int:
        """Files that hold it after merging."""
        return max(-(-self.rows // CHUNK_ROWS), 1)


def all_tables(lake: Lake) -> list[Table]:
    """Tables of the contract that the lake has."""
    known = [endpoint.table for endpoint in registry()] + list(registry().tables.values())
    return [table for table in known if lake.iceberg(table.qualified) is not None]


# -- small files ------------------------------------------------------------------------------------------------------


def crowded(lake: Lake, table: Table) -> list[Crowded]:
    """Partitions of a table that are worth merging: at least `MIN_FILES`, and twice what they need."""
    target = lake.iceberg(table.qualified)
    if target is None or {field.name for field in target.schema().fields} != table.by_name.keys():
        return []  # older than its contract: the next ingest writes it anew
    found = [_counted(target, table, key) for key in _keys(lake, table)]
    return [item for item in found if item.files >= max(MIN_FILES, 2 * item.needed)]


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
    """Merge a partition's files in one commit that changes nothing else; files and bytes after it.

    The fingerprint stays, so nothing is rebuilt for it. A writer who is faster wins, for he brings newer rows.

    Raises:
        LakeConflict: when there was one; the partition is as he left it.
        ContractViolation: when rows do not satisfy the contract any more; an ingest rebuilds them.
    """
    target = lake.iceberg(item.table.qualified)
    assert target is not None, "a crowded table is there"
    inputs = target.properties.get(f"{INPUTS}{item.key}")
    with Replacement(target, item.table, item.key, inputs, attempts=1) as out:
        for rows in _merged(target, item):
            checked = check(rows, item.table)
            if checked.quarantined.height:
                raise ContractViolation(
                    f"{item.table.qualified} {item.key}: {checked.quarantined.height} rows break the contract and "
                    "would be lost, so its files stay as they are; run flows/replay.py to see which"
                )
            out.add(checked)
    found = lake.iceberg(item.table.qualified)
    assert found is not None, "a table is never dropped"
    after = _counted(found, item.table, item.key)
    return after.files, after.bytes


def _merged(target: IcebergTable, item: Crowded) -> Iterator[pl.DataFrame]:
    """Rows of a partition in chunks, neighbours by the order of the table together, so that pruning stays good."""
    reader = ArrowScan(target.metadata, target.io, target.schema(), parser.parse(item.key.filter(item.table)))
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
    """Lower bounds of the columns that a table is cut and sorted by, as sortable text."""
    found = []
    for name in (table.month_column, *table.sort[:1]):
        field = target.schema().find_field(name) if name else None
        bound = task.file.lower_bounds.get(field.field_id) if field and task.file.lower_bounds else None
        if field is not None and bound is not None and isinstance(field.field_type, PrimitiveType):
            value = from_bytes(field.field_type, bound)
            found.append(f"{value:020d}" if isinstance(value, int) else str(value))
    return tuple(found)


# -- old versions -----------------------------------------------------------------------------------------------------


def superseded(table: IcebergTable, before: datetime) -> list[int]:
    """Snapshots that another one took the place of before a moment.

    Not the age of a snapshot counts: one of last month may have been the newest until a second ago, and be read now.
    """
    snapshots = sorted(table.metadata.snapshots, key=lambda item: (item.timestamp_ms, item.sequence_number or 0))
    cut = int(before.timestamp() * 1000)
    return [old.snapshot_id for old, new in pairwise(snapshots) if new.timestamp_ms < cut]


def expire(lake: Lake, name: str, before: datetime) -> int:
    """Let go of the versions of a table that were superseded before a moment; their number. Files stay for now."""
    table = lake.iceberg(name)
    old = superseded(table, before) if table is not None else []
    if table is not None and old:
        table.maintenance.expire_snapshots().by_ids(old).commit()
    return len(old)


# -- files that no version names --------------------------------------------------------------------------------------


def orphans(lake: Lake, before: datetime) -> list[StoredFile]:
    """Files of the tables' folder that no version of any table names and that were written before a moment.

    Younger ones may be staged by a writer who has yet to commit.

    Raises:
        LakeConflict: when the catalog does not fit the files, so that nothing can be said about them.
    """
    files = lake.table_files()  # first, so that what is committed from now on cannot be in it unnamed
    named = {path for name in lake.tables() for path in _named(lake, name)}
    if files and not named:
        raise LakeConflict(f"the catalog of {lake.location} names no table, but there are files: is it the right one?")
    missing = sorted(named - {file.path for file in files})
    if missing:
        raise LakeConflict(
            f"tables of {lake.location} name {len(missing)} files that are not there, the first: {missing[0]}; nothing "
            "is deleted. Was the lake moved? A lake stays where it was made"
        )
    return [file for file in files if file.path not in named and file.modified < before]


def _named(lake: Lake, name: str) -> set[str]:
    """Every file that some version of a table needs: metadata, manifests, data."""
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
