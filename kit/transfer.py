"""Copies of the kit in other checkouts: nothing there is overwritten, CLAUDE.md gets a section of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from hashlib import sha256
from pathlib import Path

from kit.checkout import CONTEXT, Checkout
from tasks.errors import BadInput

BEGIN = re.compile(r"<!-- cbbd_etl kit (?P<hash>[0-9a-f]{12}): .*-->\r?\n")
END = re.compile(r"<!-- end of cbbd_etl kit -->\r?\n?")
NO_NEWLINE = "\\ No newline at end of file"
NEW, MERGED, SAME, KEPT = "new", "merged", "the same", "kept"
FENCE, HEADING = re.compile(r"^\s*(```|~~~)"), re.compile(r"^#{1,5} ")


@dataclass(frozen=True)
class Copied:
    """One file of the kit at its destination.

    Attributes:
        what: new, merged, the same, or kept (it stays as it is; `why` says why).
        old: text that is there; None where nothing is.
        new: text that will be there.
    """

    file: str
    what: str
    old: str | None
    new: str
    why: str = ""

    @property
    def changes(self) -> bool:
        """Whether there is something to write."""
        return self.what in {NEW, MERGED}

    def diff(self) -> str:
        """The change as `git apply` takes it."""
        if not self.changes:
            return ""
        before = "/dev/null" if self.old is None else f"a/{self.file}"
        old, new = _lines(self.old or ""), _lines(self.new)
        head = f"diff --git a/{self.file} b/{self.file}\n" + ("new file mode 100644\n" if self.old is None else "")
        lines = unified_diff(old, new, before, f"b/{self.file}")
        return head + "".join(line if line.endswith("\n") else f"{line}\n{NO_NEWLINE}\n" for line in lines)


def transfer(source: Checkout, destination: Path) -> list[Copied]:
    """What a copy of the kit would do, file by file. Nothing is written.

    Raises:
        BadInput: when the destination is no folder, is the source, or has a file where the kit has a folder.
    """
    if not destination.is_dir():
        raise BadInput(f"there is no folder {destination}: name a checkout that the kit is to be copied into")
    if destination.resolve() == source.root.resolve():
        raise BadInput(f"{destination} is the checkout that the kit comes from: name another one")
    return [_planned(source, file, destination) for file in source.kit]


def write(copies: list[Copied], destination: Path) -> None:
    """Write what a transfer has planned.

    Raises:
        BadInput: when a file cannot be written; those before it are.
    """
    for copied in copies:
        if copied.changes:
            path = destination / copied.file
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(copied.new.encode())
            except OSError as error:
                raise BadInput(f"{path} could not be written: {error}; put that right and copy again") from error


def _planned(source: Checkout, file: str, destination: Path) -> Copied:
    path, ours = destination / file, source.read(file)
    for parent in (path, *path.parents):
        if parent == destination:
            break
        if (parent.exists() or parent.is_symlink()) and parent.is_dir() is (parent == path):
            raise BadInput(f"{parent} is in the way of the kit's {file}: move it, then copy again; nothing was written")
    if not path.resolve().is_relative_to(destination.resolve()):
        return Copied(file, KEPT, "", "", f"it leads out of {destination}")
    theirs = _read(path)
    if file == CONTEXT and theirs != ours:
        return _context(theirs, ours)
    if theirs is None:
        return Copied(file, NEW, None, ours)
    if theirs.replace("\r\n", "\n") == ours:
        return Copied(file, SAME, theirs, theirs)
    return Copied(file, KEPT, theirs, theirs, "another text is there: compare, and take over what you want")


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode() if path.exists() else None
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is no text in UTF-8 ({error}); nothing was written") from error


def _context(theirs: str | None, ours: str) -> Copied:
    """CLAUDE.md: the kit's text as a marked section of what is there, replaced where nobody has edited it."""
    if theirs is None:
        return Copied(CONTEXT, NEW, None, _section(ours))
    newline = "\r\n" if "\r\n" in theirs else "\n"
    section = _section(ours).replace("\n", newline)
    begin = BEGIN.search(theirs)
    if begin is None:
        gap = "" if not theirs else newline if theirs.endswith("\n") else newline * 2
        return Copied(CONTEXT, MERGED, theirs, theirs + gap + section)
    end = END.search(theirs, begin.end())
    if end is None:
        line = theirs[: begin.start()].count("\n") + 1
        raise BadInput(
            f"{CONTEXT}:{line} begins the kit's section, and no comment ends it: delete that line, or write "
            "<!-- end of cbbd_etl kit --> where the section ends; nothing was written"
        )
    if _hash(theirs[begin.end() : end.start()].replace("\r\n", "\n")) != begin["hash"]:
        return Copied(CONTEXT, KEPT, theirs, theirs, "its section of the kit was edited: compare, and merge by hand")
    merged = theirs[: begin.start()] + section + theirs[end.end() :]
    return Copied(CONTEXT, SAME if merged == theirs else MERGED, theirs, merged)


def _lines(text: str) -> list[str]:
    """Lines as git counts them, with their ends."""
    return [line for line in re.split(r"(?<=\n)", text) if line]


def _section(text: str) -> str:
    body = "".join(_demoted(text)).rstrip("\n") + "\n"
    begin = f"<!-- cbbd_etl kit {_hash(body)}: what follows is copied; write your own outside -->"
    return f"{begin}\n{body}<!-- end of cbbd_etl kit -->\n"


def _demoted(text: str) -> Iterator[str]:
    """Headings one level lower: the file has a title of its own."""
    fenced = False
    for line in text.splitlines(keepends=True):
        fenced ^= FENCE.match(line) is not None
        yield f"#{line}" if not fenced and HEADING.match(line) else line


def _hash(body: str) -> str:
    return sha256(body.encode()).hexdigest()[:12]
