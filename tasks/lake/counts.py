"""Row counts of a lake's tables, from Iceberg's metadata: no data is read."""

from __future__ import annotations

from collections.abc import Iterable

from tasks.lake.lake import Lake


def tables_of(lake: Lake, layers: Iterable[str]) -> list[str]:
    """SQL names of the tables of the given layers, sorted."""
    wanted = set(layers)
    return [name for name in lake.tables() if name.partition(".")[0] in wanted]


def row_count(lake: Lake, name: str) -> int:
    """Number of rows of a table, from Iceberg's metadata."""
    table = lake.iceberg(name)
    return sum(task.file.record_count for task in table.scan().plan_files()) if table else 0


def row_counts(lake: Lake, layers: Iterable[str] = ("silver",)) -> dict[str, int]:
    """Number of rows of each table of the given layers."""
    return {name: row_count(lake, name) for name in tables_of(lake, layers)}
