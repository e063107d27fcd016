"""`cbbd-etl lake`: what can be done with a lake as a whole."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from flows.commands._shared import LakeOption, lake_path
from flows.terminal.shell import OK
from tasks.lake.relocation import Relocation
from tasks.lake.site import Site
from tasks.settings import load_settings


def add(app: typer.Typer) -> None:
    """Add `lake` with its actions."""
    app.callback(help="A lake as a whole: relocate a copy.", no_args_is_help=True)(lambda: None)
    app.command("relocate")(run_relocate)


def run_relocate(
    lake: LakeOption = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be done; write nothing")] = False,
) -> int:
    """Make a copied or moved lake a lake of its own: rewrite its catalog, metadata and manifests.

    The lake that it was copied from is neither read nor changed.
    """
    settings = load_settings(lake=lake_path(lake))
    found = Relocation.of(Site.of(settings.lake, settings.database_prefix))
    place = found.site.location
    if not found.is_needed:
        _say(f"{place} is where its catalog says; there is nothing to do")
    elif dry_run:
        _say(f"{len(found.pointers)} tables would be relocated {_origin(found)}to {place}; nothing was written")
    else:
        origin = _origin(found)
        _say(f"{found.run()} tables are relocated {origin}to {place}, which can be written now")
    return OK


def _origin(found: Relocation) -> str:
    return f"from {', '.join(sorted(found.before))} " if found.before else ""


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
