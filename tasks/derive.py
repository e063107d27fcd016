"""Silver → silver: tables computed from other tables, partition by partition, like those made from bronze."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta

import polars as pl

from quality.dataset import Partition, Table, registry
from quality.validate import RowRule, check
from tasks.iceberg import PartitionKey, next_month
from tasks.lake import Lake
from tasks.layers import LayerReport, fingerprint, keep_rejects
from tasks.silver import without_repeats

SLICE = timedelta(days=4)  # days of plays that are exploded at a time: what bounds memory


def derivable(lake: Lake, named: Iterable[str] = ()) -> list[Table]:
    """Tables to keep up to date: all but those that are made on request, which were neither named nor made yet."""
    wanted = set(named)
    return [
        table
        for table in registry().derived()
        if not table.opt_in or table.name in wanted or lake.iceberg(table.qualified) is not None
    ]


def stale_derived(lake: Lake, table: Table) -> list[PartitionKey]:
    """Partitions whose inputs are not the ones they were made from."""
    known = lake.inputs(table)
    wanted = {key: _fingerprint(lake, table, key) for key in _keys(lake, table)}
    return [key for key, value in sorted(wanted.items()) if known.get(str(key)) != value]


def _keys(lake: Lake, table: Table) -> set[PartitionKey]:
    assert table.derivation is not None
    names = {name for other in table.derivation.of for name in lake.inputs(other)}
    if table.partition is Partition.NONE:
        return {PartitionKey()} if names else set()
    return {PartitionKey.parse(name) for name in names}


def _fingerprint(lake: Lake, table: Table, key: PartitionKey) -> str:
    assert table.derivation is not None
    inputs = [
        f"{other.qualified} {name} {value}"
        for other in table.derivation.of
        for name, value in lake.inputs(other).items()
        if key == PartitionKey() or name == str(key)
    ]
    return fingerprint(table, inputs)


def build_derived(lake: Lake, table: Table, key: PartitionKey) -> LayerReport:
    """Replace one partition from the tables that it is computed from.

    Raises:
        ContractViolation: when too many rows break the contract, or nothing is left; the old version stays.
    """
    assert table.derivation is not None
    report = LayerReport(table.qualified, str(key))
    rules = [RowRule(f"{name} is unique", name, pl.col(name).is_first_distinct()) for name in table.derivation.unique]
    with lake.replace(table, key, _fingerprint(lake, table, key)) as out:
        for frames in _inputs(lake, table, key):
            rows = table.derivation.make(*frames).select(list(table.by_name)).collect()
            distinct = without_repeats(rows, table)
            checked = check(distinct, table, rules)  # in the order of `make`: the first of a pair stays
            report.count(checked, rows.height - distinct.height)
            out.add(replace(checked, good=checked.good.sort(table.sort, maintain_order=True)))
        keep_rejects(lake, report)
        report.require_enough()
    return report


def _inputs(lake: Lake, table: Table, key: PartitionKey) -> Iterator[list[pl.LazyFrame]]:
    assert table.derivation is not None
    frames = [_scan(lake, other, key) for other in table.derivation.of]
    if key.month is None or table.month_column is None:
        yield frames
        return
    first = key.month
    while first < next_month(key.month):
        days = pl.col(table.month_column).is_between(first, first + SLICE, closed="left")
        yield [frame.filter(days) for frame in frames]
        first += SLICE


def _scan(lake: Lake, table: Table, key: PartitionKey) -> pl.LazyFrame:
    if lake.iceberg(table.qualified) is None:
        return pl.LazyFrame(schema={column.name: column.dtype for column in table.columns})
    return lake.scan(table.qualified).filter(key.holds(table))
