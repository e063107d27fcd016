"""`cbbd-etl query`: a module of its own, so that a query waits for no other command's imports."""

from __future__ import annotations

import argparse
from pathlib import Path

from flows.terminal.shell import OK
from tasks.lake.lake import Lake
from tasks.settings import load_settings
from tasks.sql.formats import Format
from tasks.sql.output import Output
from tasks.sql.query import run


def query_command(args: argparse.Namespace) -> int:
    """The command as argparse hands it over."""
    settings = load_settings(lake=args.lake)
    lake = Lake.open(settings.lake, database_prefix=settings.database_prefix)
    return run_query(args.sql, args.format, args.output, lake)


def run_query(sql: str, form: Format | None, output: Path | None, lake: Lake) -> int:
    """Print the rows of a SQL statement, or write them to a file; options that cannot be met are refused first."""
    destination = Output.of(form, output)
    destination.deliver(run(lake, sql))
    return OK
