"""What a table holds: rows, seasons, newest response. Iceberg's metadata says it, where the table is kept by season."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import polars as pl
from pyiceberg.conversions import from_bytes
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table as IcebergTable
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import TimestamptzType

from tasks.lake.storage import FAILURES, unavailable

SEASONS = ("season", "year")  # names of the column with the season
FETCHED = "fetched_at"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Facts:
    """What a version of a table holds.

    Attributes:
        rows: number of rows.
        seasons: ascending; empty for a table without rows or without seasons.
        fetched_at: time of the newest response behind the rows, UTC; None for tables that are computed.
        updated_at: time of the commit of this version, UTC; None for a table that never had rows.
    """

    rows: int
    seasons: tuple[int, ...]
    fetched_at: datetime | None
    updated_at: datetime | None


@dataclass(frozen=True)
class Part:
    """The rows of one season in a version of a table.

    Attributes:
        season: None for all rows of a table that is not kept by season, and for rows without a season.
        rows: number of rows.
        data: fingerprint of the data files and the schema. It stays the same until a commit changes one of them.
    """

    season: int | None
    rows: int
    data: str


def parts(table: IcebergTable) -> list[Part]:
    """The newest version of a table by season, ascending. A table without rows has one part without a season.

    Raises:
        LakeUnavailable: when its metadata cannot be read.
    """
    try:
        files = [task.file for task in table.scan().plan_files()]
    except FAILURES as error:
        raise unavailable(error) from error
    column = season_column(table)
    places = {} if column is None else _places(table, column)
    by_season: dict[int | None, list[DataFile]] = {} if files else {None: []}
    for file in files if all(file.spec_id in places for file in files) else ():
        by_season.setdefault(file.partition[places[file.spec_id]], []).append(file)
    schema = table.schema().schema_id
    found = (_part(season, found, schema) for season, found in (by_season or {None: files}).items())
    return sorted(found, key=lambda part: part.season or 0)


def _part(season: int | None, files: list[DataFile], schema: int) -> Part:
    names = "\n".join(sorted(file.file_path for file in files))
    data = hashlib.sha256(f"{schema}\n{names}".encode()).hexdigest()[:16]
    return Part(season, sum(file.record_count for file in files), data)


def facts(table: IcebergTable, snapshot_id: int | None = None) -> Facts:
    """Facts of the newest version of a table, or of another one.

    Raises:
        LakeUnavailable: when its metadata cannot be read.
    """
    snapshot = table.snapshot_by_id(snapshot_id) if snapshot_id else table.current_snapshot()
    if snapshot is None:
        return Facts(0, (), None, None)
    try:
        files = [task.file for task in table.scan(snapshot_id=snapshot.snapshot_id).plan_files()]
        seasons = tuple(sorted(_seasons(table, snapshot.snapshot_id, files)))
    except FAILURES as error:
        raise unavailable(error) from error
    updated = EPOCH + timedelta(milliseconds=snapshot.timestamp_ms)
    return Facts(sum(file.record_count for file in files), seasons, _newest(table, files), updated)


def season_column(table: IcebergTable) -> str | None:
    """Column of a table that holds the season; None when it has none."""
    names = {field.name for field in table.schema().fields}
    return next((name for name in SEASONS if name in names), None)


def _seasons(table: IcebergTable, snapshot_id: int, files: list[DataFile]) -> set[int]:
    column = season_column(table)
    if column is None:
        return set()
    places = _places(table, column)
    if all(file.spec_id in places for file in files):
        return {value for file in files if (value := file.partition[places[file.spec_id]]) is not None}
    found = pl.scan_iceberg(table, snapshot_id=snapshot_id).select(pl.col(column).drop_nulls().unique()).collect()
    return set(found[column])


def _places(table: IcebergTable, column: str) -> dict[int, int]:
    """Place of the season in the partitions of each partition spec that has it."""
    return {spec: place for spec in table.specs() if (place := _place(table, spec, column)) is not None}


def _place(table: IcebergTable, spec: int, column: str) -> int | None:
    """Place of the season in the partition of a data file."""
    source = table.schema().find_field(column).field_id
    fields = enumerate(table.specs()[spec].fields)
    return next((n for n, item in fields if item.source_id == source and item.transform == IdentityTransform()), None)


def _newest(table: IcebergTable, files: Iterable[DataFile]) -> datetime | None:
    if FETCHED not in {field.name for field in table.schema().fields}:
        return None
    number = table.schema().find_field(FETCHED).field_id
    bounds = [bound for file in files if (bound := (file.upper_bounds or {}).get(number)) is not None]
    found = [int(from_bytes(TimestamptzType(), bound)) for bound in bounds]
    return EPOCH + timedelta(microseconds=max(found)) if found else None
