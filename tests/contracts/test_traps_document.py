"""docs/traps.md names files and tests that are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| (?P<trap>[^|]+) \| `(?P<file>[^`]+)` \| `(?P<test>[^`]+)::(?P<name>[^`]+)` \|$", re.MULTILINE)
PAGE = (ROOT / "docs" / "traps.md").read_text()
ROWS = [found.groups() for found in ROW.finditer(PAGE)]


def test_every_row_of_the_page_is_read():
    lines = [line for line in PAGE.splitlines() if line.startswith("| ") and "---" not in line]
    assert len(ROWS) == len([line for line in lines if not line.startswith("| trap |")]) > 60


@pytest.mark.parametrize(("trap", "file", "test", "name"), ROWS, ids=[row[0] for row in ROWS])
def test_a_trap_is_handled_somewhere_and_shown_by_a_test(trap: str, file: str, test: str, name: str):
    assert (ROOT / file).is_file(), f"{trap}: no {file}"
    found = ast.parse((ROOT / "tests" / test).read_text())
    assert name in {item.name for item in found.body if isinstance(item, ast.FunctionDef)}, (
        f"{trap}: no {name} in {test}"
    )


def test_every_trap_test_is_on_the_page():
    """A test of a trap that is on no list is a trap that nobody finds."""
    named = {name for _, _, _, name in ROWS}
    for path in (ROOT / "tests" / "contracts").glob("test_traps*.py"):
        if path != Path(__file__):
            tests = re.findall(r"^def (test_\w*)", path.read_text(), re.MULTILINE)
            assert named & set(tests), f"{path.name} is not on the page"
