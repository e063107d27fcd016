"""Bronze → silver: one row per key, the newest version of each, columns as the contract says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TypeVar

import polars as pl

from quality.calendar import eastern_date
from quality.dataset import PROVENANCE, Endpoint, Lookup, Partition, Pattern, Table, registry
from quality.validate import check
from tasks.lake.iceberg import PartitionKey, month_of, next_month
from tasks.lake.lake import Lake
from tasks.layers._publish import publishing
from tasks.layers.bronze import CHUNK_BYTES, Source, sources, statement
from tasks.layers.overrides import Override, places
from tasks.layers.policy import DEFAULT_POLICY, BuildPolicy
from tasks.layers.report import LayerReport, fingerprint
from tasks.requests import DAY

NEWEST = tuple(column.name for column in PROVENANCE)  # fetched_at, raw_object: the order of versions
EASTERN_DATE = eastern_date(pl.col("start_at"))

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)
Months = dict[str, set[date]]  # of the rows of a raw object


def conform(rows: pl.DataFrame, table: Table, parts: pl.DataFrame | None = None) -> tuple[pl.DataFrame, int]:
    """Bronze rows of one or more responses as silver rows, and how many were dropped as older or repeated.

    The response fetched last wins for each `table.version` as a whole: a game fetched again replaces all its plays.
    Rows without a key are kept, for the check to reject by name.

    Args:
        parts: rows of responses that bring less than a whole version, one player's plays of a game. They are taken
            where nothing fetched later has the whole.
    """
    shaped = shape(rows, table)
    current, count = _newest(shaped, table.version), shaped.height
    if parts is not None and not parts.is_empty():
        added = shape(parts, table)
        current, count = _completed(current, added, table), count + added.height
    distinct = without_repeats(current, table)
    return distinct.sort(table.sort, maintain_order=True), count - distinct.height


def shape(rows: Frame, table: Table) -> Frame:
    """Bronze rows in a silver table's columns: lists exploded, columns computed, percentages as fractions."""
    if table.explode is not None:
        rows = rows.filter(pl.col(table.explode).list.len() > 0).explode(table.explode).unnest(table.explode)
    computed = [item.expr.alias(item.column.name) for item in table.derived]
    if table.lookup is not None:
        computed.append(pl.lit(None, dtype=table.lookup.column.dtype).alias(table.lookup.column.name))
    return rows.with_columns(computed).select(
        (pl.col(column.name) / 100).alias(column.name) if column.percent else pl.col(column.name)
        for column in table.columns
    )


def _newest(rows: pl.DataFrame, version: tuple[str, ...]) -> pl.DataFrame:
    # One column after the other: the maximum of a struct is silently null.
    for order in NEWEST:
        rows = rows.filter(pl.col(order) == pl.col(order).max().over(version))
    return rows


def _completed(whole: pl.DataFrame, parts: pl.DataFrame, table: Table) -> pl.DataFrame:
    known = whole.group_by(table.version).agg(known_at=pl.col("fetched_at").max())
    fresh = parts.join(known, on=table.version, how="left", maintain_order="left")
    fresh = fresh.filter((pl.col("fetched_at") > pl.col("known_at")).fill_null(value=True)).drop("known_at")
    return _newest(pl.concat([whole, fresh]), table.key)


def without_repeats(rows: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Rows that are equal in everything count once; equal keys with other values stay, for the check."""
    if not rows.select(pl.struct(table.key).is_duplicated().any()).item():
        return rows
    if table.prefer:
        best = rows.sort(table.prefer, descending=True, nulls_last=True, maintain_order=True)
        return best.filter(pl.struct(table.key).is_first_distinct())
    return rows.filter(pl.struct(*table.key, pl.struct(pl.all()).hash().alias("content")).is_first_distinct())


def silver_sources(lake: Lake, table: Table, season: int | None) -> list[Source]:
    """The responses that a silver table is made from: of its endpoint and of the dearer routes to the same rows."""
    return [item for route in _routes(table) for item in sources(lake, route, season, at_opening=table.at_opening)]


def _routes(table: Table) -> list[Endpoint]:
    return registry().routes(table.source) if table.source else []


def silver_partitions(lake: Lake, table: Table, found: list[Source]) -> dict[PartitionKey, list[Source]]:
    """The responses that each silver partition is made from.

    A month of plays, by US Eastern date, needs the UTC dates of that month and the first of the next.
    """
    months = months_of_routes(lake, table, {item.raw.season for item in found})
    grouped: dict[PartitionKey, list[Source]] = {}
    for item in found:
        for key in _keys(table, item, months):
            grouped.setdefault(key, []).append(item)
    return dict(sorted(grouped.items()))


def _keys(table: Table, item: Source, months: Months) -> set[PartitionKey]:
    if table.partition is not Partition.MONTH:
        return {PartitionKey(item.raw.season if table.partition is Partition.SEASON else None)}
    if table.source is not None and item.raw.endpoint != table.source.name:
        days = months.get(item.raw.path, set())
    elif table.source is not None and table.source.pattern is Pattern.DATES:
        days = {item.date - DAY, item.date}
    else:
        days = {item.date}
    return {PartitionKey(item.raw.season, month_of(day)) for day in days}


def months_of_routes(lake: Lake, table: Table, seasons: set[int | None]) -> Months:
    """Months of the rows in bronze that came by routes which do not ask by date, by raw object."""
    months: Months = {}
    if table.partition is not Partition.MONTH:
        return months
    for route in _routes(table)[1:]:
        if lake.iceberg(route.bronze) is None:
            continue
        rows = lake.scan(route.bronze).filter(pl.col("season").is_in(list(seasons)))
        for path, day in rows.select("raw_object", EASTERN_DATE.dt.month_start()).unique().collect().iter_rows():
            months.setdefault(path, set()).add(day)
    return months


def stale_silver(
    lake: Lake, table: Table, found: list[Source], overrides: Iterable[Override], *, anew: bool = False
) -> dict[PartitionKey, list[Source]]:
    """Silver partitions whose responses, looked-up tables or overrides are not those they were made from; `anew`: all.

    Args:
        overrides: of all tables, as they stand.
    """
    known = {} if anew else lake.inputs(table)
    ours: dict[str, list[Override]] = {}
    for item, place in places(lake, table, overrides).items():
        ours.setdefault(place, []).append(item)
    return {
        key: items
        for key, items in silver_partitions(lake, table, found).items()
        if known.get(str(key)) != _fingerprint(lake, table, key, items, ours.get(str(key), []))
    }


def _fingerprint(
    lake: Lake, table: Table, key: PartitionKey, items: list[Source], overrides: Iterable[Override]
) -> str:
    inputs = [*(item.raw.path for item in items), *(item.identity for item in overrides)]
    for other, _ in table.lookup.tables if table.lookup else ():
        inputs += [
            f"{other.qualified} {name} {value}"
            for name, value in lake.inputs(other).items()
            if PartitionKey.parse(name).season == key.season
        ]
    return fingerprint(table, inputs)


def build_silver(
    lake: Lake, table: Table, key: PartitionKey, items: list[Source], policy: BuildPolicy = DEFAULT_POLICY
) -> LayerReport:
    """Replace one silver partition from bronze; values of `overrides.yaml` replace those of the source.

    Args:
        policy: its overrides are of all tables.

    Raises:
        ContractViolation: when too many rows break the contract or would be gone, nothing is left, or an override does
            not fit the source any more; the old version stays.
    """
    overrides, used = [item for item in policy.overrides if item.table == table], list[Override]()
    known = _looked_up(lake, table.lookup, key) if table.lookup else None
    with publishing(lake, table, key, _fingerprint(lake, table, key, items, ()), policy) as out:
        for whole, parts in _slices(lake, table, key, items):
            silver, dropped = conform(whole.collect(), table, parts.collect() if parts is not None else None)
            if known is not None and table.lookup is not None:
                silver = silver.drop(table.lookup.column.name).join(
                    known, on=table.lookup.by, how="left", maintain_order="left"
                )
            checked = check(_overridden(silver, table, overrides).select(list(table.by_name)), table)
            used += [item for item in overrides if not checked.good.filter(item.row).is_empty()]
            out.add(checked, dropped)
        out.made_from(_fingerprint(lake, table, key, items, used))
    return out.report


def _overridden(rows: pl.DataFrame, table: Table, overrides: list[Override]) -> pl.DataFrame:
    """The rows with our values in place of the source's, and what is computed from these computed again."""
    if not overrides:
        return rows
    for item in overrides:
        rows = item.applied(rows)
    present = {column.name for column in table.columns if not column.percent}
    again = [item for item in table.derived if present.issuperset(item.expr.meta.root_names())]
    return rows.with_columns(item.expr.alias(item.column.name) for item in again)


def _looked_up(lake: Lake, lookup: Lookup, key: PartitionKey) -> pl.DataFrame:
    """What the other tables of the season know; of a value that two of them resolve differently, nothing."""
    name = lookup.column.name
    found = [pl.LazyFrame(schema={lookup.by: pl.String(), name: lookup.column.dtype})]
    for table, by in lookup.tables:
        if lake.iceberg(table.qualified) is not None:
            rows = lake.scan(table.qualified).filter(pl.col("season") == key.season)
            found.append(rows.select(pl.col(by).alias(lookup.by), name))
    pairs = pl.concat(found).unique()
    return pairs.filter(pl.len().over(lookup.by) == 1).collect()


def _slices(
    lake: Lake, table: Table, key: PartitionKey, items: list[Source]
) -> Iterator[tuple[pl.LazyFrame, pl.LazyFrame | None]]:
    """Bronze rows in pieces that fit in memory, wholes and parts: a few days of plays, whole tables otherwise."""
    if table.at_opening and table.source is not None:
        said = [statement(lake, table.source, item)[0] for item in items]
        yield pl.concat(said).lazy().select(list(_needed(table))), None
        return
    asked = {item.raw.endpoint for item in items}
    routes = [route for route in _routes(table) if route.name in asked]
    spans: list[tuple[date, date] | None] = [None]
    if table.source is not None and table.source.pattern is Pattern.DATES and key.month is not None:
        sizes = {item.date: item.envelope.bytes for item in items if "date" in item.envelope.params}
        spans = [*_spans(key.month, sizes)]
    for span in spans:
        whole, parts = (
            [_bronze(lake, table, route, key, span) for route in routes if route.partial is partial]
            for partial in (False, True)
        )
        yield pl.concat(whole or [pl.LazyFrame(schema=_needed(table))]), pl.concat(parts) if parts else None


def _needed(table: Table) -> dict[str, pl.DataType]:
    """Bronze columns that a silver table is computed from."""
    assert table.source is not None
    used = {*table.by_name, table.explode, *(name for item in table.derived for name in item.expr.meta.root_names())}
    return {column.name: column.dtype for column in table.source.columns if column.name in used}


def _bronze(
    lake: Lake, table: Table, route: Endpoint, key: PartitionKey, span: tuple[date, date] | None
) -> pl.LazyFrame:
    rows = lake.scan(route.bronze)
    if route.table.season_column is not None and key.season is not None:
        rows = rows.filter(pl.col(route.table.season_column) == key.season)
    if span is None:
        rows = rows.filter(key.holds(route.table)) if key.month is not None else rows
    else:
        first, last = span
        rows = rows.filter(EASTERN_DATE.is_between(first, last))
        if route.pattern is Pattern.DATES:
            rows = rows.filter(pl.col("date").is_between(first, last + DAY))
    return rows.select(list(_needed(table)))


def _spans(month: date, sizes: dict[date, int]) -> list[tuple[date, date]]:
    """A month cut into spans of days whose responses are small enough to be handled together.

    Games of a US Eastern date are in the responses for that UTC date and the next.
    """
    spans = [(month, month)]
    day, taken = month, sizes.get(month, 0) + sizes.get(month + DAY, 0)
    while (day := day + DAY) < next_month(month):
        size = sizes.get(day + DAY, 0)
        if not size or not taken or taken + size <= CHUNK_BYTES:  # a day without a response adds nothing
            spans[-1] = (spans[-1][0], day)
        else:
            spans.append((day, day))
            taken = sizes.get(day, 0)
        taken += size
    return spans
