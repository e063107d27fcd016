"""What a session reads before its first edit: at most 4,000 words, named by section."""

from __future__ import annotations

import pytest

from kit.checkout import Checkout
from kit.plan import load_plan
from kit.reading import LIMIT, reading
from tests.kit.checkouts import ROOT, Edited, found, replaced

pytestmark = pytest.mark.xdist_group("kit")
SECOND = "prompts/session_2_analytics_engineer.txt"
SECTION = "`docs/gold-guide.md#a-new-gold-table`"


def words(checkout: Checkout, number: int) -> dict[str, int]:
    return {item.name: item.words for item in reading(checkout, load_plan(checkout).session(number))}


@pytest.mark.parametrize("number", range(1, 6))
def test_a_session_reads_its_brief_and_at_most_the_limit(number: int):
    read = words(Checkout(ROOT), number)
    assert {"AGENTS.md", "ORCHESTRATE.md"} < set(read)
    assert all(read.values())
    assert sum(read.values()) <= LIMIT


def test_a_whole_page_that_is_too_long_is_named():
    """Trap: session 2 asked for 22,000 words, 17,000 of them one generated page."""
    texts, _ = replaced(SECOND, SECTION, "`docs/ratings.md`")
    (problem,) = found(texts)
    assert problem.startswith(f"{SECOND}:1: ")
    assert "more than 4,000; the longest is docs/ratings.md with " in problem


def test_a_section_counts_with_its_subsections_and_not_its_siblings():
    page = "# Page\n\nabove\n\n## One\n\na b\n\n### Part\n\nc\n\n```\n## no heading\n```\n\n## Two\n\nd e f\n"
    texts, _ = replaced(SECOND, SECTION, "`docs/ratings.md#one`")
    read = words(Edited(ROOT, texts | {"docs/ratings.md": page}), 2)
    assert read["docs/ratings.md#one"] == 12  # headings and fences count


def test_a_prompt_that_asks_for_the_context_again_is_reported():
    texts, _ = replaced(SECOND, SECTION, "`AGENTS.md`")
    assert any("it asks to read AGENTS.md, which is in the context already" in text for text in found(texts))


def test_one_text_of_rules_serves_every_tool():
    assert (ROOT / "CLAUDE.md").read_text() == "@AGENTS.md\n"
