"""Copies the kit into other checkouts. No file there is overwritten; the files of context get a section for the kit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from hashlib import sha256
from pathlib import Path

from kit.checkout import CONTEXT, RULES, Checkout
from tasks.errors import BadInput

BEGIN = re.compile(r"<!-- (?:\w+ )?kit (?P<hash>[0-9a-f]{12}): .*-->\r?\n")
END = re.compile(r"<!-- end of (?:\w+ )?kit -->\r?\n?")
OURS, PLAIN = "cbbd_etl kit", "kit"  # labels of the section: of this project's kit, and of one from a role plan
NO_NEWLINE = "\\ No newline at end of file"
NEW, MERGED, SAME, KEPT = "new", "merged", "the same", "kept"
FENCE, HEADING = re.compile(r"^\s*(```|~~~)"), re.compile(r"^#{1,5} ")


@dataclass(frozen=True)
class Copied:
    """One file of the kit at its destination.

    Attributes:
        what: new, merged, the same, or kept (unchanged, for the reason in `why`).
        old: current text; None if there is no file.
        new: text after copying.
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
        """The change as a patch for `git apply`."""
        if not self.changes:
            return ""
        before = "/dev/null" if self.old is None else f"a/{self.file}"
        old, new = _lines(self.old or ""), _lines(self.new)
        head = f"diff --git a/{self.file} b/{self.file}\n" + ("new file mode 100644\n" if self.old is None else "")
        lines = unified_diff(old, new, before, f"b/{self.file}")
        return head + "".join(line if line.endswith("\n") else f"{line}\n{NO_NEWLINE}\n" for line in lines)


def transfer(source: Checkout, destination: Path) -> list[Copied]:
    """Plan a copy of the kit, file by file. Nothing is written.

    Raises:
        BadInput: when the destination is not a folder, is the source, or has a file where the kit has a folder.
    """
    _require_checkout(destination)
    if destination.resolve() == source.root.resolve():
        raise BadInput(f"{destination} is the checkout that the kit comes from: name another one")
    return [_planned(file, source.read(file), destination, OURS) for file in source.kit]


def transfer_texts(texts: Mapping[str, str], destination: Path) -> list[Copied]:
    """Plan a copy of a kit that was made from a role plan. Nothing is written.

    Raises:
        BadInput: when the destination is not a git checkout, or has a file where the kit has a folder.
    """
    _require_checkout(destination)
    return [_planned(file, text, destination, PLAIN) for file, text in texts.items()]


def _require_checkout(destination: Path) -> None:
    if not destination.is_dir():
        raise BadInput(f"there is no folder {destination}: name a checkout that the kit is to be copied into")
    if not (destination / ".git").exists():
        raise BadInput(
            f"{destination} is not the top folder of a git checkout: every session starts from a commit; run git init "
            "there first; nothing was written"
        )


def write(copies: list[Copied], destination: Path) -> None:
    """Write the files of a planned copy.

    Raises:
        BadInput: when a file cannot be written. Earlier files are written.
    """
    for copied in copies:
        if copied.changes:
            path = destination / copied.file
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(copied.new.encode())
            except OSError as error:
                raise BadInput(f"{path} could not be written: {error}; fix that and copy again") from error


def _planned(file: str, new: str, destination: Path, label: str) -> Copied:
    path = destination / file
    _check_parents(path, file, destination)
    if not path.resolve().is_relative_to(destination.resolve()):
        return Copied(file, KEPT, "", "", f"it is a link to a place outside of {destination}")
    old = _read(path)
    if file in {CONTEXT, RULES} and old != new:
        return _context(file, old, new, label)
    if old is None:
        return Copied(file, NEW, None, new)
    if old.replace("\r\n", "\n") == new:
        return Copied(file, SAME, old, old)
    return Copied(file, KEPT, old, old, "another text is there: compare, and take over what you want")


def _check_parents(path: Path, file: str, destination: Path) -> None:
    """Refuse a folder in place of the file, and a file in place of one of its folders."""
    for parent in (path, *path.parents):
        if parent == destination:
            return
        if (parent.exists() or parent.is_symlink()) and parent.is_dir() is (parent == path):
            raise BadInput(f"{parent} is in the way of the kit's {file}: move it, then copy again; nothing was written")


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode() if path.exists() else None
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not a text in UTF-8 ({error}); nothing was written") from error


def _context(file: str, old: str | None, new: str, label: str) -> Copied:
    """AGENTS.md or CLAUDE.md: the kit's text as a marked section, which is replaced unless it was edited."""
    if old is None:
        return Copied(file, NEW, None, _section(new, label))
    newline = "\r\n" if "\r\n" in old else "\n"
    section = _section(new, label).replace("\n", newline)
    begin = BEGIN.search(old)
    if begin is None:
        gap = "" if not old else newline if old.endswith("\n") else newline * 2
        return Copied(file, MERGED, old, old + gap + section)
    end = END.search(old, begin.end())
    if end is None:
        line = old[: begin.start()].count("\n") + 1
        raise BadInput(
            f"{file}:{line} begins the kit's section, and no comment ends it: delete that line, or write "
            f"<!-- end of {label} --> where the section ends; nothing was written"
        )
    if _hash(old[begin.end() : end.start()].replace("\r\n", "\n")) != begin["hash"]:
        return Copied(file, KEPT, old, old, "its section of the kit was edited: compare, and merge by hand")
    merged = old[: begin.start()] + section + old[end.end() :]
    return Copied(file, SAME if merged == old else MERGED, old, merged)


def _lines(text: str) -> list[str]:
    """Lines as git counts them, with their ends."""
    return [line for line in re.split(r"(?<=\n)", text) if line]


def _section(text: str, label: str) -> str:
    body = "".join(_demoted(text)).rstrip("\n") + "\n"
    begin = f"<!-- {label} {_hash(body)}: what follows is copied; write your own outside -->"
    return f"{begin}\n{body}<!-- end of {label} -->\n"


def _demoted(text: str) -> Iterator[str]:
    """The text with headings one level lower, because the file has its own title."""
    fenced = False
    for line in text.splitlines(keepends=True):
        fenced ^= FENCE.match(line) is not None
        yield f"#{line}" if not fenced and HEADING.match(line) else line


def _hash(body: str) -> str:
    return sha256(body.encode()).hexdigest()[:12]
