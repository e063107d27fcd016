"""References in the pages that a change makes or leaves dead: links, anchors, paths, tables, commands and options."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import PurePosixPath
from posixpath import normpath

from kit.accept._objection import Objection
from kit.accept._ownership import GENERATED
from kit.accept.change import REMOVED, Change
from kit.commands import Commands
from kit.markdown import FENCE, Code, codes, headings
from kit.names import TABLE, VIEW, Names

CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s]*)\)")
PATH = re.compile(r"^[\w.<>*-]+(?:/[\w.<>*-]+)*/?(?:::\w+)?$")
OPTION = re.compile(r"^--[a-z][a-z-]*\b")
PROGRAM = re.compile(r"^\s*(?:\.venv/bin/)?(?:cbbd-etl|make|python (?:flows/|-m ))")
DEAD = re.compile(  # other refusals are of a line with placeholders: `cbbd-etl raw reject OBJECT`
    r"No such (?:option|command)|there is no (?:path|name)|has no (?:target|variable|option|deployment|parameter)|"
    r"no (?:endpoint|gold table) '[a-z]"
)
CHECK = "docs"


def dead(change: Change, names: Names, commands: Commands) -> Iterator[Objection]:
    """Dead references, in every page for links and removed files, in added lines for names and commands."""
    gone = [path for path, kind in change.files.items() if kind == REMOVED]
    for page in change.checkout.files:
        if page.endswith(".md") and not change.new(page).startswith(GENERATED):
            found = [*_links(change, page), *_removed(change, page, gone)]
            if page in change.files:
                found += _added(change, page, names, commands)
            yield from (Objection(CHECK, page, f"line {line}: {text}") for line, text in sorted(set(found)))


def _links(change: Change, page: str) -> Iterator[tuple[int, str]]:
    blank = CODE.sub(lambda code: "\n" * code[0].count("\n"), change.new(page))
    for number, line in enumerate(blank.splitlines(), start=1):
        for link in LINK.findall(line):
            path, _, anchor = link.partition("#")
            target = normpath(str(PurePosixPath(page).parent / path)) if path else page
            if target not in change.checkout.files and f"{target}/" not in change.checkout.folders:
                yield number, f"the link {link} leads to no file"
            elif anchor and target.endswith(".md") and anchor not in _anchors(change, target):
                yield number, f"the link {link} leads to no heading"


def _anchors(change: Change, page: str) -> set[str]:
    return {slug for _, _, slug in headings(change.new(page))}


def _removed(change: Change, page: str, gone: list[str]) -> Iterator[tuple[int, str]]:
    for code in codes(change.new(page)):
        yield from ((code.line, f"{path} is gone, and the page names it") for path in gone if path in code.text.split())


def _added(change: Change, page: str, names: Names, commands: Commands) -> Iterator[tuple[int, str]]:
    added = {number for number, _ in change.added_lines(page)}
    for code in _codes(change.new(page)):
        if code.line in added:
            yield from ((code.line, text) for text in _wrong(code, names, commands))


def _codes(text: str) -> Iterator[Code]:
    """Spans and commands of a page; in a fence also commands without the sign of a prompt."""
    yield from codes(text)
    fenced = False
    for number, line in enumerate(text.splitlines(), start=1):
        fenced ^= FENCE.match(line) is not None
        if fenced and PROGRAM.match(line):
            yield Code(number, line.strip(), is_command=True)


def _wrong(code: Code, names: Names, commands: Commands) -> list[str]:
    text = code.text
    if code.is_command or commands.is_command(text):
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):  # a parser may print its help
            return [message for message in commands.wrong(text) if DEAD.search(message)]
    if TABLE.match(text):
        view = text.partition(".")[2]
        text = view if VIEW.match(view) else text
    elif OPTION.match(text):
        text = text.split()[0]
    elif not _is_ours(text, names):
        return []
    message = names.wrong(text)
    return [message] if message else []


def _is_ours(text: str, names: Names) -> bool:
    """Whether a span is a path below a folder of the checkout."""
    first, slash, rest = text.partition("/")
    return bool(PATH.match(text) and slash and rest) and f"{first}/" in names.checkout.folders
