"""`cbbd-etl kit tasks` and `kit operations`: what is left to do, and what a newer API would add."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from flows.commands._kit_root import Root
from flows.terminal.shell import FAILED, OK
from kit.checkout import Checkout
from kit.operations import FILE, described, differences, load, not_fetched
from kit.tasks import state, tasks
from quality.calendar import EASTERN
from quality.dataset import registry


def print_tasks(
    *,
    check: Annotated[bool, typer.Option("--check", help="Exit code 1 if a listed task is done")] = False,
    root: Root = Path(),
) -> int:
    """List the tasks of the agents, open or done by their commands."""
    checkout = Checkout(root)
    count: Counter[str] = Counter()
    for task in tasks(checkout):
        found = state(checkout, task)
        count[found] += 1
        sys.stdout.write(f"{found:<6} {task.agent:<18} {task.number}. {task.name}\n")
        if found == "broken":
            sys.stdout.write(f"       {task.file}:{task.line}: a command fails otherwise than with exit code 1\n")
    sys.stdout.write(", ".join(f"{number} {name}" for name, number in sorted(count.items())) + "\n")
    if check and count["done"]:
        sys.stdout.write("a task that is done is listed as open: replace it with the next one\n")
    return FAILED if count["broken"] or (check and count["done"]) else OK


def compare_operations(
    *,
    fresh: Annotated[
        Path | None, typer.Option("--fresh", metavar="FILE", help="A newly downloaded OpenAPI description, as JSON")
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="With --fresh: make it the summary")] = False,
    root: Root = Path(),
) -> int:
    """Compare the API's operations with the endpoints, and with a newer description; exit code 1 if they differ."""
    kept = load(root / FILE)
    lines = []
    if fresh is not None:
        new = described(fresh, f"{datetime.now(EASTERN):%Y-%m-%d}")
        lines = list(differences(kept, new))
        if write:
            (root / FILE).write_text(new.text(), encoding="utf-8")
            kept = new
    lines += [f"no endpoint fetches {path}" for path in not_fetched(kept, (item.path for item in registry()))]
    listed = f"{len(kept.operations)} operations of version {kept.version}, {kept.dated}"
    sys.stdout.write("".join(f"{line}\n" for line in lines) + f"{listed}: {len(lines)} differences\n")
    return FAILED if lines else OK
