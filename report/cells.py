"""Rows of tables as HTML. A season has half a million cells: a macro call for each would take most of the time.

HTML lets the end tags of rows and cells be left out. Here they would be 3 MB.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from report.forms import Shown, shown, sortable

Row = Mapping[str, Any]
DOUBTFUL = '<abbr title="the sign or the sides of this line are doubtful">?</abbr>'


def body(columns: Sequence[Shown], rows: Iterable[Row], root: str, first: str | None, sorts: object) -> Markup:
    """Rows as `tr` elements. Every value is escaped.

    Args:
        root: the way to the site's folder, before links.
        first: key of the column that names the row.
        sorts: whether the script may sort the table; then cells have the values that it compares.
    """
    lines = []
    for row in rows:
        conference = row.get("conference")
        mark = f' data-conference="{escape(conference)}"' if conference and sorts else ""
        cells = "".join(_cell(column, row, root, first, sorts) for column in columns)
        lines.append(f"<tr{mark}>{cells}\n")
    return Markup("".join(lines))  # noqa: S704  values are escaped in _cell


def numbers(columns: Sequence[Shown]) -> str:
    """Classes of a table whose numbers are aligned on the right: `n3 n4` for the third and fourth column."""
    return " ".join(f"n{place}" for place, column in enumerate(columns, 1) if column.is_number)


def values(columns: Sequence[Shown], row: Row) -> str:
    """Values of columns as texts, with blanks between them: none of the forms of numbers has a blank."""
    return " ".join(shown(row[column.key], column.form) for column in columns)


def _cell(column: Shown, row: Row, root: str, first: str | None, sorts: object) -> str:
    key = column.key
    value = row[key]
    text = shown(value, column.form)
    inner = text if column.is_number else escape(text)
    link = row.get(f"{key}_link")
    if link and value is not None:
        inner = f'<a href="{escape(root + link)}">{inner}</a>'
    if key == "spread" and value is not None and row.get("is_line_suspect"):
        inner = f"{inner}{DOUBTFUL}"
    tag = 'th scope="row"' if key == first else "td"
    order = ""
    if sorts and (compared := sortable(row.get(f"{key}_sort", value))) != text:
        order = f' data-value="{escape(compared)}"'
    return f"<{tag}{order}>{inner}"
