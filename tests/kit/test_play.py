"""The kit played in a scratch clone: five sessions in order, and what goes wrong on the way.

Each role makes one small, real change by a script, writes its report, is judged and commits. The slow test runs every
command of each orientation and review as well, except those of the whole suite.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.briefs import review
from kit.checkout import AGENTS, Checkout
from kit.history import committed
from kit.plan import load_plan
from kit.rehearse import rehearse
from tests.kit.checkouts import ROOT, commit, copied, git
from tests.kit.played import Clone, change, run

pytestmark = pytest.mark.xdist_group("kit")
NUMBERS = range(1, 6)


@pytest.fixture(scope="module")
def base(here: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(here.files, tmp_path_factory.mktemp("play"))


@pytest.fixture
def clone(base: Path) -> Iterator[Clone]:
    start = git(base, "rev-parse", "HEAD")
    yield Clone(base)
    git(base, "reset", "-q", "--hard", start)
    git(base, "clean", "-fdq")


def play(clone: Clone, number: int, *options: str) -> str:
    """A whole session; what it printed."""
    begun = clone.begin(number)
    assert begun.code == 0, begun.text
    change(clone, number)
    clone.report(number)
    verdict = clone.accept(number, *options)
    assert verdict.code == 0, verdict.text
    clone.commit(number)
    assert run("kit", "check", "--root", str(clone.root)).code == 0
    return begun.text + verdict.text


def done(clone: Clone) -> list[int]:
    checkout = Checkout(clone.root)
    return sorted(session.number for session in committed(checkout, load_plan(checkout)))


def test_five_sessions_in_order(clone: Clone):
    """Trap: the report that every prompt demands had no owner, and the check that every review demands failed."""
    for number in NUMBERS:
        said = play(clone, number, "--quick")
        assert "no commit" not in said
        assert done(clone) == list(range(1, number + 1))
    reports = git(clone.root, "ls-files", "reports").splitlines()
    assert reports == sorted(clone.session(number).report for number in NUMBERS)


def test_an_error_halfway_and_the_same_prompt_again(clone: Clone):
    clone.begin(1)
    change(clone, 1)
    clone.append("tasks/half.py", "def unfinished(:\n")
    again = clone.begin(1)
    assert again.code == 2
    assert "changes that are not committed (2: docs/operations.md, tasks/half.py)" in again.text
    clone.restore()
    play(clone, 1, "--quick")
    assert done(clone) == [1]


def test_agent_2_is_skipped(clone: Clone):
    play(clone, 1, "--quick")
    said = play(clone, 3, "--quick")
    assert "session 2 (analytics-engineer): no commit; this session builds on it" in said
    play(clone, 5, "--quick")
    assert done(clone) == [1, 3, 5]


def test_an_agent_file_that_is_cut_down_to_one_task(clone: Clone):
    agent = clone.root / AGENTS / "data-engineer.md"
    head, _, rest = agent.read_text().partition("## Tasks\n\n")
    tasks, _, tail = rest.partition("## Constraints")
    kept = "2. " + tasks.split("\n2. ")[1].split("\n3. ")[0]
    agent.write_text(f"{head}## Tasks\n\n{kept}\n\n## Constraints{tail}")
    commit(clone.root, "One task only")
    play(clone, 1, "--quick")


def test_a_session_that_runs_twice(clone: Clone):
    play(clone, 1, "--quick")
    again = clone.begin(1)
    assert "session 1 ran before, " in again.text
    nothing = clone.accept(1, "--quick")
    assert nothing.code == 1
    assert "nothing has changed" in nothing.text
    clone.edit("docs/operations.md", "## Backfill\n", "## Backfill\n\n`cbbd-etl quota` shows the calls left.\n")
    clone.report(1, "- A second change.")
    assert clone.accept(1, "--quick").code == 0
    clone.commit(1)
    assert done(clone) == [1]


@pytest.mark.slow
@pytest.mark.parametrize("number", NUMBERS)
def test_every_command_of_a_session_is_as_the_prompt_says(
    clone: Clone, number: int, capsys: pytest.CaptureFixture[str]
):
    """Orientation, the change, and the verdict with lint and the tests of the review."""
    if not (ROOT / ".venv").exists():
        pytest.skip("needs the environment that make setup makes")
    begun = time.monotonic()
    clone.begin(number)
    for command in rehearse(review(Checkout(clone.root), clone.session(number), "Orient"), clone.root):
        assert command.why == "", command.output
    change(clone, number)
    clone.report(number)
    verdict = clone.accept(number)
    with capsys.disabled():
        print(f"\nsession {number}: {time.monotonic() - begun:.0f} s\n{verdict.text}")  # noqa: T201  the log of the play
    assert verdict.code == 0, verdict.text
    clone.commit(number)
    assert done(clone) == [number]
