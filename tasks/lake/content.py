"""Logical hash of a table's content: equal for equal rows, independent of how and when they were written.

Each row becomes one line of JSON, with columns and struct fields sorted by name. The hash is the sum of the lines'
BLAKE2b-128 hashes. A sum needs one pass and has no order, so the order of rows, the layout of files, threads, Python's
hash seed and the time of writing do not matter. A repeated row counts as often as it occurs.
Columns that describe a run are left out: `fetched_at` and `raw_object` everywhere; in `ops` also the rejected record
(it contains both) and the times at which a correction was first and last seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pyiceberg.expressions import BooleanExpression
from pyiceberg.io.pyarrow import ArrowScan

from quality.dataset import PROVENANCE, Table
from tasks.lake.filters import EVERY_ROW
from tasks.lake.iceberg import Part
from tasks.lake.lake import Lake
from tasks.lake.places import LAYERS

OF_THE_RUN = frozenset(column.name for column in PROVENANCE)
OF_THE_RUN_IN_OPS = OF_THE_RUN | {"record", "first_seen", "last_seen"}
SLICE = 10_000  # rows hashed at a time: about 20 MB of plays
BITS = 64


@dataclass(frozen=True)
class LogicalHash:
    """Number of rows, and the sum of their hashes in two lanes of 64 bits. `+` gives the hash of both sets together."""

    rows: int = 0
    lanes: tuple[int, int] = (0, 0)

    def __add__(self, other: LogicalHash) -> LogicalHash:
        first, second = ((one + two) % 2**BITS for one, two in zip(self.lanes, other.lanes, strict=True))
        return LogicalHash(self.rows + other.rows, (first, second))

    def __str__(self) -> str:
        """Thirty-two hexadecimal digits."""
        return "".join(f"{lane:016x}" for lane in self.lanes)


def hash_frame(frame: pl.DataFrame, leave_out: frozenset[str] = OF_THE_RUN) -> LogicalHash:
    """Logical hash of a frame's rows. Column names count; the order of columns and rows does not."""
    return sum((_total(lanes) for lanes in _lanes(frame, leave_out)), LogicalHash())


def hash_by(frame: pl.DataFrame, by: pl.Expr) -> dict[Any, LogicalHash]:
    """Logical hash of the rows of each group of a frame, with all columns: that of `hash_frame`, in one pass.

    Args:
        by: value that the rows of a group have in common.
    """
    if frame.is_empty():
        return {}
    lanes = np.concatenate([*_lanes(frame, frozenset())])
    groups = frame.select(by.alias("group"), place=pl.int_range(pl.len())).group_by("group").agg("place")
    return {group: _total(lanes[places]) for group, places in groups.iter_rows()}


def _lanes(frame: pl.DataFrame, leave_out: frozenset[str]) -> Iterable[NDArray[np.uint64]]:
    """The hashes of the rows, two lanes each, for some rows at a time."""
    names = sorted(name for name in frame.columns if name not in leave_out)
    canonical = frame.select(_canonical(pl.col(name), frame.schema[name]).alias(name) for name in names)
    for rows in canonical.iter_slices(SLICE):
        lines = rows.write_ndjson().encode().split(b"\n")[:-1]
        digests = b"".join(hashlib.blake2b(line, digest_size=16).digest() for line in lines)
        yield np.frombuffer(digests, dtype="<u8").reshape(-1, 2)


def _total(lanes: NDArray[np.uint64]) -> LogicalHash:
    first, second = lanes.sum(axis=0, dtype=np.uint64)
    return LogicalHash(len(lanes), (int(first), int(second)))


def _canonical(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Struct fields sorted by name; floats as text, because JSON has no NaN and no infinity."""
    if isinstance(dtype, pl.List) and dtype.inner.is_nested():
        return value.list.eval(_canonical(pl.element(), _instance(dtype.inner)))
    if isinstance(dtype, pl.List):
        return value.cast(pl.List(pl.String())) if dtype.inner.is_float() else value
    if isinstance(dtype, pl.Struct):
        fields = sorted(dtype.fields, key=lambda field: field.name)
        parts = [_canonical(value.struct.field(item.name), _instance(item.dtype)) for item in fields]
        return pl.when(value.is_not_null()).then(pl.struct(parts))
    return value.cast(pl.String()) if dtype.is_float() else value


def _instance(dtype: object) -> pl.DataType:
    assert isinstance(dtype, pl.DataType), f"a frame's types are instances, not {dtype!r}"
    return dtype


def hash_table(lake: Lake, name: str, row_filter: BooleanExpression = EVERY_ROW) -> LogicalHash:
    """Logical hash of the rows of a table that satisfy an Iceberg filter, read file by file.

    A table that does not exist has no rows.

    Args:
        name: SQL name: `silver.fct_games`.
    """
    table = lake.iceberg(name)
    if table is None or table.current_snapshot() is None:
        return LogicalHash()
    leave_out = OF_THE_RUN_IN_OPS if name.startswith("ops.") else OF_THE_RUN
    reader = ArrowScan(table.metadata, table.io, table.schema(), row_filter)
    found = LogicalHash()
    for task in table.scan(row_filter=row_filter).plan_files():  # one at a time, to limit memory
        frame = pl.from_arrow(reader.to_table([task]))
        assert isinstance(frame, pl.DataFrame)
        found += hash_frame(frame, leave_out)
    return found


def hash_part(lake: Lake, table: Table, part: Part) -> LogicalHash:
    """Logical hash of one partition of a table."""
    return hash_table(lake, table.qualified, part.filter(table))


def hash_lake(lake: Lake, layers: Iterable[str] = LAYERS) -> dict[str, LogicalHash]:
    """Logical hash of each table of the given layers, by SQL name."""
    wanted = set(layers)
    return {name: hash_table(lake, name) for name in lake.tables() if name.partition(".")[0] in wanted}
