"""Writes the generated docs and infrastructure files, and reports which of them are out of date."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from inspect import getdoc
from pathlib import Path

from quality.dataset import Endpoint, Pattern, Table, registry
from quality.pages.documents import documents
from quality.pages.infrastructure import catalog
from tasks.errors import BadInput
from tasks.lake.places import EXPORT, LEASES, MARKER, REPORT, WAREHOUSE
from tasks.lake.raw import ROOT
from tasks.requests import season_requests
from tasks.runs.summary import RUNS

FOLDERS = {
    "raw": ROOT,
    "tables": WAREHOUSE,
    "exports": EXPORT,
    "reports": REPORT,
    "runs": RUNS,
    "leases": LEASES,
    "marker": MARKER,
}
CATALOG = Path("infra", "terraform", "catalog.json")  # relative to the checkout, whose docs/ is next to infra/
TABLES = "tables"  # pages of tables, below docs/
GAME_DATES = 155  # UTC dates with games in a full season; only these are requested once the schedule is known


def season_calls(endpoint: Endpoint) -> int:
    """Number of requests for a full season whose schedule and teams are known."""
    if endpoint.each is not None:
        return endpoint.each.about
    if endpoint.pattern is Pattern.DATES:
        return GAME_DATES
    return len(season_requests(endpoint, endpoint.first_season))  # the grid of windows is the same in every season


def generated(folder: Path) -> dict[str, str]:
    """Text of all files that are generated from the registry, by file name.

    Raises:
        BadInput: when there is no such folder.
    """
    if not folder.is_dir():
        raise BadInput(f"there is no folder {folder}; run this in the checkout, or name its docs folder with --folder")
    made = documents(registry(), season_calls, how_it_is_made)
    if (folder.resolve().parent / CATALOG.parent).is_dir():
        made[str(".." / CATALOG)] = catalog(registry(), FOLDERS)
    return made


def outdated(folder: Path, pages: Mapping[str, str]) -> list[str]:
    """Names of the pages whose file in a folder is missing or has another text, and of those whose table is gone."""
    changed = [name for name, text in pages.items() if _read(folder / name) != text]
    of_tables = sorted(str(path.relative_to(folder)) for path in (folder / TABLES).glob("*.md"))
    return changed + [name for name in of_tables if name not in pages]


def write(folder: Path, pages: Mapping[str, str]) -> list[str]:
    """Write the pages that are out of date, and remove those whose table is gone; returns their names."""
    names = outdated(folder, pages)
    for name in names:
        if name not in pages:
            (folder / name).unlink()
            continue
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(pages[name], encoding="utf-8")
    return names


def how_it_is_made(table: Table) -> str:
    """The docstring of the module that builds a table, without its first line: formulas across columns."""
    made = table.derivation.make if table.derivation is not None else ""
    assert isinstance(made, str), f"{table.qualified}: name its function as package.module:function"
    text = getdoc(import_module(made.partition(":")[0])) or ""
    return " ".join(text.partition("\n\n")[2].split())


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
