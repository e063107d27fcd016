"""Rows in one of the formats of `tasks/sql/formats.py`."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO
from typing import BinaryIO

import orjson
import polars as pl
from polars.exceptions import PanicException, PolarsError

from tasks.errors import BadInput
from tasks.sql._result import Result
from tasks.sql._text import as_text, terminal_width
from tasks.sql.formats import Format


def render(result: Result | pl.DataFrame, form: Format) -> bytes:
    """A result as bytes. Every format has all rows, but a table only those that a person would read.

    Raises:
        BadInput: when a value cannot be written in the format.
    """
    buffer = BytesIO()
    write(result, form, buffer)
    return buffer.getvalue()


def write(result: Result | pl.DataFrame, form: Format, file: BinaryIO) -> None:
    """Like `render`, into a file that is open for writing."""
    whole = Result(result) if isinstance(result, pl.DataFrame) else result
    try:
        if form == "table":
            file.write(as_text(whole, terminal_width()).encode())
        else:
            _write_rows(whole.frame, form, file)
    except (PolarsError, PanicException) as error:
        said = str(error).partition("\n")[0]
        raise BadInput(f"the result cannot be written as {form} ({said}); cast that column to varchar") from error


def _write_rows(frame: pl.DataFrame, form: Format, file: BinaryIO) -> None:
    if form == "csv":
        _flat(frame).write_csv(file)
    elif form == "parquet":
        frame.write_parquet(file)
    elif form == "jsonl":
        file.writelines(_json(row) + b"\n" for row in frame.iter_rows(named=True))
    else:
        separator = b"["
        for row in frame.iter_rows(named=True):
            file.write(separator + _json(row))
            separator = b","
        file.write(b"[]\n" if frame.is_empty() else b"]\n")


def _json(value: object) -> bytes:
    return orjson.dumps(value, default=_plain, option=orjson.OPT_NON_STR_KEYS)


def _plain(value: object) -> object:
    """A value that JSON has no type for: decimals as numbers, anything else as text."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and abs(value) < 2**63 else float(value)
    return str(value)


def _flat(frame: pl.DataFrame) -> pl.DataFrame:
    """Lists and structs as JSON text: CSV has none of its own."""
    nested = [name for name, dtype in frame.schema.items() if dtype.is_nested()]
    texts = {
        name: [None if value is None else _json(value).decode() for value in frame[name].to_list()] for name in nested
    }
    return frame.with_columns(pl.Series(name, values, dtype=pl.String) for name, values in texts.items())
