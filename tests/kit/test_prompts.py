"""Orientation and review of every prompt, run on this repository: what an agent will see is what the prompt says.

Not run here: commands of minutes (`takes:`), and pytest on tests that CI runs anyway; that those exist is checked.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.briefs import review
from kit.checkout import Checkout
from kit.markdown import Command
from kit.plan import load_plan
from kit.rehearse import rehearse
from tests.kit.checkouts import ROOT

pytestmark = pytest.mark.xdist_group("kit")
HERE = Checkout(ROOT)
SESSIONS = load_plan(HERE).sessions
COMMANDS = {command.text: command for session in SESSIONS for command in review(HERE, session, "Orient", "Review")}
ELSEWHERE = {text for text, command in COMMANDS.items() if command.takes or " -m pytest " in text}
CHECKED = {".venv/bin/cbbd-etl kit check"}  # by test_references.py
QUICK = [command for text, command in COMMANDS.items() if text not in ELSEWHERE | CHECKED]


@pytest.mark.parametrize("command", QUICK, ids=lambda command: command.text)
def test_a_command_gives_what_the_prompt_says(
    command: Command, checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    if command.text.startswith("make") and not (checkout / ".venv").exists():
        pytest.skip("needs the environment that make setup makes")
    monkeypatch.setenv("CBBD_LAKE", str(tmp_path / "lake"))
    (done,) = rehearse([command], checkout)
    assert done.why == "", done.output


@pytest.mark.parametrize("session", SESSIONS, ids=lambda session: session.role)
def test_every_prompt_is_oriented_and_reviewed_by_commands(session):
    asked = review(HERE, session, "Review")
    assert {".venv/bin/cbbd-etl kit check", ".venv/bin/cbbd-etl docs --check", "make lint"} <= {c.text for c in asked}
    assert [c for c in asked if " -m pytest " in c.text or c.takes]
    (first,) = (c for c in review(HERE, session, "Orient") if c.text == "git status --short")
    assert first.expect == "nothing"


@pytest.mark.parametrize("session", SESSIONS, ids=lambda session: session.role)
def test_a_report_that_is_not_there_is_no_error(session):
    """Trap: a prompt that fails where an earlier session was skipped."""
    text = HERE.read(session.prompt)
    orient = text.partition("1. Orient")[2].partition("2. Dispatch")[0]
    named = [other.report for other in SESSIONS if other.report in orient]
    assert named
    assert not [line for line in orient.splitlines() if line.lstrip().startswith("$") and "reports/" in line]
    assert "exist" in orient[: orient.index(named[0])]
