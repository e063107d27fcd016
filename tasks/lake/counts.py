"""Row counts of a lake's tables, from Iceberg's metadata: no data is read."""

from __future__ import annotations

from collections.abc import Iterable

from tasks.lake.lake import Lake


def tables_of(lake: Lake, layers: Iterable[str]) -> list[str]:
    """SQL names of the tables of the given layers, sorted."""
    wanted = set(layers)
    return [name for name in lake.tables() if name.partition(".")[0] in wanted]


def row_count(lake: Lake, name: str) -> int:
    """Number of rows of a table: what its newest snapshot says, else the sum over its files; 0 without the table."""
    table = lake.iceberg(name)
    snapshot = table.current_snapshot() if table is not None else None
    if table is None or snapshot is None:
        return 0
    known = snapshot.summary["total-records"] if snapshot.summary is not None else None
    return sum(task.file.record_count for task in table.scan().plan_files()) if known is None else int(known)


def row_counts(lake: Lake, layers: Iterable[str] = ("silver",)) -> dict[str, int]:
    """Number of rows of each table of the given layers."""
    return {name: row_count(lake, name) for name in tables_of(lake, layers)}
