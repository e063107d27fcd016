"""Bronze → silver: one row per key, the newest version of each, columns as the contract says."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from quality.dataset import PROVENANCE, Endpoint, Partition, Table
from quality.validate import check
from tasks.bronze import Source
from tasks.iceberg import PartitionKey, month_of, next_month
from tasks.lake import Lake
from tasks.layers import LayerReport, fingerprint, keep_rejects

NEWEST = tuple(column.name for column in PROVENANCE)  # fetched_at, raw_object: the order of versions


def conform(rows: pl.DataFrame, table: Table) -> tuple[pl.DataFrame, int]:
    """Bronze rows of one or more responses as silver rows, and how many were dropped as older or repeated.

    The response fetched last wins for each `table.version` as a whole: a game fetched again replaces all its plays.
    Rows without a key are kept, for the check to reject by name.
    """
    shaped = _shape(rows, table)
    current = _newest(shaped, table)
    distinct = _without_repeats(current, table)
    return distinct.sort(table.sort), shaped.height - distinct.height


def _shape(rows: pl.DataFrame, table: Table) -> pl.DataFrame:
    if table.explode is not None:
        rows = rows.filter(pl.col(table.explode).list.len() > 0).explode(table.explode).unnest(table.explode)
    rows = rows.with_columns(item.expr.alias(item.column.name) for item in table.derived)
    return rows.select(
        (pl.col(column.name) / 100).alias(column.name) if column.percent else pl.col(column.name)
        for column in table.columns
    )


def _newest(rows: pl.DataFrame, table: Table) -> pl.DataFrame:
    # One column after the other: the maximum of a struct is silently null.
    for order in NEWEST:
        rows = rows.filter(pl.col(order) == pl.col(order).max().over(table.version))
    return rows


def _without_repeats(rows: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Rows that are equal in everything count once; equal keys with other values stay, for the check to reject."""
    if not rows.select(pl.struct(table.key).is_duplicated().any()).item():
        return rows
    return rows.filter(pl.struct(*table.key, pl.struct(pl.all()).hash()).is_first_distinct())


def silver_partitions(table: Table, found: list[Source]) -> dict[PartitionKey, list[Source]]:
    """The responses that each silver partition is made from.

    A month of plays, by US Eastern date, needs the UTC dates of that month and the first of the next.
    """
    grouped: dict[PartitionKey, list[Source]] = {}
    for item in found:
        for key in _keys(table, item):
            grouped.setdefault(key, []).append(item)
    return dict(sorted(grouped.items()))


def _keys(table: Table, item: Source) -> set[PartitionKey]:
    if table.partition is Partition.MONTH:
        days = (item.date - timedelta(days=1), item.date)
        return {PartitionKey(item.raw.season, month_of(day)) for day in days}
    return {PartitionKey(item.raw.season if table.partition is Partition.SEASON else None)}


def stale_silver(lake: Lake, table: Table, found: list[Source]) -> dict[PartitionKey, str]:
    """Silver partitions to rebuild, with the fingerprint they will carry."""
    known = lake.inputs(table)
    wanted = {
        key: fingerprint(table, (item.raw.path for item in items))
        for key, items in silver_partitions(table, found).items()
    }
    return {key: inputs for key, inputs in wanted.items() if known.get(str(key)) != inputs}


def build_silver(lake: Lake, endpoint: Endpoint, table: Table, key: PartitionKey, inputs: str) -> LayerReport:
    """Replace one silver partition from bronze.

    Raises:
        ContractViolation: when too many rows break the contract, or nothing is left; the old version stays.
    """
    report = LayerReport(table.qualified, str(key))
    bronze = lake.scan(endpoint.bronze)
    if key.season is not None:
        bronze = bronze.filter(pl.col("season") == key.season)
    with lake.replace(table, key, inputs) as out:
        for rows in _slices(bronze, key):
            silver, dropped = conform(rows.collect(), table)
            checked = check(silver, table)
            report.count(checked, dropped)
            out.add(checked)
        keep_rejects(lake, report)
        report.require_enough()
    return report


def _slices(bronze: pl.LazyFrame, key: PartitionKey) -> list[pl.LazyFrame]:
    """Bronze rows in pieces that fit in memory: a day of plays at a time, whole tables otherwise."""
    if key.month is None:
        return [bronze]
    days = (next_month(key.month) - key.month).days
    dates = [key.month + timedelta(days=offset) for offset in range(days)]
    eastern = pl.col("start_at").dt.convert_time_zone("America/New_York").dt.date()
    return [bronze.filter(pl.col("date").is_between(day, day + timedelta(days=1)) & (eastern == day)) for day in dates]
