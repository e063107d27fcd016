"""Plans of dry runs in the terminal."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.table import Table

from flows.terminal.reporting import wide_console
from tasks.completeness.due import Todo
from tasks.completeness.filling import Filling
from tasks.gold.plan import GoldStep
from tasks.requests import Target


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


def print_plan(todos: list[Todo], left: int | None = None, reserve: int = 0) -> None:
    """The plan of a dry run: per dataset the requests expected and due, and what the month's quota leaves.

    Args:
        reserve: calls of the month that are kept for the daily run and that this plan will not spend.
    """
    table = Table("dataset", "season", "expected", "due", "first request", box=None, header_style="bold")
    table.columns[0].no_wrap = table.columns[-1].no_wrap = True
    table.columns[-1].max_width = 22
    for todo in todos:
        first = todo.due[0].key if todo.due else "not known yet" if todo.about else ""
        expected, due = (f"~{todo.about}" if todo.about else str(len(part)) for part in (todo.expected, todo.due))
        table.add_row(todo.endpoint.name, str(todo.season or ""), expected, due, first)
    console = Console(file=sys.stdout)
    console.print(table)
    calls, about = sum(len(todo.due) + todo.about for todo in todos), any(todo.about for todo in todos)
    console.print(f"{'~' * about}{calls} calls; none were made, nothing was written", highlight=False)
    if left is not None:
        after = left - sum(todo.metered_calls for todo in todos)
        console.print(f"{left:,} calls left this month, {after:,} after this plan", highlight=False)
        if reserve and after < reserve:
            spared = f"{reserve:,} of them are kept for the daily run (CBBD_QUOTA_RESERVE)"
            console.print(f"{spared}: the plan stops there, and a later run goes on", highlight=False)


def print_targets(targets: list[Target], *, check: bool) -> None:
    """The endpoints and seasons of a replay."""
    table = Table("endpoint", "season", box=None, header_style="bold")
    for endpoint, season in targets:
        table.add_row(endpoint.name, str(season or ""))
    console = wide_console()
    console.print(table)
    done = "compare" if check else "rebuild"
    console.print(f"{len(targets)} endpoints and seasons to {done}; nothing was written")
