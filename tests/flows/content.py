"""Logical content of a lake: what must be equal however it came to be."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from tasks.lake.lake import Lake

PROVENANCE = ("fetched_at", "raw_object")


def content(lake: Path, layer: str = "silver") -> dict[str, pl.DataFrame]:
    """Tables of a layer without provenance, rows sorted."""
    opened = Lake.open(lake)
    names = [name for name in opened.tables() if name.startswith(f"{layer}.")]
    return {name: _canonical(opened.scan(name).collect()) for name in names}


def _canonical(frame: pl.DataFrame) -> pl.DataFrame:
    frame = frame.drop(PROVENANCE)
    sortable = [name for name, dtype in frame.schema.items() if not dtype.is_nested()]
    return frame.sort(sortable, nulls_last=True)


def assert_same_content(left: Path, right: Path) -> None:
    """Both lakes have the same tables with the same rows."""
    first, second = content(left), content(right)
    assert first.keys() == second.keys()
    for name, frame in first.items():
        assert frame.equals(second[name]), f"{name} differs"
