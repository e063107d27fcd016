"""docs/glossary.md: one word for one thing. Trap: *gap*, *plan* or *session* with a second meaning in another room."""

from __future__ import annotations

import ast
import pkgutil
import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOUSES = ("cbbd_etl", "flows", "kit", "quality", "report", "sandbox", "tasks")
ROW = re.compile(r"^\| (?P<term>[^|]+) \| (?P<meaning>[^|]+) \| `(?P<where>[\w.]+)` \|$", re.MULTILINE)
PAGE = (ROOT / "docs" / "glossary.md").read_text()
TERMS = {row["term"]: row["where"] for row in ROW.finditer(PAGE)}


def test_every_row_is_read_and_terms_are_sorted():
    lines = [line for line in PAGE.splitlines() if line.startswith("| ")][1:]
    assert len(TERMS) == len(lines) > 50
    assert list(TERMS) == sorted(TERMS, key=str.casefold)


@pytest.mark.parametrize(("term", "where"), TERMS.items(), ids=TERMS)
def test_a_term_is_where_the_glossary_says(term: str, where: str):
    assert where.partition(".")[0] in HOUSES
    pkgutil.resolve_name(where)


def test_no_two_terms_have_one_place():
    assert [place for place, number in Counter(TERMS.values()).items() if number > 1] == []


def test_no_class_of_a_term_has_a_namesake():
    classes = Counter(
        node.name
        for house in HOUSES
        for path in (ROOT / house).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
    )
    names = (where.rpartition(".")[2] for where in TERMS.values())
    assert [name for name in names if classes[name] > 1] == []
