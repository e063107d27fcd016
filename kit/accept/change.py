"""The change of a session: files that differ from the commit it started from, new ones included."""

from __future__ import annotations

import re
import tarfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from kit.checkout import WORD, Checkout
from tasks.errors import BadInput

ADDED, CHANGED, REMOVED = "added", "changed", "removed"
START = "kit-session"  # in git's own folder: number of the session and the commit it started from
TOKEN = re.compile(rf"{WORD.pattern}|[0-9][0-9._]*|[^\sA-Za-z0-9_,]")


@dataclass(frozen=True)
class Change:
    """A work tree compared with a commit.

    Attributes:
        base: the commit.
    """

    checkout: Checkout
    base: str

    @cached_property
    def files(self) -> dict[str, str]:
        """Changed paths, each added, changed or removed. A renamed file is removed and added."""
        entries = self.checkout.git("diff", "--name-status", "--no-renames", "-z", self.base).split("\0")
        kinds = {"A": ADDED, "D": REMOVED}
        found = {path: kinds.get(kind, CHANGED) for kind, path in zip(entries[::2], entries[1::2], strict=False)}
        new = self.checkout.git("ls-files", "-z", "--others", "--exclude-standard").split("\0")
        root = self.checkout.root
        return found | {path: ADDED for path in new if path and (root / path).is_file() and path not in found}

    def old(self, path: str) -> str:
        """A file's text at the start; empty if it was not there."""
        return "" if self.files.get(path) == ADDED else self.checkout.git("show", f"{self.base}:{path}")

    def new(self, path: str) -> str:
        """A file's text now; empty if it is gone."""
        return self.checkout.read(path)

    def added_lines(self, path: str) -> Iterator[tuple[int, str]]:
        """Lines that the file did not have at the start, with their numbers."""
        before = Counter(self.old(path).splitlines())
        for number, line in enumerate(self.new(path).splitlines(), start=1):
            if before[line]:
                before[line] -= 1
            else:
                yield number, line

    def only_adds(self, path: str) -> bool:
        """Whether every word, number and sign that the file had is still there, as often as before.

        A new entry in a list on one line changes the line, and adds all the same. A bound that gets another number
        loses the old one.
        """
        if self.files[path] == ADDED:
            return True
        lost = Counter(TOKEN.findall(self.old(path))) - Counter(TOKEN.findall(self.new(path)))
        return self.files[path] != REMOVED and not lost


def export(change: Change, place: Path, names: Iterable[str]) -> None:
    """Write folders and files of the start into an empty folder; those that were not there are left out."""
    there = set(change.checkout.git("ls-tree", "--name-only", change.base).splitlines())
    packed = place / "start.tar"
    change.checkout.git("archive", "-o", str(packed), change.base, *(name for name in names if name in there))
    with tarfile.open(packed) as opened:
        opened.extractall(place, filter="data")


def started(checkout: Checkout, number: int) -> None:
    """Note that a session starts from the present commit."""
    try:
        head = checkout.git("rev-parse", "--verify", "--quiet", "HEAD").strip()
    except BadInput:
        return  # no commit yet: there is nothing to compare with
    _note(checkout).write_text(f"{number} {head}\n", encoding="utf-8")


def running(checkout: Checkout) -> tuple[int, str] | None:
    """The session that started last in this work tree, and its commit; None if none did."""
    path = _note(checkout)
    words = path.read_text(encoding="utf-8").split() if path.is_file() else []
    return (int(words[0]), words[1]) if len(words) == 2 and words[0].isdigit() else None


def since(checkout: Checkout, number: int, asked: str | None) -> Change:
    """The change of a session: since a commit that was asked for, else since `make session N`, else since HEAD.

    Raises:
        BadInput: when there is no such commit.
    """
    noted = running(checkout)
    base = asked or (noted[1] if noted and noted[0] == number else "HEAD")
    try:
        commit = checkout.git("rev-parse", "--verify", "--quiet", f"{base}^{{commit}}").strip()
    except BadInput as error:
        raise BadInput(f"there is no commit {base} to compare with; name one with --since") from error
    return Change(checkout, commit)


def _note(checkout: Checkout) -> Path:
    return checkout.root / checkout.git("rev-parse", "--git-path", START).strip()
