"""`cbbd-etl docs`: the docs that follow from the registry."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from flows.terminal.shell import FAILED, OK, complain
from kit import guide
from tasks.runs.documents import generated, outdated, write


def add(app: typer.Typer) -> None:
    """Add `docs`."""
    app.command("docs")(run_docs)


def run_docs(
    *,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit code 1 if a file is out of date")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Name the files that would be written; write nothing")
    ] = False,
    folder: Annotated[Path, typer.Option("--folder", metavar="FOLDER", help="Where the docs are")] = Path("docs"),
) -> int:
    """Write the docs that follow from the registry, or check them."""
    pages = generated(folder) | guide.pages(folder)
    stale = outdated(folder, pages) if check or dry_run else write(folder, pages)
    if check and stale:
        complain(f"out of date in {folder}: {', '.join(stale)}; `cbbd-etl docs` writes them")
        return FAILED
    said = "would be written" if dry_run else "written"
    text = f"{said}: {', '.join(stale)}" if stale else "the docs are up to date"
    Console(soft_wrap=True).print(text, highlight=False)
    return OK
