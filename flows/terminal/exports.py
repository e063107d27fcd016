"""An export in the terminal: rows and files of each table."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

import cbbd_etl as cbb
from flows.terminal.sheet import Row
from tasks.sql.catalog import ranges

MEGABYTE = 1_000_000


def print_export(found: cbb.Export, *, dry_run: bool = False) -> None:
    """Print a line per table, and the totals."""
    table = Table("table", "seasons", "rows", "files", "written", box=None, header_style="bold")
    for column in table.columns[2:]:
        column.justify = "right"
    table.columns[0].no_wrap = True
    for row in _rows(found):
        table.add_row(*row)
    console = Console(file=sys.stdout, soft_wrap=True, highlight=False)
    console.print(table)
    console.print(totals(found, dry_run=dry_run), markup=False)


def totals(found: cbb.Export, *, dry_run: bool = False) -> str:
    """An export in one line: files, rows, size, place."""
    files = {row["path"]: row["is_written"] for row in found.files.iter_rows(named=True)}
    written = sum(files.values())
    done, kept = ("to write", "to keep") if dry_run else ("written", "kept")
    counts = f"{written} {'file' if written == 1 else 'files'} {done}, {len(files) - written} {kept}"
    size = "" if dry_run else f", {found.bytes / MEGABYTE:,.1f} MB"
    end = "; nothing was written" if dry_run else ""
    return f"{counts}; {found.rows:,} rows{size} in {found.location} ({found.file_format}){end}"


def rows_by_table(found: cbb.Export) -> dict[str, int]:
    """Rows of each table of an export."""
    counts: dict[str, int] = {}
    for name, rows in found.files.select("table", "rows").iter_rows():
        counts[name] = counts.get(name, 0) + rows
    return counts


def _rows(found: cbb.Export) -> Iterator[tuple[str, ...]]:
    by_table: dict[str, list[Row]] = {}
    for row in found.files.iter_rows(named=True):
        by_table.setdefault(row["table"], []).append(row)
    counts = rows_by_table(found)
    for name, rows in by_table.items():
        seasons = [row["season"] for row in rows if row["season"] is not None]
        files = {row["path"]: row["is_written"] for row in rows}
        yield name, ranges(seasons), f"{counts[name]:,}", str(len(files)), str(sum(files.values()))
