"""What the kit reads in Markdown: tables, code, commands, sections, each with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

SPAN = re.compile(r"`([^`]+)`")
COMMAND = re.compile(r"^\s*\$ (.+)$")
FENCE = re.compile(r"^\s*```")
EXPECT = re.compile(r"^\s+(expect|exit|takes): (.+)$")


@dataclass(frozen=True)
class Code:
    """Code in a text: a span in backticks, or a command line."""

    line: int
    text: str
    is_command: bool = False


@dataclass(frozen=True)
class Command:
    """A command line with what it must give.

    Attributes:
        expect: text that the output holds; `nothing` for no output at all; None: whatever it says.
        exit: exit code.
        takes: how long, where it is no matter of seconds; such a command is left to a person or to CI.
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
    """Command lines with the expectations that stand below them.

    Args:
        first: number of the text's first line.
    """
    found: list[Command] = []
    for number, line in enumerate(text.splitlines(), start=first):
        if command := COMMAND.match(line):
            found.append(Command(number, command[1]))
        elif found and (said := EXPECT.match(line)):
            value = int(said[2]) if said[1] == "exit" else said[2]
            found[-1] = Command(**(vars(found[-1]) | {said[1]: value}))
    return found


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it, up to the next one. line: that of the heading."""

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


@dataclass(frozen=True)
class Row:
    """A row of a table: its cells by column."""

    line: int
    cells: dict[str, str]

    def codes(self, column: str) -> tuple[str, ...]:
        """What stands in backticks in a cell."""
        return tuple(SPAN.findall(self.cells[column]))


def rows(text: str, *columns: str) -> list[Row]:
    """Rows of the one table whose header is these columns; none where there is no such table."""
    found: list[Row] = []
    header = False
    for number, line in enumerate(text.splitlines(), start=1):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        if cells == list(columns):
            header = True
        elif not cells:
            header = False
        elif header and set("".join(cells)) - set("-: "):
            found.append(Row(number, dict(zip(columns, cells, strict=False))))
    return [row for row in found if len(row.cells) == len(columns)]
