"""Recipes of docs/read/: their code, run as a reader would run it, and the answers that it gives."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.prefect_server import clean_environment

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "read"
BIN = Path(sys.executable).parent
OTHER = ROOT / ".venv-recipes" / "bin" / "python"  # tools that do not fit into the environment of the reader
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
NAMED = "Duke"  # the team of all pages; the sandbox has other teams
HUNG_SECONDS = 600


@dataclass
class Answers:
    """What the recipes of a page find.

    Attributes:
        top: names of the 25 best teams, in order.
        schedule: ids of a team's games, in order.
        errors: mean absolute error of the closing spread by provider, points.
    """

    top: list[str]
    schedule: list[int]
    errors: dict[str, float]

    def assert_same(self, other: Answers) -> None:
        """Equal, numbers but for rounding."""
        assert self.top == other.top
        assert self.schedule == other.schedule
        assert self.errors == pytest.approx(other.errors, rel=1e-9)


@dataclass
class Page:
    """A page and the folder that its recipes run in: it has the lake as `./lake`."""

    name: str
    folder: Path
    team: str
    blocks: list[tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        text = (PAGES / f"{self.name}.md").read_text(encoding="utf-8")
        assert NAMED in text
        self.blocks = BLOCK.findall(text.replace(NAMED, self.team))

    def code(self, language: str) -> list[str]:
        """Blocks of a language, in the order of the page."""
        found = [body for kind, body in self.blocks if kind == language]
        assert found, f"docs/read/{self.name}.md has no block of {language}"
        return found

    def run_commands(self) -> None:
        """Run the lines of the console blocks that begin with `$`."""
        for line in "".join(self.code("console")).splitlines():
            assert line.startswith("$ "), line
            self.run("bash", "-euc", line[2:])

    def run(self, *command: str) -> str:
        """Run a command in the folder; what it prints."""
        environment = clean_environment()
        environment["PATH"] = f"{BIN}:{environment['PATH']}"
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=HUNG_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def run_python(self, values: str, python: Path | str = sys.executable) -> Answers:
        """Run the Python blocks as one program, and read the variables that they leave.

        Args:
            values: an expression in `frame` and `name`: the values of a column as a list.
        """
        script = "\n".join(self.code("python")) + READ_VARIABLES.replace("VALUES", values)
        (self.folder / "recipes.py").write_text(script, encoding="utf-8")
        self.run(str(python), "recipes.py")
        found = json.loads((self.folder / "answers.json").read_text())
        return Answers(found["top"], found["schedule"], dict(found["errors"]))


READ_VARIABLES = """
import json
from pathlib import Path

def values(frame, name):
    return VALUES

found = {"top": values(top25, "team"), "schedule": values(schedule, "game_id")}
found["errors"] = list(zip(values(errors, "provider"), values(errors, "spread_error")))
Path("answers.json").write_text(json.dumps(found))
"""


def needs(program: str | Path) -> str:
    """Path of a program that only some machines have; a test without it is skipped."""
    path = shutil.which(program)
    if path is None:
        hint = "make recipes" if program == OTHER else "install it"
        pytest.skip(f"{program} is not there: {hint}")
    return path
