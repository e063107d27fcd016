"""`cbbd-etl views`: what views there are, their SQL, and their deployment to Athena."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from flows.terminal.shell import OK
from tasks.settings import load_settings
from tasks.sql.views import deploy, view, views

PRIMARY = "primary"  # the workgroup that every AWS account has

Name = Annotated[str, typer.Argument(metavar="NAME", help="For example: v_team_dashboard")]


def add(app: typer.Typer) -> None:
    """Add `views` with its actions."""
    app.callback(help="SQL views for analysts: list, show, deploy to Athena.", no_args_is_help=True)(lambda: None)
    app.command("list")(list_views)
    app.command("show")(show_view)
    app.command("deploy")(deploy_views)


def list_views() -> int:
    """List the views, what each answers and which tables it reads."""
    table = Table("view", "answers", "reads", box=None, header_style="bold")
    for found in views().values():
        table.add_row(found.name, found.question, "\n".join(found.tables))
    Console(file=sys.stdout, highlight=False).print(table, markup=False)
    return OK


def show_view(
    name: Name, dialect: Annotated[Literal["athena", "duckdb"], typer.Option(help="SQL of which engine")] = "athena"
) -> int:
    """Show the SQL of a view."""
    found = view(name)
    sql = found.duckdb() if dialect == "duckdb" else found.athena(load_settings().database_prefix)
    _say(f"{found.about}\n{sql}")
    return OK


def deploy_views(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Default: all")] = None,
    workgroup: Annotated[str, typer.Option(metavar="NAME", help="Athena's workgroup")] = PRIMARY,
    output: Annotated[
        str | None,
        typer.Option(metavar="s3://BUCKET/PREFIX", help="Where Athena puts results, if the workgroup names no place"),
    ] = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the statements, create nothing")] = False,
) -> int:
    """Create the views, or replace them, in the gold database through Athena."""
    prefix, wanted = load_settings().database_prefix, names or list(views())
    if dry_run:
        _say("\n\n".join(f"{view(name).athena(prefix)};" for name in wanted))
        return OK
    created = deploy(wanted, prefix, workgroup, output)
    _say(f"created in {prefix}gold: {', '.join(created)}")
    return OK


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
