"""The notebooks run without a browser, and show what the lake has."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.recipes.pages import ROOT, Answers, Page

pytestmark = [pytest.mark.xdist_group("recipes"), pytest.mark.slow]
pytest.importorskip("marimo", reason="marimo is not installed: make setup")

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))


@pytest.fixture
def folder(page: Callable[[str], Page]) -> Page:
    return page("polars")


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_as_a_program(notebook: Path, folder: Page):
    folder.run(sys.executable, str(notebook))


def test_the_tour_shows_the_best_teams(folder: Page, truth: Answers):
    shown = exported(folder, ROOT / "notebooks" / "tour.py")
    assert [name for name in truth.top if name not in shown] == []


def test_the_market_report_shows_every_provider(folder: Page, truth: Answers):
    shown = exported(folder, ROOT / "notebooks" / "market_report.py")
    assert [provider for provider in truth.errors if provider not in shown] == []


def exported(folder: Page, notebook: Path) -> str:
    """The notebook as a page, with its results."""
    shutil.copy(notebook, folder.folder)  # marimo writes its own files beside a notebook
    folder.run(sys.executable, "-m", "marimo", "export", "html", notebook.name, "-o", "out.html", "--no-include-code")
    return (folder.folder / "out.html").read_text(encoding="utf-8")
