"""Differences between two versions of the same rows: added rows, removed rows and changed cells.

Rows are hashed and compared by key and hash; only rows that differ are compared cell by cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import xor

import polars as pl

from quality.dataset import PROVENANCE, Table

CONTENT = "content"  # column with the hash of a row
OF_THE_RUN = frozenset(column.name for column in PROVENANCE)
CELL: dict[str, pl.DataType] = {"column_name": pl.String(), "old": pl.String(), "new": pl.String()}


@dataclass(frozen=True)
class Counts:
    """Number of rows of a partition before, and how many were added, removed and changed."""

    before: int = 0
    added: int = 0
    removed: int = 0
    changed: int = 0

    @property
    def removed_share(self) -> float:
        """Share of the previous rows that were removed."""
        return self.removed / self.before if self.before else 0.0


@dataclass(frozen=True)
class Diff:
    """Difference of two frames.

    Attributes:
        added: keys of the added rows.
        removed: keys of the removed rows.
        cells: one row per changed cell: the key, column_name, old, new (as text).
    """

    counts: Counts
    added: pl.DataFrame
    removed: pl.DataFrame
    cells: pl.DataFrame


def compared(table: Table) -> list[str]:
    """Columns that count as a change of the row: all but the key and the provenance."""
    return [name for name in table.by_name if name not in {*table.key, *OF_THE_RUN}]


def content(columns: Sequence[str]) -> pl.Expr:
    """64-bit hash of a row's values, column by column: four times as fast as the hash of a struct."""
    hashes = [pl.col(name).hash(seed) for seed, name in enumerate(columns)]
    return (reduce(xor, hashes) if hashes else pl.lit(0, dtype=pl.UInt64)).alias(CONTENT)


def digest(rows: pl.LazyFrame, key: Sequence[str], columns: Sequence[str]) -> pl.DataFrame:
    """Key and hash of each row. Rows are streamed, so they are never all in memory at once."""
    return rows.select(*key, content(columns)).collect(engine="streaming")


def count(old: pl.DataFrame, new: pl.DataFrame, key: Sequence[str]) -> tuple[Counts, pl.DataFrame]:
    """Counts from two digests, and the keys of the removed rows."""
    common = old.join(new, on=key, how="inner", suffix="_new", nulls_equal=True)
    changed = common.filter(pl.col(CONTENT) != pl.col(f"{CONTENT}_new")).height
    counts = Counts(old.height, new.height - common.height, old.height - common.height, changed)
    gone = old.join(new, on=key, how="anti", nulls_equal=True) if counts.removed else old.clear()
    return counts, gone.select(key)


def diff(old: pl.DataFrame, new: pl.DataFrame, key: Sequence[str], columns: Sequence[str]) -> Diff:
    """Compare two frames by key. Keys must be unique in each frame, and columns must have the same type in both."""
    before, after = digest(old.lazy(), key, columns), digest(new.lazy(), key, columns)
    counts, removed = count(before, after, key)
    added = after.join(before, on=key, how="anti", nulls_equal=True).select(key)
    common = before.join(after, on=key, how="inner", suffix="_new", nulls_equal=True)
    differ = common.filter(pl.col(CONTENT) != pl.col(f"{CONTENT}_new")).select(key)
    return Diff(counts, added, removed, cells(_of(old, differ, key), _of(new, differ, key), key, columns))


def _of(rows: pl.DataFrame, keys: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    return rows.join(keys, on=key, how="semi", nulls_equal=True)


def cells(old: pl.DataFrame, new: pl.DataFrame, key: Sequence[str], columns: Sequence[str]) -> pl.DataFrame:
    """Cells that differ between rows with the same key, one row per cell: the key, column_name, old, new (as text)."""
    pairs = old.select(*key, *columns).join(
        new.select(*key, *columns), on=key, how="inner", suffix="__new", nulls_equal=True
    )
    texts = {name: [as_text(side, old.schema[name]) for side in (name, f"{name}__new")] for name in columns}
    differs = {name: _differs(name, texts[name] if old.schema[name].is_nested() else None) for name in columns}
    found = [pl.DataFrame(schema=dict(old.select(key).schema) | CELL)]
    in_any = pairs.select(expr.any().alias(name) for name, expr in differs.items())
    for name in columns:
        if in_any[name].item():
            one, other = texts[name]
            changed = pairs.filter(differs[name])
            found.append(changed.select(*key, column_name=pl.lit(name), old=one, new=other))
    return pl.concat(found)


def _differs(name: str, texts: Sequence[pl.Expr] | None) -> pl.Expr:
    """Whether two values of a column differ; nested values by their text."""
    one, other = texts or (pl.col(name), pl.col(f"{name}__new"))
    return one.ne_missing(other)


def as_text(name: str, dtype: pl.DataType) -> pl.Expr:
    """A column's values as text: times in UTC with a Z, lists and structs as JSON; null stays null."""
    value = pl.col(name)
    if isinstance(dtype, pl.Datetime):
        return value.dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ")
    if not dtype.is_nested():
        return value.cast(pl.String)
    text = pl.struct(value.alias("v")).struct.json_encode()
    return pl.when(value.is_not_null()).then(text.str.slice(5).str.head(-1))


def key_text(key: Sequence[str], dtypes: dict[str, pl.DataType]) -> pl.Expr:
    """A row's key as text: `game_id=123 team_id=4`."""
    parts = [pl.lit(f"{name}=") + as_text(name, dtypes[name]).fill_null("null") for name in key]
    return pl.concat_str(parts, separator=" ")
