"""A result as text for a terminal."""

from __future__ import annotations

import io
import shutil
import textwrap

import polars as pl

from tasks.sql._result import Result

PIPED = (160, 50)  # columns and lines where there is no terminal
ROWS, ROWS_ON_SIDE, ROWS_ENOUGH = 50, 6, 3
CELLS = (60, 40, 24)  # longest text of a cell; the first that lets all columns stand beside each other
WIDEST = 2**16 - 1  # columns that Polars can draw
MORE = "--output FILE.csv writes all"


def terminal_width() -> int:
    """Columns of the terminal, or of a page where the output is piped."""
    return max(20, shutil.get_terminal_size(PIPED).columns)


def as_text(result: Result, width: int) -> str:
    """The rows as a table that fits the width, and below it how many there are and how many are not shown."""
    frame = result.frame
    if result.is_listing:
        return _wrapped(result.heading, width) + _listing(frame, width) + f"{_count(frame.height)}\n"
    if frame.is_empty():
        return _wrapped(f"{_count(0)}; {result.note}" if result.note else _count(0), width)
    if frame.columns == ["explain_key", "explain_value"]:
        return "".join(frame["explain_value"])
    return _table(frame, width)


def _table(frame: pl.DataFrame, width: int) -> str:
    """Columns beside each other where they fit; else on its side, one line per column."""
    count, shown = _count(frame.height), frame.head(ROWS)
    for cell in CELLS:
        if _width(drawn := _drawn(shown, cell)) <= width:
            more = f"; the first {shown.height} are shown, {MORE}" if shown.height < frame.height else ""
            return drawn + _wrapped(count + more, width)
    drawn, height = _on_its_side(frame, width)
    more = f"; the first {height} {'is' if height == 1 else 'are'} shown, {MORE}" if height < frame.height else ""
    return drawn + _wrapped(f"{count} of {len(frame.columns)} columns, one column per line{more}", width)


def _on_its_side(frame: pl.DataFrame, width: int) -> tuple[str, int]:
    """One line per column and one column per row, as many rows as fit, and their number."""
    enough = min(ROWS_ENOUGH, frame.height)
    for cell, least in (*((cell, enough) for cell in CELLS), (CELLS[-1], 1)):
        for height in range(min(ROWS_ON_SIDE, frame.height), least - 1, -1):
            if _width(drawn := _drawn(_turned(frame.head(height), cell), WIDEST)) <= width:
                return drawn, height
    return _drawn(_turned(frame.head(1), CELLS[-1]), WIDEST, width), 1


def _turned(frame: pl.DataFrame, cell: int) -> pl.DataFrame:
    """A column of names, which are never cut, and one of values per row."""
    rows = enumerate(frame.iter_rows(), start=1)
    columns = {str(place): [_short(value, cell) for value in row] for place, row in rows}
    return pl.DataFrame({"column": frame.columns, **columns}, schema_overrides=dict.fromkeys(columns, pl.String))


def _drawn(frame: pl.DataFrame, cell: int, width: int = WIDEST) -> str:
    with pl.Config(
        tbl_rows=-1,
        tbl_cols=-1,
        tbl_width_chars=width,
        fmt_str_lengths=cell,
        tbl_hide_dataframe_shape=True,
        tbl_hide_column_data_types=True,
    ):
        return f"{frame}\n"


def _width(drawn: str) -> int:
    """Columns that a drawing takes: those of its upper rule, whose characters are one wide each."""
    return len(drawn.partition("\n")[0])


def _short(value: object, cell: int) -> str | None:
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".") if abs(value) >= 0.001 or not value else f"{value:.3g}"
    text = str(value)
    return None if value is None else text if len(text) <= cell else f"{text[: cell - 1]}…"


def _listing(frame: pl.DataFrame, width: int) -> str:
    """Columns of texts; what does not fit beside the names goes on in the next line."""
    from rich.console import Console  # noqa: PLC0415  for listings only
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=None, pad_edge=False)
    for name, dtype in frame.schema.items():
        widest = max(12, width // 4) if name == "type" else None
        table.add_column(name, overflow="fold", max_width=widest, justify="right" if dtype.is_integer() else "left")
    for row in frame.iter_rows():
        table.add_row(*(f"{value:,}" if isinstance(value, int) else value or "" for value in row))
    page = Console(file=io.StringIO(), width=width, color_system=None, markup=False, emoji=False, highlight=False)
    with page.capture() as captured:
        page.print(table)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def _count(height: int) -> str:
    return f"{height:,} {'row' if height == 1 else 'rows'}"


def _wrapped(text: str, width: int) -> str:
    return f"{textwrap.fill(text, width)}\n" if text else ""
