"""Reads Markdown: tables, code, commands and sections, each with its line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

SPAN = re.compile(r"`([^`]+)`")
COMMAND = re.compile(r"^\s*\$ (.+)$")
FENCE = re.compile(r"^\s*```")
EXPECT = re.compile(r"^\s+(expect|exit|takes): (.+)$")


def shortened(text: str, most: int = 80) -> str:
    """A text in one line of at most some characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 4]} ..."


@dataclass(frozen=True)
class Code:
    """Code in a text: a span in backticks, or a command line."""

    line: int
    text: str
    is_command: bool = False


@dataclass(frozen=True)
class Command:
    """A command line with its expected result.

    Attributes:
        expect: text in the output; `nothing` for no output; None for any output.
        exit: exit code.
        takes: duration, if it is more than seconds. Such a command is run by a person or in CI.
    """

    line: int
    text: str
    expect: str | None = None
    exit: int = 0
    takes: str | None = None


def codes(text: str) -> Iterator[Code]:
    """Spans and command lines of a text."""
    fenced = False
    for number, line in enumerate(text.splitlines(), start=1):
        if FENCE.match(line):
            fenced = not fenced
        elif found := COMMAND.match(line):
            yield Code(number, found[1], is_command=True)
        elif not fenced:
            yield from (Code(number, span) for span in SPAN.findall(line))


def commands(text: str, first: int = 1) -> list[Command]:
    """Command lines with the expectations below them.

    Args:
        first: number of the text's first line.
    """
    found: list[Command] = []
    for number, line in enumerate(text.splitlines(), start=first):
        if command := COMMAND.match(line):
            found.append(Command(number, command[1]))
        elif found and (match := EXPECT.match(line)):
            value = int(match[2]) if match[1] == "exit" else match[2]
            found[-1] = Command(**(vars(found[-1]) | {match[1]: value}))
    return found


@dataclass(frozen=True)
class Section:
    """A heading and the text below it, up to the next heading. line: of the heading."""

    line: int
    name: str
    text: str


def sections(text: str, heading: re.Pattern[str]) -> list[Section]:
    """Sections of a text. heading: a pattern with a group `name`."""
    lines = text.splitlines()
    starts = [(number, found["name"]) for number, line in enumerate(lines) if (found := heading.match(line))]
    ends = [*(number for number, _ in starts), len(lines)][1:]
    return [
        Section(number + 1, name.strip(), "\n".join(lines[number + 1 : end]))
        for (number, name), end in zip(starts, ends, strict=True)
    ]


HEADING = re.compile(r"^(?P<level>#{1,6}) (?P<title>.+)$")


def headings(text: str) -> list[tuple[int, int, str]]:
    """Headings outside of fences: line, level and anchor as GitHub makes it; a repeated anchor is numbered."""
    found: list[tuple[int, int, str]] = []
    seen: Counter[str] = Counter()
    fenced = False
    for number, line in enumerate(text.splitlines(), start=1):
        fenced ^= FENCE.match(line) is not None
        if not fenced and (heading := HEADING.match(line)):
            slug = re.sub(r"[^\w\- ]", "", heading["title"]).strip().lower().replace(" ", "-")
            found.append((number, len(heading["level"]), f"{slug}-{seen[slug]}" if seen[slug] else slug))
            seen[slug] += 1
    return found


def part(text: str, anchor: str) -> str:
    """The section below a heading, with its subsections; empty if no heading has the anchor."""
    lines, there = text.splitlines(), headings(text)
    for at, (number, level, slug) in enumerate(there):
        if slug == anchor:
            end = next((line for line, other, _ in there[at + 1 :] if other <= level), len(lines) + 1)
            return "\n".join(lines[number - 1 : end - 1])
    return ""


@dataclass(frozen=True)
class Row:
    """A row of a table: its cells by column."""

    line: int
    cells: dict[str, str]

    def codes(self, column: str) -> tuple[str, ...]:
        """The texts in backticks in a cell."""
        return tuple(SPAN.findall(self.cells[column]))


def rows(text: str, *columns: str) -> list[Row]:
    """Rows of the table with this header; empty if there is no such table."""
    found: list[Row] = []
    inside = False
    for number, line in enumerate(text.splitlines(), start=1):
        cells = _cells(line)
        if cells == list(columns):
            inside = True
        elif not cells:
            inside = False
        elif inside and len(cells) >= len(columns) and set("".join(cells)) - set("-: "):
            found.append(Row(number, dict(zip(columns, cells, strict=False))))
    return found


def _cells(line: str) -> list[str]:
    """Cells of a line of a table; empty for any other line."""
    return [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
