"""The column of a silver table that is looked up in other tables of the season."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from quality.dataset import Lookup, Table
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake


def lookup_of(lake: Lake, table: Table, key: PartitionKey) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """A function that fills in the column which a table looks up in other tables, if it has one."""
    lookup = table.lookup
    if lookup is None:
        return lambda rows: rows
    name, by, known = lookup.column.name, lookup.by, _looked_up(lake, lookup, key)
    return lambda rows: rows.drop(name).join(known, on=by, how="left", maintain_order="left")


def _looked_up(lake: Lake, lookup: Lookup, key: PartitionKey) -> pl.DataFrame:
    """Values from the other tables of the season. A value that two tables resolve differently is left out."""
    name = lookup.column.name
    found = [pl.LazyFrame(schema={lookup.by: pl.String(), name: lookup.column.dtype})]
    for table, by in lookup.tables:
        if lake.iceberg(table.qualified) is not None:
            rows = lake.scan(table.qualified).filter(pl.col("season") == key.season)
            found.append(rows.select(pl.col(by).alias(lookup.by), name))
    pairs = pl.concat(found).unique()
    return pairs.filter(pl.len().over(lookup.by) == 1).collect()
