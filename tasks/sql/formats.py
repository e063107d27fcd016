"""Formats of a result and of exported tables, and the suffixes of files that hold them."""

from __future__ import annotations

from typing import Literal

Format = Literal["table", "csv", "json", "jsonl", "parquet"]
FileFormat = Literal["parquet", "csv", "duckdb"]
"""Format of the files of an export."""
SUFFIXES: dict[str, Format] = {
    ".csv": "csv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
