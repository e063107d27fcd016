"""`cbbd-etl corrections`: what was corrected, in numbers, and which overrides wait for their row."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

ORIGINS = {"source": "the source", "override": "us"}


def print_counts(counts: Iterable[tuple[str, str, str, int]], waiting: Iterable[str]) -> None:
    """Corrections by table and column, and entries of `overrides.yaml` whose row is not in the lake."""
    console = Console(file=sys.stdout, soft_wrap=True, highlight=False)
    table = Table("table", "column", "corrected by", "values", box=None, header_style="bold")
    table.columns[3].justify = "right"
    for name, column, origin, count in counts:
        table.add_row(name, column, ORIGINS[origin], f"{count:,}")
    if table.row_count:
        console.print(table)
    for text in waiting:
        console.print(f"override waits: {text}", markup=False)
