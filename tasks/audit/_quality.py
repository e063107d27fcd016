"""Duplicates and nulls in the tables of a lake. Null counts come from Iceberg's metadata, without reading rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import polars as pl
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table as IcebergTable

from quality.dataset import Partition, Table, registry
from tasks.audit.status import NullStatus, TableStatus
from tasks.lake.lake import Lake


def tables_of(lake: Lake, seasons: list[int]) -> Iterator[TableStatus]:
    """Status of each table with a key that the lake has, season by season."""
    for table in registry().tables.values():
        found = lake.iceberg(table.qualified) if table.key else None
        if found is None:
            continue
        counts = _counts(found, table)
        for season in sorted(counts, key=lambda item: item or 0, reverse=True):
            if season is None or season in seasons:
                yield _status(lake, table, season, *counts[season])


def _status(lake: Lake, table: Table, season: int | None, rows: int, nulls: Counter[str]) -> TableStatus:
    return TableStatus(
        table=table.qualified,
        season=season,
        rows=rows,
        duplicates=rows - _distinct(lake, table, season),
        nulls=[_null(table, column, count / rows) for column, count in sorted(nulls.items())],
    )


def _counts(found: IcebergTable, table: Table) -> dict[int | None, tuple[int, Counter[str]]]:
    """Number of rows, and of nulls by column, for each season. Lists and columns without nulls are left out."""
    names = {field.field_id: field.name for field in found.schema().fields}
    counts: dict[int | None, tuple[int, Counter[str]]] = {}
    for task in found.scan().plan_files():
        season = None if table.partition is Partition.NONE else int(task.file.partition[0])
        rows, nulls = counts.get(season, (0, Counter()))
        nulls.update(_nulls(task.file, names))
        counts[season] = (rows + task.file.record_count, nulls)
    return {season: item for season, item in counts.items() if item[0]}


def _nulls(file: DataFile, names: Mapping[int, str]) -> dict[str, int]:
    """Nulls of a data file by column."""
    known = dict(file.null_value_counts or {}).items()
    return {names[number]: count for number, count in known if number in names and count}


def _distinct(lake: Lake, table: Table, season: int | None) -> int:
    rows = lake.scan(table.qualified)
    if season is not None and table.season_column is not None:
        rows = rows.filter(pl.col(table.season_column) == season)
    key = pl.col(table.key[0]) if len(table.key) == 1 else pl.struct(table.key)
    counted: int = rows.select(key.n_unique()).collect(engine="streaming").item()
    return counted


def _null(table: Table, column: str, share: float) -> NullStatus:
    limit = next((item for item in table.null_limits if column in item.columns), None)
    if limit is None or table.layer == "gold":  # gold's limits are for a part of the rows, and checked at publishing
        return NullStatus(column=column, share=share)
    return NullStatus(column=column, share=share, allowed=limit.at_most, reason=limit.reason)
