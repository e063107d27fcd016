"""The tasks in the briefs of the agents. A command says whether one is done, so nobody works on it twice."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from kit.checkout import AGENTS, Checkout, Problem
from kit.markdown import commands, sections
from kit.rehearse import environment, here

HEADING = re.compile(r"^## (?P<name>.+)$")
TASK = re.compile(r"^(?P<number>\d+)\. \*\*(?P<name>.+?)\.?\*\*", re.MULTILINE | re.DOTALL)
DONE_WHEN = "Done when"
SECONDS = 300.0
State = Literal["open", "done", "broken"]


@dataclass(frozen=True)
class Task:
    """A numbered task of an agent. done_when: its commands, all of which end with exit code 0 once it is done."""

    file: str
    line: int
    number: int
    name: str
    done_when: tuple[str, ...]

    @property
    def agent(self) -> str:
        """The agent that does it."""
        return self.file.removeprefix(AGENTS).removesuffix(".md")


def tasks(checkout: Checkout) -> list[Task]:
    """All tasks, in the order of files and numbers."""
    files = (file for file in checkout.kit if file.startswith(AGENTS))
    return [task for file in files for task in _of(checkout, file)]


def _of(checkout: Checkout, file: str) -> Iterator[Task]:
    for section in sections(checkout.read(file), HEADING):
        if section.name == "Tasks":
            starts = list(TASK.finditer(section.text))
            ends = [*(found.start() for found in starts[1:]), len(section.text)]
            for found, end in zip(starts, ends, strict=True):
                text = section.text[found.start() : end].partition(DONE_WHEN)[2]
                line = section.line + 1 + section.text[: found.start()].count("\n")
                listed = tuple(command.text for command in commands(text))
                yield Task(file, line, int(found["number"]), " ".join(found["name"].split()), listed)


def state(checkout: Checkout, task: Task) -> State:
    """Whether a task is done, by its commands: exit code 0 done, 1 open, any other a broken command."""
    for command in task.done_when:
        try:
            done = subprocess.run(  # noqa: S602  the kit's own commands, run by a shell as a person would
                here(command), shell=True, cwd=checkout.root, env=environment(checkout.root), capture_output=True,
                timeout=SECONDS, check=False, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return "broken"
        if done.returncode:
            return "open" if done.returncode == 1 else "broken"
    return "done"


def task_problems(checkout: Checkout) -> Iterator[Problem]:
    """Tasks without a command that says when they are done."""
    for task in tasks(checkout):
        if not task.done_when:
            yield Problem(task.file, task.line, f'task {task.number} has no command after "{DONE_WHEN}"')
