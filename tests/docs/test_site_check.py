"""infra/docs/check.py refuses what a built site must not have: broken links and anchors, files of other servers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CHECK = Path(__file__).parents[2] / "infra" / "docs" / "check.py"
OTHER = '<h2 id="here">Here</h2>'


def checked(site: Path, body: str) -> tuple[int, str]:
    (site / "tables").mkdir()
    (site / "index.html").write_text(body)
    (site / "tables" / "games.html").write_text(OTHER)
    done = subprocess.run([sys.executable, str(CHECK), str(site)], capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def test_a_site_with_right_links_passes(tmp_path: Path):
    body = '<a href="tables/games.html#here">x</a><a href="https://a.test/">y</a><a href="#top" id="top">z</a>'
    assert checked(tmp_path, body) == (0, "")


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ('<a href="tables/gone.html">x</a>', "links tables/gone.html"),
        ('<a href="tables/games.html#gone">x</a>', "links tables/games.html#gone"),
        ('<a href="#gone">x</a>', "links #gone"),
        ('<img src="gone.svg">', "links gone.svg"),
        ('<script src="https://a.test/x.js"></script>', "loads https://a.test/x.js"),
        ('<link rel="stylesheet" href="//a.test/x.css">', "loads //a.test/x.css"),
    ],
)
def test_a_problem_is_named(tmp_path: Path, body: str, found: str):
    code, said = checked(tmp_path, body)
    assert code == 1
    assert found in said


def test_a_folder_without_pages_is_a_problem(tmp_path: Path):
    done = subprocess.run([sys.executable, str(CHECK), str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "has no pages" in done.stderr
