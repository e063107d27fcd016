"""`kit accept N`: a good change passes; each cheat is named, with what it is about and what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kit.accept._rows import compared as compared_rows
from kit.accept.change import since
from kit.checkout import Checkout
from tests.kit.cheats import CHEATS, LIMIT, RULES
from tests.kit.checkouts import commit, copied, git
from tests.kit.played import Clone, change

pytestmark = pytest.mark.xdist_group("kit")
LINES = "tasks/gold/market_lines_analysis.py"
TICKS = "`"


@pytest.fixture(scope="module")
def base(here: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(here.files, tmp_path_factory.mktemp("accept"))


@pytest.fixture
def clone(base: Path) -> Iterator[Clone]:
    made = Clone(base)
    yield made
    made.restore()


@pytest.mark.parametrize("number", range(1, 6))
def test_a_good_change_of_each_role_is_accepted(clone: Clone, number: int):
    assert clone.begin(number).code == 0
    change(clone, number)
    clone.report(number)
    done = clone.accept(number, "--quick")
    assert done.code == 0, done.text
    assert f"session {number}: accepted" in done.text


@pytest.mark.parametrize(("number", "cheat", "said"), [case[1:] for case in CHEATS], ids=[case[0] for case in CHEATS])
def test_a_cheat_is_named(clone: Clone, number: int, cheat: Callable[[Clone], None], said: str):
    assert clone.begin(number).code == 0
    clone.report(number)
    cheat(clone)
    done = clone.accept(number, "--quick")
    assert done.code == 1, done.text
    assert said in done.text
    assert f"session {number}: not accepted" in done.text


def test_a_reason_in_the_report_settles_what_was_loosened(clone: Clone):
    """A limit may have to rise; then the report says why, under the name that the verdict prints."""
    clone.begin(3)
    clone.edit(LIMIT, "ON_FLOOR, 0.01)", "ON_FLOOR, 0.02)")
    clone.report(3)
    named = set(re.findall(r"WRONG: (\S+\.at_most): ", clone.accept(3, "--quick").text))
    assert named
    clone.report(3, "\n".join(f"- {TICKS}{name}{TICKS}" for name in named))
    assert clone.accept(3, "--quick").code == 1, "a name alone is no reason"
    reasons = (
        f"- {TICKS}{name}{TICKS}: two of a hundred players of 2024 have no usage at the source." for name in named
    )
    clone.report(3, "\n".join(reasons))
    done = clone.accept(3, "--quick")
    assert done.code == 0, done.text
    assert "reason given" in done.text


def test_a_tighter_limit_and_a_new_rule_need_no_reason(clone: Clone):
    clone.begin(3)
    clone.edit(LIMIT, "ON_FLOOR, 0.01)", "ON_FLOOR, 0.005)")
    clone.append(RULES, "\n\nMORE_RULES = (RATING_RULES[0],)\n")
    clone.report(3)
    done = clone.accept(3, "--quick")
    assert "contracts  ok" in done.text


def test_a_new_contract_and_its_line_in_a_list_may_be_added_by_every_role(clone: Clone):
    clone.begin(1)
    clone.append("quality/contracts/weather.py", '"""Weather."""\n')
    clone.edit("docs/index.md", "# Documentation\n", "# Documentation\n\nMore.\n")
    clone.report(1)
    done = clone.accept(1, "--quick")
    assert "ownership  ok" in done.text, done.text


def test_a_commit_in_the_middle_hides_nothing(clone: Clone):
    """Trap: what the agent has committed already is not in the difference with the last commit."""
    start = clone.begin(1)
    assert start.code == 0
    clone.edit("tasks/gold/top.py", "from __future__", "# faster\nfrom __future__")
    commit(clone.root, "Half of it")
    clone.report(1)
    try:
        assert "tasks/gold/top.py: it belongs to analytics-engineer" in clone.accept(1, "--quick").text
        since_now = clone.accept(1, "--quick", "--since", "HEAD")
        assert since_now.code == 0, since_now.text
    finally:
        commit(clone.root, "Report")
        git(clone.root, "reset", "-q", "--hard", "HEAD~2")


def test_a_missing_report_and_a_missing_change_are_named(clone: Clone):
    assert "nothing has changed" in clone.accept(2, "--quick", "--since", "HEAD").text
    change(clone, 2)
    assert "the change does not include the report" in clone.accept(2, "--quick", "--since", "HEAD").text
    clone.append("reports/session_2_analytics_engineer.md", "## Done\n")
    assert "it has no heading Requests" in clone.accept(2, "--quick", "--since", "HEAD").text


def test_an_unknown_commit_is_refused(clone: Clone):
    done = clone.accept(1, "--quick", "--since", "nothing")
    assert done.code == 2
    assert "there is no commit nothing" in done.text


def test_fewer_rows_are_named_with_both_numbers():
    before = {"gold.a": 10, "gold.b": 5, "silver.c": 7, "ops.quarantine": 1}
    found = compared_rows(before, {"gold.a": 9, "silver.c": 8, "ops.quarantine": 3})
    assert [(finding.name, finding.text.partition(":")[0]) for finding in found] == [
        ("gold.a", "10 -> 9 rows of the sandbox's season 2025"),
        ("gold.b", "the table is not built any more; it had 5 rows"),
        ("ops.quarantine", "2 more rows are in quarantine"),
    ]


def test_a_renamed_file_is_a_removed_and_an_added_one(clone: Clone):
    (clone.root / "docs/drift.md").rename(clone.root / "docs/drifts.md")
    files = since(Checkout(clone.root), 1, "HEAD").files
    assert files == {"docs/drift.md": "removed", "docs/drifts.md": "added"}


@pytest.mark.slow
def test_rows_that_a_gold_table_drops_are_named(clone: Clone):
    """Trap: the tests that run in a review need not build the table that lost them."""
    clone.begin(2)
    clone.edit(LINES, "return every.join(", 'return every.filter(pl.col("game_id") % 7 != 0).join(')
    clone.report(2)
    verdict = clone.accept(2)
    assert verdict.code == 1
    broken = r"WRONG: the build: .*every_line_is_analysed 2025: \d+ of \d+ violate the rule"
    assert re.search(broken, verdict.text), verdict.text
