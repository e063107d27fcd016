"""A git checkout: its files, their lines, and the words in its code."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tasks.errors import BadInput

PLAN = "ORCHESTRATE.md"
CONTEXT, RULES = "CLAUDE.md", "AGENTS.md"  # the first imports the second, which every tool reads
GUIDE = "docs/orchestration.md"
AGENTS, PROMPTS = ".claude/agents/", "prompts/"
SKILLS, COMMANDS, SETTINGS = ".claude/skills/", ".claude/commands/", ".claude/settings.json"
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
CODE = (".py", ".sql", ".tf", ".yaml", ".yml", ".toml", ".json", ".md", "Makefile", "Dockerfile", ".sh")


@dataclass(frozen=True, order=True)
class Problem:
    """A problem of the kit with its place. A warning fails nothing."""

    file: str
    line: int
    text: str
    is_warning: bool = False

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {'warning: ' if self.is_warning else ''}{self.text}"


def is_kit(name: str) -> bool:
    """Whether a path, relative to the root, is a file of the kit."""
    return name in {PLAN, CONTEXT, RULES, GUIDE, SETTINGS} or name.startswith((AGENTS, PROMPTS, SKILLS, COMMANDS))


@dataclass(frozen=True)
class Checkout:
    """A git work tree. Its files are those that git tracks, and new ones that it does not ignore."""

    root: Path

    def git(self, *args: str) -> str:
        """Output of a git command in the root.

        Raises:
            BadInput: when the root is not a git work tree, or the command fails.
        """
        command = ["git", "-c", "core.quotepath=off", *args]
        try:
            done = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=False)  # noqa: S603
        except OSError as error:
            raise BadInput(f"git {args[0]} in {self.root} could not be run: {error}") from error
        if done.returncode:
            raise BadInput(f"git {args[0]} in {self.root} says: {done.stderr.strip()}; name a git checkout with --root")
        return done.stdout

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Paths relative to the root, sorted."""
        found = self.git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
        return tuple(sorted({name for name in found if name and (self.root / name).is_file()}))

    @cached_property
    def folders(self) -> frozenset[str]:
        """Folders with files, with a slash at the end."""
        return frozenset(f"{parent}/" for name in self.files for parent in Path(name).parents if str(parent) != ".")

    @cached_property
    def kit(self) -> tuple[str, ...]:
        """Files of the kit.

        Raises:
            BadInput: when there is no plan.
        """
        if PLAN not in self.files:
            raise BadInput(
                f"there is no {PLAN} in {self.root}; run this in a checkout with the kit, or name it (--root)"
            )
        return tuple(name for name in self.files if is_kit(name))

    def changed(self) -> list[str]:
        """Files that differ from the last commit, new ones included."""
        entries = self.git("status", "--porcelain", "-z", "--untracked-files=all", "--no-renames").split("\0")
        return [entry[3:] for entry in entries if entry]

    def read(self, name: str) -> str:
        """A file's text; empty if there is no such file."""
        path = self.root / name
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""

    def lines(self, name: str) -> Iterator[tuple[int, str]]:
        """A file's lines with their numbers."""
        return enumerate(self.read(name).splitlines(), start=1)

    @cached_property
    def words(self) -> frozenset[str]:
        """All words in the repository's code and docs, without the kit and its tests, which contain wrong ones."""
        others = (name for name in self.files if not is_kit(name) and not name.startswith("tests/kit/"))
        texts = (self.read(name) for name in others if name.endswith(CODE))
        return frozenset(word for text in texts for word in WORD.findall(text))

    @cached_property
    def ignored(self) -> frozenset[str]:
        """Top-level folders of generated files that git ignores: `lake`, `reports`, `.venv`."""
        kept = (line.strip().removeprefix("/") for line in self.read(".gitignore").splitlines())
        return frozenset(line.partition("/")[0] for line in kept if "/" in line and not line.startswith(("#", "!")))
