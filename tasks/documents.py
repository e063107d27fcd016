"""Writes the docs that follow from the registry or from the kit's plan, and tells which are out of date."""

from __future__ import annotations

from pathlib import Path

from quality.dataset import Endpoint, Plan, registry
from quality.document import documents
from tasks.errors import BadInput
from tasks.kit.checkout import PLAN
from tasks.kit.guide import updated
from tasks.plan import season_requests

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
    return documents(registry(), season_calls) | _guide(folder)


def _guide(folder: Path) -> dict[str, str]:
    """The guide to the kit, with the tables of the plan that lies above the folder."""
    guide, plan = _read(folder / "orchestration.md"), _read(folder.parent / PLAN)
    return {} if guide is None or plan is None else {"orchestration.md": updated(guide, plan)}


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
