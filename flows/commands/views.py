"""`cbbd-etl views`: what views there are, their SQL, and their deployment to Athena."""

from __future__ import annotations

import argparse
import sys

from rich.console import Console
from rich.table import Table

from tasks.settings import load_settings
from tasks.sql.views import deploy, view, views


def run_views(args: argparse.Namespace) -> int:
    """The command; its exit code."""
    if args.action == "list":
        _list()
    elif args.action == "show":
        found = view(args.name)
        sql = found.duckdb() if args.dialect == "duckdb" else found.athena(load_settings().database_prefix)
        _say(f"{found.about}\n{sql}")
    else:
        _deploy(args)
    return 0


def _list() -> None:
    table = Table("view", "answers", "reads", box=None, header_style="bold")
    for found in views().values():
        table.add_row(found.name, found.question, "\n".join(found.tables))
    Console(file=sys.stdout, highlight=False).print(table, markup=False)


def _deploy(args: argparse.Namespace) -> None:
    prefix, names = load_settings().database_prefix, args.name or list(views())
    if args.dry_run:
        _say("\n\n".join(f"{view(name).athena(prefix)};" for name in names))
        return
    created = deploy(names, prefix, args.workgroup, args.output)
    _say(f"created in {prefix}gold: {', '.join(created)}")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
