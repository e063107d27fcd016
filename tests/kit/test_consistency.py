"""No file of the kit contradicts another: one order, one owner per path, one brief per role, no second copy."""

from __future__ import annotations

import re

import pytest

from kit.checkout import Checkout
from kit.plan import load_plan
from kit.portable import matches
from tests.kit.checkouts import ROOT, found, replaced, with_line

pytestmark = pytest.mark.xdist_group("kit")
PLAN, GUIDE = "ORCHESTRATE.md", "docs/orchestration.md"
DATA, TESTS = ".claude/agents/data-engineer.md", ".claude/agents/test-engineer.md"
FIRST, SECOND = "prompts/session_1_data_engineer.txt", "prompts/session_2_analytics_engineer.txt"

EDITS = [
    # front matter
    (DATA, "---\nname", "name", "no front matter between two lines of ---"),
    (DATA, "name: data-engineer", "name: data_engineer", "the name must be that of the file"),
    (DATA, "tools: Read", "maxTurns: many\ntools: Read", "maxTurns is str; it must be int"),
    (DATA, "tools: Read", "background: 1\ntools: Read", "background is int; it must be bool"),
    (DATA, "description: Extends", "description:\ndetails: Extends", "no description"),
    (DATA, "description: Extends", "description: a: b", "the front matter is not YAML"),
    # an agent's file
    (DATA, "## Constraints", "## Limits", "its sections must be Context, Tasks, Constraints, Acceptance"),
    (DATA, "2. **The next gap", "1. **The next gap", "tasks are numbered, upwards"),
    (DATA, "    $ make imports\n", "    $ make types\n", f"the review of {FIRST} does not run make types"),
    # a prompt
    (FIRST, "2. Dispatch", "2. Send", "its steps must be Orient, Dispatch, Review, Commit"),
    (FIRST, "Call the data-engineer subagent", "Call the test-engineer subagent", "must dispatch data-engineer alone"),
    (FIRST, "subagent once.", "subagent once, then test-engineer.", "must dispatch data-engineer alone"),
    (FIRST, "      expect: 0 broken\n", "", "each command of the review needs its expected output"),
    (FIRST, "Kit-Session: 1", "Kit-Session: 2", "the commit message must have 'Kit-Session: 1'"),
    (FIRST, "Session 1 (data-engineer):", "Session 1:", "the commit message must have 'Session 1 (data-engineer):'"),
    (FIRST, "Session 1 of 5", "First session", "it does not contain Session 1 of"),
    # the order
    (PLAN, "| 1 | `prompts", "| 6 | `prompts", "sessions run 1, 2, 3"),
    (PLAN, "| `data-engineer` | what", "| `test-engineer` | what", "test-engineer has more than one session"),
    (PLAN, "| `analytics-engineer` | 1 |", "| `analytics-engineer` | 3 |", "session 2 builds on a later one"),
    (PLAN, "session_2_analytics_engineer.txt", "session_1_data_engineer.txt", "a prompt is prompts/session_<number>"),
    # ownership
    (PLAN, "| `tests/` `quality/`", "| `quality/`", "tests/conftest.py has no owner"),
    (PLAN, "| `tests/` `quality/`", "| `tests/` `quality/` `flows/`", "2 owners (data-engineer, test-engineer)"),
    (PLAN, "| `tests/` `quality/`", "| `tests/` `quality/` `tests/gild/`", "tests/gild/ matches no file"),
    (PLAN, "| `Makefile` | `integration` |", "| `Makefile` | `test-engineer` |", "Makefile has another owner"),
    (PLAN, "| `test-engineer` | `tests/`", "| `docs-engineer` | `tests/`", "docs-engineer owns files"),
    # the guide
    (GUIDE, "| `Makefile` | `integration` |", "| `Makefile` | `test-engineer` |", "its tables are not those of"),
    (GUIDE, "<!-- end of order -->", "", "it has no place for the table of order"),
]


@pytest.mark.parametrize(("file", "old", "new", "said"), EDITS, ids=[said for *_, said in EDITS])
def test_a_contradiction_is_reported(file: str, old: str, new: str, said: str):
    texts, _ = replaced(file, old, new)
    lines = found(texts)
    assert any(re.match(r"^[\w./-]+:\d+: ", text) and said in text for text in lines), lines


@pytest.mark.parametrize("file", [".claude/agents/docs-engineer.md", "prompts/session_6_docs_engineer.txt"])
def test_a_brief_outside_the_order_is_reported(file: str):
    assert f"{file}:1: a brief that the order in {PLAN} does not have" in found({file: "Write docs."})


def test_a_role_without_its_brief_is_reported():
    assert any("session 3 has no .claude/agents/test-engineer.md" in text for text in found({TESTS: None}))


def test_a_sentence_in_two_files_is_reported():
    """Trap: two versions of a brief, one of them out of date."""
    sentence = "The API cuts an answer at its cap without a sign, so windows are sized below the cap of each dataset."
    one, _ = with_line("CLAUDE.md", f"\n{sentence}")
    two, number = with_line(FIRST, f"\n{sentence}")
    assert [
        text for text in found(one | two) if text.startswith(f"{FIRST}:{number + 1}: a second copy of what CLAUDE.md:")
    ]


@pytest.mark.parametrize("task", range(1, 5))
def test_an_agent_cut_down_to_one_task_is_still_right(task: int):
    text = (ROOT / TESTS).read_text()
    head, _, rest = text.partition("## Tasks\n\n")
    tasks, _, tail = rest.partition("## Constraints")
    kept = re.split(r"^(?=\d\. )", tasks, flags=re.MULTILINE)[task]
    assert kept.startswith(f"{task}. ")
    assert found({TESTS: f"{head}## Tasks\n\n{kept}\n## Constraints{tail}"}) == []


OWNERS = {
    "flows/ingest.py": "data-engineer",
    "tasks/lake/raw.py": "data-engineer",
    "tasks/pbp/possessions.py": "data-engineer",
    "tasks/gold/ratings.py": "analytics-engineer",
    "flows/gold.py": "analytics-engineer",
    "infra/athena_views/v_team_dashboard.sql": "analytics-engineer",
    "docs/gold.md": "analytics-engineer",
    "tests/unit/lake/test_raw.py": "test-engineer",
    "quality/dataset.py": "test-engineer",
    "Makefile": "integration",
    "README.md": "integration",
    "docs/decisions/0007-drift.md": "integration",
}


@pytest.mark.parametrize(("path", "owner"), OWNERS.items())
def test_roles_own_what_they_are_named_for(path: str, owner: str):
    assert load_plan(Checkout(ROOT)).owners(path) == [owner]


@pytest.mark.parametrize(
    ("path", "pattern", "is_so"),
    [
        ("tasks/gold/model/walk.py", "tasks/gold/", True),
        ("tasks/golden.py", "tasks/gold/", False),
        ("README.md", "*", True),
        ("docs/gold.md", "*", False),
        ("docs/gold.md", "docs/gold*.md", True),
        ("docs/decisions/gold.md", "docs/gold*.md", False),
        ("Makefile", "makefile", False),
    ],
)
def test_patterns(path: str, pattern: str, is_so: bool):
    assert matches(path, pattern) is is_so


def test_what_every_agent_reads_first_is_short():
    assert len((ROOT / "AGENTS.md").read_text().splitlines()) <= 120
