"""Plans of dry runs in the terminal."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.table import Table

from flows.terminal.reporting import wide_console
from tasks.completeness.filling import Filling
from tasks.gold.plan import GoldStep


def print_steps(steps: list[GoldStep]) -> None:
    """What would be built and why."""
    table = Table("table", "season", "partitions", "why", box=None, header_style="bold")
    table.columns[0].no_wrap, table.columns[0].min_width = True, max((len(s.table.qualified) for s in steps), default=0)
    for step in steps:
        table.add_row(step.table.qualified, str(step.season or ""), str(len(step.keys)), step.why)
    console = Console(file=sys.stdout, soft_wrap=True, highlight=False)
    console.print(table)
    console.print(f"{sum(len(step.keys) for step in steps)} partitions to build; nothing was written")


def print_fillings(fillings: list[Filling]) -> None:
    """The plan of a dry run: gaps by dataset and season, those to ask for now, and the calls of each route."""
    table = Table("dataset", "season", "gaps", "to ask for", "calls", box=None, header_style="bold")
    for number in (2, 3):
        table.columns[number].justify = "right"
    calls = 0
    for filling in fillings:
        todos = list(filling.todos())
        calls += sum(len(todo.due) for todo in todos)
        if filling.gaps:
            by_route = ", ".join(f"{len(todo.due)} {todo.endpoint.path}" for todo in todos)
            counts = (f"{len(filling.gaps):,}", f"{len(filling.asked):,}")
            table.add_row(filling.endpoint.name, str(filling.season or ""), *counts, by_route)
    console = wide_console()
    console.print(table if table.row_count else "no gaps")
    console.print(f"{calls} calls; none were made, nothing was written")
    if any(gap.unbuilt for filling in fillings for gap in filling.gaps):
        console.print("some tables are not made from all kept answers yet; the run builds them first and may ask less")
