"""Every relative link and anchor in the README and docs/ resolves; docs/index.md links every page once.

Pages of tables are linked by the dictionary.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s]*)\)")
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)


def links(page: Path) -> list[str]:
    return LINK.findall(CODE.sub("", page.read_text()))


def anchors(page: Path) -> set[str]:
    """GitHub's: lower case, punctuation away, blanks as hyphens; a repeated heading is numbered."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    slugs = [re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-") for title in HEADING.findall(text)]
    return {slug if not (n := slugs[:at].count(slug)) else f"{slug}-{n}" for at, slug in enumerate(slugs)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path):
    broken = []
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_the_index_links_every_page_once():
    index = DOCS / "index.md"
    linked = Counter((DOCS / link).resolve() for link in links(index))
    of_tables = set((DOCS / "tables").iterdir())
    assert set(PAGES) - {index} - set(linked) == of_tables
    assert [page for page, number in linked.items() if number > 1] == []


def test_decisions_are_numbered_without_holes():
    numbers = [int(path.name[:4]) for path in sorted((DOCS / "decisions").iterdir())]
    assert numbers == list(range(1, len(numbers) + 1))
