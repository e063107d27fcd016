"""Bronze → silver: one row per key, the newest version of each, columns as the contract says."""

from __future__ import annotations

from datetime import date

import polars as pl

from quality.dataset import PROVENANCE, Endpoint, Partition, Table
from quality.validate import check
from tasks.bronze import CHUNK_BYTES, Source
from tasks.iceberg import PartitionKey, month_of, next_month
from tasks.lake import Lake
from tasks.layers import LayerReport, fingerprint, keep_rejects
from tasks.plan import DAY

NEWEST = tuple(column.name for column in PROVENANCE)  # fetched_at, raw_object: the order of versions


def conform(rows: pl.DataFrame, table: Table) -> tuple[pl.DataFrame, int]:
    """Bronze rows of one or more responses as silver rows, and how many were dropped as older or repeated.

    The response fetched last wins for each `table.version` as a whole: a game fetched again replaces all its plays.
    Rows without a key are kept, for the check to reject by name.
    """
    shaped = _shape(rows, table)
    current = _newest(shaped, table)
    distinct = _without_repeats(current, table)
    return distinct.sort(table.sort, maintain_order=True), shaped.height - distinct.height


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
    return rows.filter(pl.struct(*table.key, pl.struct(pl.all()).hash().alias("content")).is_first_distinct())


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
        days = (item.date - DAY, item.date)
        return {PartitionKey(item.raw.season, month_of(day)) for day in days}
    return {PartitionKey(item.raw.season if table.partition is Partition.SEASON else None)}


def stale_silver(lake: Lake, table: Table, found: list[Source]) -> dict[PartitionKey, list[Source]]:
    """Silver partitions whose responses are not the ones they were made from."""
    known = lake.inputs(table)
    return {
        key: items
        for key, items in silver_partitions(table, found).items()
        if known.get(str(key)) != fingerprint(table, (item.raw.path for item in items))
    }


def build_silver(lake: Lake, endpoint: Endpoint, table: Table, key: PartitionKey, items: list[Source]) -> LayerReport:
    """Replace one silver partition from bronze.

    Raises:
        ContractViolation: when too many rows break the contract, or nothing is left; the old version stays.
    """
    report = LayerReport(table.qualified, str(key))
    bronze = lake.scan(endpoint.bronze)
    if key.season is not None:
        bronze = bronze.filter(pl.col("season") == key.season)
    with lake.replace(table, key, fingerprint(table, (item.raw.path for item in items))) as out:
        for rows in _slices(bronze, key, items):
            silver, dropped = conform(rows.collect(), table)
            checked = check(silver, table)
            report.count(checked, dropped)
            out.add(checked)
        keep_rejects(lake, report)
        report.require_enough()
    return report


def _slices(bronze: pl.LazyFrame, key: PartitionKey, items: list[Source]) -> list[pl.LazyFrame]:
    """Bronze rows in pieces that fit in memory: a few days of plays at a time, whole tables otherwise."""
    if key.month is None:
        return [bronze]
    eastern = pl.col("start_at").dt.convert_time_zone("America/New_York").dt.date()
    return [
        bronze.filter(pl.col("date").is_between(first, last + DAY) & eastern.is_between(first, last))
        for first, last in _spans(key.month, {item.date: item.envelope.bytes for item in items})
    ]


def _spans(month: date, sizes: dict[date, int]) -> list[tuple[date, date]]:
    """A month cut into spans of days whose responses are small enough to be handled together.

    Games of a US Eastern date are in the responses for that UTC date and the next.
    """
    spans: list[tuple[date, date]] = []
    day, room = month, 0
    while day < next_month(month):
        size = sizes.get(day + DAY, 0)
        if spans and size <= room:
            spans[-1] = (spans[-1][0], day)
        else:
            spans.append((day, day))
            room = CHUNK_BYTES - sizes.get(day, 0)
        room -= size
        day += DAY
    return spans
