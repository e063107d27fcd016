"""Runs a session's commands without its agent: orientation and review. Nothing is dispatched or committed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kit.markdown import Command

SECONDS = 900.0
NOTHING = "nothing"


@dataclass(frozen=True)
class Rehearsed:
    """One command that was run. why: difference from the expected result; empty if there is none."""

    command: Command
    output: str
    seconds: float
    why: str


def rehearse(commands: Iterable[Command], root: Path) -> Iterator[Rehearsed]:
    """Run commands in a checkout, with the Python environment of this process."""
    for command in commands:
        begun = time.monotonic()
        line = here(command.text)
        try:
            done = subprocess.run(  # noqa: S602  the kit's own commands, run by a shell as a person would
                line, shell=True, cwd=root, env=environment(root), capture_output=True, text=True, errors="replace",
                timeout=SECONDS, check=False, stdin=subprocess.DEVNULL,
            )  # fmt: skip
            output, why = done.stdout + done.stderr, _wrong(command, done)
        except subprocess.TimeoutExpired as error:
            output, why = str(error.stdout or ""), f"not finished after {SECONDS:.0f} s"
        yield Rehearsed(command, output, time.monotonic() - begun, why)


def here(line: str) -> str:
    """A command line with the programs of this process's environment."""
    place = Path(sys.executable).parent
    return re.sub(r"(?<![\w./-])(?:\.venv/bin/|(?=cbbd-etl |python ))", f"{place}/", line)


def environment(root: Path) -> dict[str, str]:
    """The environment without variables of an outer git hook or make, and with the code of this checkout first.

    Another checkout's environment may have that other one installed.
    """
    foreign = ("GIT_", "MAKEFLAGS", "MFLAGS", "MAKELEVEL")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)} | {
        "COLUMNS": "200",
        "PYTHONPATH": str(root.resolve()),
    }


def _wrong(command: Command, done: subprocess.CompletedProcess[str]) -> str:
    if done.returncode != command.exit:
        return f"exit code {done.returncode}, not {command.exit}"
    if command.expect == NOTHING:  # warnings on standard error do not count
        return "there is output, and none was expected" if done.stdout.strip() else ""
    output = " ".join((done.stdout + done.stderr).split())
    if command.expect and " ".join(command.expect.split()) not in output:
        return f"the output does not contain {command.expect!r}"
    return ""
