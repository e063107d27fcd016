"""`cbbd-etl query`: a module of its own, so that a query waits for no other command's imports."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.commands._shared import LakeOption, lake_path
from flows.jobs.job import lake_to_read
from flows.terminal.shell import OK
from tasks.lake.damage import explaining
from tasks.lake.lake import Lake
from tasks.settings import load_settings
from tasks.sql.formats import Format
from tasks.sql.output import Output
from tasks.sql.query import run


def add(app: typer.Typer) -> None:
    """Add `query`."""
    app.command("query")(query_command)


def query_command(
    sql: Annotated[str, typer.Argument(metavar="SQL", help="For example: select count(*) from silver.fct_games")],
    form: Annotated[
        Format | None, typer.Option("--format", help="Default: a table, or what the suffix of --output says")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="File that gets all rows: .csv, .json, .jsonl or .parquet"),
    ] = None,
    lake: LakeOption = None,
) -> int:
    """Run SQL (DuckDB) on the tables of the lake; `show tables` and `describe TABLE` say what there is."""
    return run_query(sql, form, output, lake_to_read(load_settings(lake=lake_path(lake))))


def run_query(sql: str, form: Format | None, output: Path | None, lake: Lake) -> int:
    """Print the rows of a SQL statement, or write them to a file; options that cannot be met are refused first."""
    destination = Output.of(form, output)
    with explaining(lake):
        found = run(lake, sql)
    destination.deliver(found)
    return OK
