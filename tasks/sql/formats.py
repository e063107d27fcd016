"""Formats of a result, and the suffixes of files that hold them."""

from __future__ import annotations

from typing import Literal

Format = Literal["table", "csv", "json", "jsonl", "parquet"]
SUFFIXES: dict[str, Format] = {
    ".csv": "csv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
