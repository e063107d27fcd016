"""Formats in which the result of a query is printed."""

from __future__ import annotations

from typing import Literal, get_args

Format = Literal["table", "csv", "json", "parquet"]
FORMATS: tuple[Format, ...] = get_args(Format)
