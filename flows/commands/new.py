"""`cbbd-etl new`: the files of a new endpoint, from an example of its response."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from flows.terminal.shell import OK
from kit.scaffold.endpoint import Draft, Wish, draft, write

NEXT = (
    "cbbd-etl docs",
    "make lint",
    'make test ARGS="tests/contracts"',
    "python flows/ingest.py --season 2025 --endpoints {name}",
)


def new_endpoint(
    name: str,
    path: str,
    example: Path,
    *,
    root: Path = Path(),
    pattern: str | None = None,
    season_param: str | None = None,
    params: Sequence[str] = (),
    key: str | None = None,
    dry_run: bool = False,
) -> int:
    """Write the contract, the simulated operation and the example rows of a new endpoint; the exit code.

    Raises:
        BadInput: for input that no endpoint can be made from, before anything is written.
    """
    made = draft(name, Wish(path, pattern, season_param, tuple(params)), example, root, key)
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
        "assumed; the option changes it": made.advice.assumed,
        "meanings that the lake has; another meaning needs another name=": made.advice.taken_over,
        "to decide": made.advice.decide,
        "example rows": ("all values in it are invented; keep the example itself out of the repository",),
        "next": () if dry_run else tuple(step.format(name=name) for step in NEXT),
    }
    for heading, lines in parts.items():
        if lines:
            console.print(f"[bold]{heading}[/]")
            console.print(*(f"  {line}" for line in lines), sep="\n", markup=False)


def run_new(args: argparse.Namespace) -> int:
    """The command; its exit code."""
    return new_endpoint(
        args.name,
        args.path,
        args.example,
        root=args.root,
        pattern=args.pattern,
        season_param=args.season_param,
        params=args.param,
        key=args.key,
        dry_run=args.dry_run,
    )
