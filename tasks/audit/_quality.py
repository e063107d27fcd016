"""Duplicates and nulls of the tables in a lake. Null counts come from Iceberg's metadata: no row is read for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import polars as pl

from quality.dataset import Partition, Table, registry
from tasks.audit.status import NullStatus, TableStatus
from tasks.lake.lake import Lake


def tables_of(lake: Lake, seasons: list[int]) -> Iterator[TableStatus]:
    """Each keyed table of the registry that the lake has, season by season."""
    for table in registry().tables.values():
        if not table.key or lake.iceberg(table.qualified) is None:
            continue
        counts = _counts(lake, table)
        for season in sorted(counts, key=lambda item: item or 0, reverse=True):
            if season is None or season in seasons:
                rows, nulls = counts[season]
                yield TableStatus(
                    table=table.qualified,
                    season=season,
                    rows=rows,
                    duplicates=rows - _distinct(lake, table, season),
                    nulls=[_null(table, column, count / rows) for column, count in sorted(nulls.items())],
                )


def _counts(lake: Lake, table: Table) -> dict[int | None, tuple[int, Counter[str]]]:
    """Rows and nulls by column, of each season; columns without nulls and lists are left out."""
    found = lake.iceberg(table.qualified)
    assert found is not None
    names = {field.field_id: field.name for field in found.schema().fields}
    counts: dict[int | None, tuple[int, Counter[str]]] = {}
    for task in found.scan().plan_files():
        season = None if table.partition is Partition.NONE else int(task.file.partition[0])
        rows, nulls = counts.get(season, (0, Counter()))
        known = dict(task.file.null_value_counts or {}).items()
        nulls.update({names[number]: count for number, count in known if number in names and count})
        counts[season] = (rows + task.file.record_count, nulls)
    return {season: item for season, item in counts.items() if item[0]}


def _distinct(lake: Lake, table: Table, season: int | None) -> int:
    rows = lake.scan(table.qualified)
    if season is not None and table.season_column is not None:
        rows = rows.filter(pl.col(table.season_column) == season)
    key = pl.col(table.key[0]) if len(table.key) == 1 else pl.struct(table.key)
    counted: int = rows.select(key.n_unique()).collect(engine="streaming").item()
    return counted


def _null(table: Table, column: str, share: float) -> NullStatus:
    limit = next((item for item in table.null_limits if column in item.columns), None)
    if limit is None or table.layer == "gold":  # judged before gold is published, among the rows that it names
        return NullStatus(column=column, share=share)
    return NullStatus(column=column, share=share, allowed=limit.at_most, reason=limit.reason)
