"""`cbbd-etl report`: a season as static pages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from flows.commands._shared import LakeOption, SeasonOption, lake_for_reading
from flows.terminal.shell import OK
from report.site import build
from tasks.errors import BadInput


def add(app: typer.Typer) -> None:
    """Add `report`."""
    app.command("report")(run_report)


def run_report(
    out: Annotated[
        str, typer.Option("--out", metavar="FOLDER", help="Folder for the pages: new, or an earlier report")
    ],
    season: SeasonOption = None,
    lake: LakeOption = None,
) -> int:
    """Write a season as static pages that open from disk, or update those of an earlier run."""
    done = build(lake_for_reading(lake), season, out)
    text = f"{done.pages:,} pages, {done.size / 1e6:.1f} MB; {done.written:,} files written, {done.removed:,} removed"
    Console(soft_wrap=True, highlight=False).print(f"{text}; open {Path(out) / 'index.html'}", markup=False)
    return OK
