"""`cbbd-etl new`: the files of a new endpoint, from an example of its response."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from flows.terminal.shell import OK
from kit.scaffold.endpoint import Draft, RequestOptions, draft, write

NEXT = (
    "cbbd-etl docs",
    "make lint",
    'make test ARGS="tests/contracts"',
    "cbbd-etl ingest --season 2025 --endpoints {name}",
)


def add(app: typer.Typer) -> None:
    """Add `new` with its actions."""
    app.callback(help="Start something new: an endpoint.", no_args_is_help=True)(lambda: None)
    app.command("endpoint")(new_endpoint)


def new_endpoint(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the dataset, in snake_case: game_weather")],
    path: Annotated[
        str,
        typer.Option("--path", metavar="PATH", help="Of the operation, its parameters in braces: /games/{gameId}/x"),
    ],
    example: Annotated[
        Path, typer.Option("--example", metavar="FILE", help="A response as JSON: a list of objects; it is only read")
    ],
    *,
    pattern: Annotated[
        Literal["once", "season", "windows", "dates", "each"] | None,
        typer.Option("--pattern", help="How requests are cut; default: guessed"),
    ] = None,
    season_param: Annotated[
        Literal["season", "year"] | None,
        typer.Option("--season-param", help="Parameter that takes the season; default: guessed"),
    ] = None,
    params: Annotated[
        list[str] | None,
        typer.Option(
            "--param", metavar="NAME[:TYPE][!]", help="A parameter; ! if it is required: team, week:integer, team!"
        ),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option("--key", metavar="COLUMN,...", help="Columns that identify a row of silver; default: guessed"),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the files, write nothing")] = False,
    root: Annotated[Path, typer.Option("--root", metavar="FOLDER", help="Checkout to write to")] = Path(),
) -> int:
    """Write the contract, the simulated operation and example rows of a new endpoint; nothing is overwritten."""
    made = draft(name, RequestOptions(path, pattern, season_param, tuple(params or ())), example, root, key)
    if dry_run:
        for file, text in made.files.items():
            sys.stdout.write(f"# {file}\n{text}\n")
    else:
        write(made.files, root)
    _tell(made, name, dry_run=dry_run)
    return OK


def _tell(made: Draft, name: str, *, dry_run: bool) -> None:
    console = Console(stderr=dry_run, soft_wrap=True, highlight=False)
    parts = {
        "would be written" if dry_run else "written": tuple(made.files),
        "guessed; set the option to change it": made.advice.guessed,
        "descriptions taken from the lake; if a column means something else, give its field another name=": (
            made.advice.from_the_lake
        ),
        "for you to decide": made.advice.decide,
        "data": ("the example rows are invented; do not commit the example itself if it is data of the source",),
        "next": () if dry_run else tuple(step.format(name=name) for step in NEXT),
    }
    for heading, lines in parts.items():
        if lines:
            console.print(f"[bold]{heading}[/]")
            console.print(*(f"  {line}" for line in lines), sep="\n", markup=False)
