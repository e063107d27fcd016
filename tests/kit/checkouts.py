"""This repository as a clean checkout of its own, and kits with something wrong in them."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from flows.commands.kit import our_commands, our_options
from kit.check import check_kit
from kit.checkout import Checkout, is_kit

ROOT = Path(__file__).parents[2]
BASE = Checkout(ROOT)
AUTHOR = ("-c", "user.name=Kit", "-c", "user.email=kit@example.org", "-c", "commit.gpgsign=false")


def git(folder: Path, *args: str) -> str:
    return subprocess.run(
        ["git", *AUTHOR, *args], cwd=folder, capture_output=True, text=True, check=True
    ).stdout.strip()


def commit(folder: Path, message: str) -> str:
    """A commit of everything, an empty one if there is nothing; its hash."""
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", message)
    return git(folder, "rev-parse", "HEAD")


def _lend_environment(folder: Path) -> None:
    """The parts of this checkout's environment, with marks of make that are newer than every file, all of one time.

    Trap: in a link to the whole environment make found its marks out of date and installed the copy into it, so that
    every command of the real checkout ran the code of a temporary folder. One mark older than another did the same.
    """
    now = time.time_ns()
    if (ROOT / ".venv").exists():
        lent = folder / ".venv"
        lent.mkdir()
        for item in (ROOT / ".venv").iterdir():  # bin alone would be no environment: Python looks for pyvenv.cfg
            if item.suffix == ".stamp":
                (lent / item.name).touch()
                os.utime(lent / item.name, ns=(now, now))
            else:
                (lent / item.name).symlink_to(item.resolve())


def copied(files: tuple[str, ...], folder: Path) -> Path:
    """Files of this repository in a git checkout with one commit. make has nothing to do there."""
    for name in files:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    git(folder, "init", "-q", "-b", "main")
    (folder / ".git" / "info" / "exclude").write_text("/.venv\n")
    _lend_environment(folder)
    commit(folder, "Start")
    return folder


@dataclass(frozen=True)
class Edited(Checkout):
    """This repository with other texts in some files; None: the file is gone."""

    texts: dict[str, str | None] = field(default_factory=dict)

    @cached_property
    def files(self) -> tuple[str, ...]:  # type: ignore[override]
        gone = {name for name, text in self.texts.items() if text is None}
        return tuple(sorted({*BASE.files, *self.texts} - gone))

    @cached_property
    def words(self) -> frozenset[str]:  # type: ignore[override]
        return BASE.words

    def read(self, name: str) -> str:
        return (self.texts[name] or "") if name in self.texts else super().read(name)


def found(texts: dict[str, str | None]) -> list[str]:
    edited = Edited(ROOT, texts)
    return [str(problem) for problem in check_kit(edited, our_commands, our_options()).problems]


def with_line(file: str, line: str) -> tuple[dict[str, str | None], int]:
    """A file with one more line at its end, and the number of that line."""
    assert is_kit(file)
    text = (ROOT / file).read_text()
    return {file: f"{text}{line}\n"}, text.count("\n") + 1


def replaced(file: str, old: str, new: str) -> tuple[dict[str, str | None], int]:
    """A file with the first of something replaced, and the line where that is."""
    text = (ROOT / file).read_text()
    assert old in text, f"{file} has no {old!r}: the test is about nothing"
    return {file: text.replace(old, new, 1)}, text[: text.index(old)].count("\n") + 1
