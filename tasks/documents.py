"""Writes what follows from the registry or from the kit's plan, docs and infrastructure; tells what is out of date."""

from __future__ import annotations

from importlib import import_module
from inspect import getdoc
from pathlib import Path

from quality.dataset import Endpoint, Plan, Table, registry
from quality.document import documents
from quality.infrastructure import catalog
from tasks.errors import BadInput
from tasks.kit.checkout import PLAN
from tasks.kit.guide import updated
from tasks.lake import MARKER, WAREHOUSE
from tasks.plan import season_requests
from tasks.raw import ROOT
from tasks.summary import RUNS

FOLDERS = {"raw": ROOT, "tables": WAREHOUSE, "runs": RUNS, "marker": MARKER}
CATALOG = Path("infra", "terraform", "catalog.json")  # of the checkout, whose docs are in a folder beside infra/
GAME_DATES = 155  # UTC dates of a full season that have games; with the schedule known, only these are asked


def season_calls(endpoint: Endpoint) -> int:
    """Requests that a full season takes, its schedule and its teams being known."""
    if endpoint.each is not None:
        return endpoint.each.about
    if endpoint.plan is Plan.DATES:
        return GAME_DATES
    return len(season_requests(endpoint, endpoint.first_season))  # the grid of windows is that of every season


def outdated(folder: Path) -> list[str]:
    """Names of the generated files in a folder that are not what the registry says."""
    return [name for name, text in _documents(folder).items() if _read(folder / name) != text]


def write(folder: Path) -> list[str]:
    """Write the generated files that are out of date; their names."""
    names = outdated(folder)
    for name in names:
        (folder / name).write_text(_documents(folder)[name], encoding="utf-8")
    return names


def _documents(folder: Path) -> dict[str, str]:
    if not folder.is_dir():
        raise BadInput(f"there is no folder {folder}; run this in the checkout, or name its docs with --folder")
    made = documents(registry(), season_calls, how_it_is_made) | _guide(folder)
    if (folder.resolve().parent / CATALOG.parent).is_dir():
        made[str(".." / CATALOG)] = catalog(registry(), FOLDERS)
    return made


def how_it_is_made(table: Table) -> str:
    """What the module that makes a table says below its first line: formulas that are of no single column."""
    made = table.derivation.make if table.derivation is not None else ""
    assert isinstance(made, str), f"{table.qualified}: say where its function is, as package.module:function"
    text = getdoc(import_module(made.partition(":")[0])) or ""
    return " ".join(text.partition("\n\n")[2].split())


def _guide(folder: Path) -> dict[str, str]:
    """The guide to the kit, with the tables of the plan that lies above the folder."""
    guide, plan = _read(folder / "orchestration.md"), _read(folder.parent / PLAN)
    return {} if guide is None or plan is None else {"orchestration.md": updated(guide, plan)}


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
