"""`kit tasks`: each task has a command that says whether it is done, and CI refuses a done one that is listed."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.checkout import AGENTS, Checkout
from kit.tasks import Task, state, tasks
from tests.kit.checkouts import ROOT, found, replaced
from tests.kit.played import run

pytestmark = pytest.mark.xdist_group("kit")
TASKS = tasks(Checkout(ROOT))
ALARM = '$ grep -q "^## gaps-unexplained" docs/runbook.md'


@pytest.mark.parametrize("task", TASKS, ids=lambda task: f"{task.agent} {task.number}")
def test_every_listed_task_is_open(task: Task):
    """Trap: an agent worked on a task that had been done, because nothing said so."""
    assert task.done_when
    assert state(Checkout(ROOT), task) == "open"


def test_each_agent_has_several_tasks():
    assert {task.agent for task in TASKS} == {path.stem for path in (ROOT / AGENTS).glob("*.md")}
    assert len(TASKS) >= 12


def test_a_done_task_fails_the_check_and_a_broken_command_always(kit_only: Path):
    page = kit_only / "docs" / "runbook.md"
    for line in ("tasks 0", "## gaps-unexplained"):
        page.write_text(f"{line}\n")
        listed = run("kit", "tasks", "--root", str(kit_only))
        mark = "done" if line.startswith("##") else "open"
        assert f"{mark:<6} infra-engineer     1. The next alarm: gaps" in listed.text
        assert listed.code == 1, "files that are not there make other commands fail"
    assert "a command fails otherwise than with exit code 1" in listed.text
    checked = run("kit", "tasks", "--check", "--root", str(kit_only))
    assert checked.code == 1
    assert "replace it with the next one" in checked.text


def test_a_task_without_a_command_is_reported():
    file = f"{AGENTS}infra-engineer.md"
    texts, line = replaced(file, ALARM, "an alarm exists")
    problems = found(texts)
    assert [text for text in problems if 'task 1 has no command after "Done when"' in text], (line, problems)


def test_ci_runs_the_check():
    assert "cbbd-etl kit tasks --check" in (ROOT / ".github/workflows/ci.yml").read_text()
