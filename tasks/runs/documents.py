"""Writes what follows from the registry or from the kit's plan, docs and infrastructure; tells what is out of date."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from inspect import getdoc
from pathlib import Path

from quality.dataset import Endpoint, Pattern, Table, registry
from quality.pages.documents import documents
from quality.pages.infrastructure import catalog
from tasks.errors import BadInput
from tasks.lake.lake import MARKER, WAREHOUSE
from tasks.lake.raw import ROOT
from tasks.requests import season_requests
from tasks.runs.summary import RUNS

FOLDERS = {"raw": ROOT, "tables": WAREHOUSE, "runs": RUNS, "marker": MARKER}
CATALOG = Path("infra", "terraform", "catalog.json")  # of the checkout, whose docs are in a folder beside infra/
GAME_DATES = 155  # UTC dates of a full season that have games; with the schedule known, only these are asked


def season_calls(endpoint: Endpoint) -> int:
    """Requests that a full season takes, its schedule and its teams being known."""
    if endpoint.each is not None:
        return endpoint.each.about
    if endpoint.pattern is Pattern.DATES:
        return GAME_DATES
    return len(season_requests(endpoint, endpoint.first_season))  # the grid of windows is that of every season


def generated(folder: Path) -> dict[str, str]:
    """Text by file name of all that follows from the registry.

    Raises:
        BadInput: when there is no such folder.
    """
    if not folder.is_dir():
        raise BadInput(f"there is no folder {folder}; run this in the checkout, or name its docs with --folder")
    made = documents(registry(), season_calls, how_it_is_made)
    if (folder.resolve().parent / CATALOG.parent).is_dir():
        made[str(".." / CATALOG)] = catalog(registry(), FOLDERS)
    return made


def outdated(folder: Path, pages: Mapping[str, str]) -> list[str]:
    """Names of the pages whose file in a folder has another text, or is not there."""
    return [name for name, text in pages.items() if _read(folder / name) != text]


def write(folder: Path, pages: Mapping[str, str]) -> list[str]:
    """Write the pages that are out of date; their names."""
    names = outdated(folder, pages)
    for name in names:
        (folder / name).write_text(pages[name], encoding="utf-8")
    return names


def how_it_is_made(table: Table) -> str:
    """What the module that makes a table says below its first line: formulas that are of no single column."""
    made = table.derivation.make if table.derivation is not None else ""
    assert isinstance(made, str), f"{table.qualified}: say where its function is, as package.module:function"
    text = getdoc(import_module(made.partition(":")[0])) or ""
    return " ".join(text.partition("\n\n")[2].split())


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
