"""Answers as tables of 80 columns, and as JSON or CSV for programs. Every command that prints an answer uses this."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tasks.errors import BadInput
from tasks.sql.render import render

Form = Literal["table", "json", "csv"]
Row = Mapping[str, Any]

WIDTH = 80  # of a page that is piped
GAP, LEAST = 2, 4  # columns between columns, and least width of one that is shortened
NOTHING = "-"


@dataclass(frozen=True)
class Shown:
    """A column of a printed table.

    Attributes:
        header: its heading.
        text: the text of a row; for a number the name of a column is enough: see `number`.
        is_number: aligned to the right.
        is_flexible: shortened when the table would be wider than the terminal.
    """

    header: str
    text: Callable[[Row], str]
    is_number: bool = False
    is_flexible: bool = False


@dataclass(frozen=True)
class Section:
    """A data frame of an answer and how it is printed.

    Attributes:
        name: its name in JSON.
        frame: a Polars DataFrame.
        columns: how it is printed; empty: it is in JSON only.
        title: a line above it.
        facts: lines printed instead of a table, for a frame of one row.
    """

    name: str
    frame: Any
    columns: Sequence[Shown] = ()
    title: str = ""
    facts: Sequence[str] = ()


@dataclass(frozen=True)
class Sheet:
    """An answer.

    Attributes:
        title: what it is, and as of when.
        sections: the first one with columns is what CSV has; JSON has all.
        notes: lines at the end: what the numbers mean.
        rows: data frame that CSV has instead, where several sections are printed of it.
    """

    title: str
    sections: Sequence[Section]
    notes: Sequence[str] = field(default=())
    rows: Any = None

    def print(self, form: Form) -> None:
        """Print it on standard output."""
        if form != "table":
            sys.stdout.flush()
            sys.stdout.buffer.write(self._json() if form == "json" else render(self._main, "csv"))
            sys.stdout.flush()
            return
        console = sheet_console()
        print_text(console, self.title, "bold")
        for section in self.sections:
            _print_section(console, section)
        for note in self.notes:
            print_text(console, note, "dim")

    @property
    def _main(self) -> Any:
        if self.rows is not None:
            return self.rows
        return next((section for section in self.sections if section.columns), self.sections[0]).frame

    def _json(self) -> bytes:
        """One section as an array of rows; several as an object of arrays."""
        if len(self.sections) == 1:
            return render(self.sections[0].frame, "json")
        parts = (f'"{item.name}":'.encode() + render(item.frame, "json").strip() for item in self.sections)
        return b"{" + b",".join(parts) + b"}\n"


def sheet_console() -> Console:
    """A console as wide as the terminal, or 80 columns where output is piped."""
    return Console(file=sys.stdout, width=max(20, shutil.get_terminal_size((WIDTH, 24)).columns), highlight=False)


def print_text(console: Console, line: str, style: str = "", indent: str = "") -> None:
    """Print a paragraph, wrapped to the width of the console."""
    text = textwrap.fill(line, console.width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
    console.print(text, style=style, markup=False, soft_wrap=True)


def _print_section(console: Console, section: Section) -> None:
    if section.title and (section.columns or section.facts):
        console.print()
        print_text(console, section.title, "bold")
    for line in section.facts:
        print_text(console, line)
    if section.columns:
        _print_table(console, section.frame.iter_rows(named=True), section.columns)


def _print_table(console: Console, rows: Iterable[Row], columns: Sequence[Shown]) -> None:
    """Rows as a table without rules, one line per row. In a narrow terminal names are shortened, but not numbers."""
    lines = [[column.text(row) for column in columns] for row in rows]
    widths = [max(cell_len(text) for text in texts) for texts in zip([c.header for c in columns], *lines, strict=True)]
    gaps, names = GAP * (len(columns) - 1), [n for n, column in enumerate(columns) if column.is_flexible]
    while sum(widths) + gaps > console.width:
        widest = max(names, key=widths.__getitem__, default=None)
        if widest is None or widths[widest] <= LEAST:
            break
        widths[widest] -= 1
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, GAP, 0, 0))
    for column, width in zip(columns, widths, strict=True):
        side: Literal["left", "right"] = "right" if column.is_number else "left"
        table.add_column(column.header, justify=side, no_wrap=True, overflow="ellipsis", width=width)
    for line in lines:
        table.add_row(*map(escape, line))
    usual, console.width = console.width, max(console.width, sum(widths) + gaps)
    with console.capture() as drawn:
        console.print(table)
    console.width = usual
    console.file.write("".join(f"{line.rstrip()}\n" for line in drawn.get().splitlines()))


# -- columns and numbers ----------------------------------------------------------------------------------------------


def text(header: str, name: str, *, is_flexible: bool = False) -> Shown:
    """A column of text as it is."""
    return Shown(header, lambda row: _or_nothing(row[name], str), is_flexible=is_flexible)


def number(header: str, name: str, form: str = "", scale: float = 1) -> Shown:
    """A column of numbers.

    Args:
        form: a format such as `.1f`; with `+` the sign is always shown.
        scale: factor, such as 100 for a share that is shown in percent.
    """
    return Shown(header, lambda row: shown_number(row[name], form, scale), is_number=True)


def pair(header: str, left: str, right: str, between: str = "-") -> Shown:
    """Two whole numbers in one column: wins and losses, made and attempted."""
    return Shown(header, lambda row: shown_pair(row[left], row[right], between), is_number=True)


def shown_number(value: float | None, form: str = "", scale: float = 1) -> str:
    """A number as text; `-` for null."""
    return _or_nothing(value, lambda known: format(known * scale if scale != 1 else known, form))


def shown_pair(left: float | None, right: float | None, between: str = "-") -> str:
    """Two whole numbers as text; `-` when either is null."""
    return NOTHING if left is None or right is None else f"{left:.0f}{between}{right:.0f}"


def _or_nothing(value: Any, form: Callable[[Any], str]) -> str:
    return NOTHING if value is None else form(value)


def form_of(*, json: bool, csv: bool) -> Form:
    """The form that the options `--json` and `--csv` name.

    Raises:
        BadInput: when both are given.
    """
    if json and csv:
        raise BadInput("--json and --csv contradict each other; leave one out")
    return "json" if json else "csv" if csv else "table"
