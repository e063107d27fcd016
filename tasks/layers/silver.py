"""Bronze → silver: one row per key, the newest version of each, with the columns of the contract."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import partial
from typing import TypeVar

import polars as pl

from quality.calendar import eastern_date
from quality.dataset import PROVENANCE, Endpoint, Partition, Pattern, Table, registry
from quality.validate import check
from tasks.lake.iceberg import PartitionKey, month_of, next_month
from tasks.lake.lake import Lake
from tasks.layers._lookup import lookup_of
from tasks.layers._memberships import Memberships, conference_columns, memberships
from tasks.layers._publish import publishing
from tasks.layers._versions import without_repeats
from tasks.layers.bronze import CHUNK_BYTES, Source, sources, statement
from tasks.layers.guard import not_believed
from tasks.layers.overrides import Override, places
from tasks.layers.policy import DEFAULT_POLICY, BuildPolicy
from tasks.layers.report import LayerReport, fingerprint
from tasks.layers.words import Words
from tasks.requests import DAY

NEWEST = tuple(column.name for column in PROVENANCE)  # fetched_at, raw_object: the order of versions
EASTERN_DATE = eastern_date(pl.col("start_at"))

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)
Months = dict[str, set[date]]  # months of the rows of each raw object, by path


def conform(
    rows: pl.DataFrame,
    table: Table,
    parts: pl.DataFrame | None = None,
    known: Memberships | None = None,
) -> tuple[pl.DataFrame, int]:
    """Silver rows from the bronze rows of one or more responses, and how many were dropped as older or repeated.

    The response fetched last wins for each `table.version` as a whole: a game fetched again replaces all its plays.
    Rows without a key are kept, so that the check rejects them.

    Args:
        parts: rows of responses with only a part of a version, such as one player's plays of a game. They are used
            where no complete version was fetched later.
        known: teams in two conferences.
    """
    shaped = shape(rows, table)
    current, count = _newest(shaped, table.version), shaped.height
    if parts is not None and not parts.is_empty():
        added = shape(parts, table)
        current, count = _completed(current, added, table), count + added.height
    distinct = without_repeats(current, table, known)
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


def silver_sources(lake: Lake, table: Table, season: int | None) -> list[Source]:
    """The responses for a silver table: from its endpoint and from the more expensive routes to the same rows."""
    return [item for route in _routes(table) for item in sources(lake, route, season, at_opening=table.at_opening)]


def _routes(table: Table) -> list[Endpoint]:
    return registry().routes(table.source) if table.source else []


def silver_partitions(lake: Lake, table: Table, found: list[Source]) -> dict[PartitionKey, list[Source]]:
    """The responses for each silver partition.

    A month of plays is by US Eastern date. It needs the UTC dates of that month and the first one of the next month.
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
    """Months of the bronze rows from routes that do not request by date, for each raw object."""
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
    lake: Lake,
    table: Table,
    found: list[Source],
    overrides: Iterable[Override],
    words: Words = (),
    *,
    rebuild_all: bool = False,
) -> dict[PartitionKey, list[Source]]:
    """Silver partitions whose responses, lookup tables, overrides or words differ from those of their last build.

    Args:
        overrides: the current overrides of all tables.
        words: an operator's words for drift.
        rebuild_all: all partitions.
    """
    known = {} if rebuild_all else lake.inputs(table)
    placed = places(lake, table, overrides)

    def wanted(key: PartitionKey, items: list[Source]) -> str:
        return _fingerprint(lake, table, key, items, [item for item in placed if placed[item] == str(key)], words)

    grouped = silver_partitions(lake, table, found)
    return {key: items for key, items in grouped.items() if known.get(str(key)) != wanted(key, items)}


def _fingerprint(
    lake: Lake, table: Table, key: PartitionKey, items: list[Source], overrides: Iterable[Override], words: Words
) -> str:
    inputs = [*(item.identity for item in items), *(item.identity for item in overrides)]
    inputs += [f"{path}={word}" for name, path, word in words if any(name == route.name for route in _routes(table))]
    if conference_columns(table):
        inputs += memberships(lake, key.season).identity
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
    """Rebuild one silver partition from bronze; values of `overrides.yaml` replace those of the source.

    Args:
        policy: its overrides are of all tables.

    Raises:
        ContractViolation: when too many rows violate the contract or would be removed, no rows are left, or an override
            does not fit the source any more. The previous version stays.
    """
    overrides, used = [item for item in policy.overrides if item.table == table], list[Override]()
    add_lookup = lookup_of(lake, table, key)
    known = memberships(lake, key.season) if conference_columns(table) else None
    lasting = partial(not_believed, lake, table, key.season)
    made_from = partial(_fingerprint, lake, table, key, items, words=policy.words)
    with publishing(lake, table, key, made_from(()), policy, may_lose=lasting) as out:
        for whole, parts in _slices(lake, table, key, items, policy):
            silver, dropped = conform(whole.collect(), table, parts.collect() if parts is not None else None, known)
            rows = _overridden(add_lookup(silver), table, overrides)
            checked = check(rows.select(list(table.by_name)), table, table.rules)
            used += [item for item in overrides if not checked.good.filter(item.row).is_empty()]
            out.add(checked, dropped)
        out.made_from(made_from(used))
    return out.report


def _overridden(rows: pl.DataFrame, table: Table, overrides: list[Override]) -> pl.DataFrame:
    """The rows with the overrides applied, and with the columns recomputed that depend on them."""
    if not overrides:
        return rows
    for item in overrides:
        rows = item.applied(rows)
    present = {column.name for column in table.columns if not column.percent}
    again = [item for item in table.derived if present.issuperset(item.expr.meta.root_names())]
    return rows.with_columns(item.expr.alias(item.column.name) for item in again)


def _slices(
    lake: Lake, table: Table, key: PartitionKey, items: list[Source], policy: BuildPolicy
) -> Iterator[tuple[pl.LazyFrame, pl.LazyFrame | None]]:
    """Bronze rows in pieces that fit in memory, complete versions and parts: days of plays, or whole tables."""
    if table.at_opening and table.source is not None:
        rows = [statement(lake, policy.adjusted(table.source), item)[0] for item in items]
        yield pl.concat(rows).lazy().select(list(_needed(table))), None
        return
    complete, partial = _routes_used(table, items)
    for span in _spans_of(table, key, items):
        whole = [_bronze(lake, table, route, key, span) for route in complete]
        parts = [_bronze(lake, table, route, key, span) for route in partial]
        yield pl.concat(whole or [pl.LazyFrame(schema=_needed(table))]), pl.concat(parts) if parts else None


def _routes_used(table: Table, items: list[Source]) -> tuple[list[Endpoint], list[Endpoint]]:
    """The routes of some responses: those with complete versions of rows, and those with parts."""
    used = {item.raw.endpoint for item in items}
    routes = [route for route in _routes(table) if route.name in used]
    return [route for route in routes if not route.partial], [route for route in routes if route.partial]


def _spans_of(table: Table, key: PartitionKey, items: list[Source]) -> Sequence[tuple[date, date] | None]:
    """Spans of days in which a partition is read; one None for the whole partition."""
    if table.source is None or table.source.pattern is not Pattern.DATES or key.month is None:
        return [None]
    sizes = {item.date: item.envelope.bytes for item in items if "date" in item.envelope.params}
    return _spans(key.month, sizes)


def _needed(table: Table) -> dict[str, pl.DataType]:
    """Bronze columns that a silver table needs."""
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
    """A month split into spans of days whose responses are small enough to be read together.

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
