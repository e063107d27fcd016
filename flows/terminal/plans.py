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
    """The plan of a gap-fill: gaps by endpoint and season, those to request now, and the calls of each route."""
    table = Table("endpoint", "season", "gaps", "to request", "calls", box=None, header_style="bold")
    for number in (2, 3):
        table.columns[number].justify = "right"
    for row in (_filling_row(filling) for filling in fillings if filling.gaps):
        table.add_row(*row)
    calls = sum(len(todo.due) for filling in fillings for todo in filling.todos())
    console = wide_console()
    console.print(table if table.row_count else "no gaps")
    console.print(f"{calls} calls; none were made, nothing was written")
    if any(gap.unbuilt for filling in fillings for gap in filling.gaps):
        console.print("some responses are not built into tables yet; the run builds them first and may request less")


def _filling_row(filling: Filling) -> tuple[str, ...]:
    by_route = ", ".join(f"{len(todo.due)} {todo.endpoint.path}" for todo in filling.todos())
    counts = (f"{len(filling.gaps):,}", f"{len(filling.asked):,}")
    return filling.endpoint.name, str(filling.season or ""), *counts, by_route


def print_plan(todos: list[Todo], left: int | None = None, reserve: int = 0) -> None:
    """The plan of an ingest: the requests expected and due of each endpoint, and what the month's quota leaves.

    Args:
        reserve: calls of the month that are reserved for the daily run and that this plan will not spend.
    """
    table = Table("endpoint", "season", "expected", "due", "first request", box=None, header_style="bold")
    table.columns[0].no_wrap = table.columns[-1].no_wrap = True
    table.columns[-1].max_width = 22
    for todo in todos:
        table.add_row(todo.endpoint.name, str(todo.season or ""), *_counts(todo))
    console = Console(file=sys.stdout, highlight=False)
    console.print(table)
    calls, about = sum(len(todo.due) + todo.about for todo in todos), any(todo.about for todo in todos)
    console.print(f"{'~' * about}{calls} calls; none were made, nothing was written")
    if left is not None:
        _print_quota(console, left, left - sum(todo.metered_calls for todo in todos), reserve)


def _counts(todo: Todo) -> tuple[str, str, str]:
    """Requests expected and due, and the first of them; a fan-out whose values are not in the lake is an estimate."""
    if todo.about:
        return f"~{todo.about}", f"~{todo.about}", "not known yet"
    return str(len(todo.expected)), str(len(todo.due)), todo.due[0].key if todo.due else ""


def _print_quota(console: Console, left: int, after: int, reserve: int) -> None:
    console.print(f"{left:,} calls left this month, {after:,} after this plan")
    if reserve and after < reserve:
        console.print(
            f"{reserve:,} of them are reserved for the daily run (CBBD_QUOTA_RESERVE): the plan stops there, "
            "and a later run continues"
        )


def print_targets(targets: list[Target], *, check: bool) -> None:
    """The endpoints and seasons of a replay."""
    table = Table("endpoint", "season", box=None, header_style="bold")
    for endpoint, season in targets:
        table.add_row(endpoint.name, str(season or ""))
    console = wide_console()
    console.print(table)
    done = "compare" if check else "rebuild"
    console.print(f"{len(targets)} endpoints and seasons to {done}; nothing was written")
