"""Bronze → silver: one row per key, the newest version of each, with the columns of the contract."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from functools import partial
from typing import TypeVar

import polars as pl

from quality.dataset import PROVENANCE, Endpoint, Partition, Table, registry
from tasks.lake.iceberg import PartitionKey, month_of
from tasks.lake.lake import Lake
from tasks.layers._days import DIGITS, Plan
from tasks.layers._lookup import lookup_of
from tasks.layers._memberships import Memberships, conference_columns, memberships
from tasks.layers._publish import publishing
from tasks.layers._versions import without_repeats
from tasks.layers.guard import not_believed
from tasks.layers.moved import KeyOfOtherDay, MonthKeys, Moved, moved_versions
from tasks.layers.overrides import Override, places
from tasks.layers.policy import DEFAULT_POLICY, BuildPolicy
from tasks.layers.report import LayerReport, fingerprint
from tasks.layers.slices import EASTERN_DATE, by_date, slices
from tasks.layers.sources import Source, sources
from tasks.layers.words import Words
from tasks.requests import DAY

NEWEST = tuple(column.name for column in PROVENANCE)  # fetched_at, raw_object: the order of versions

PERCENT = 1 / 100  # a factor: Polars divides a frame of one row exactly, and one of several rows by the reciprocal

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)
Days = dict[str, set[date]]  # days of the rows of each raw object, by path


def conform(
    rows: pl.DataFrame,
    table: Table,
    parts: pl.DataFrame | None = None,
    known: Memberships | None = None,
    moved: Moved | None = None,
) -> tuple[pl.DataFrame, int]:
    """Silver rows from the bronze rows of one or more responses, and how many were dropped as older or repeated.

    The response fetched last wins for each `table.version` as a whole: a game fetched again replaces all its plays.
    Rows without a key are kept, so that the check rejects them.

    Args:
        parts: rows of responses with only a part of a version, such as one player's plays of a game. They are used
            where no complete version was fetched later.
        known: teams in two conferences.
        moved: versions of which responses have rows of several days.
    """
    shaped, moved = shape(rows, table), moved or Moved()
    current, count = _newest(moved.of_winners(shaped, table), table.version), shaped.height
    if parts is not None and not parts.is_empty():
        added = shape(parts, table)
        current, count = _completed(current, moved.later(added, table), table), count + added.height
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
        (pl.col(column.name) * PERCENT).alias(column.name) if column.percent else pl.col(column.name)
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
    days = days_of_routes(lake, table, {item.raw.season for item in found})
    grouped: dict[PartitionKey, list[Source]] = {}
    for item in found:
        for key in _keys(table, item, days):
            grouped.setdefault(key, []).append(item)
    return dict(sorted(grouped.items()))


def _keys(table: Table, item: Source, days: Days) -> set[PartitionKey]:
    if table.partition is not Partition.MONTH:
        return {PartitionKey(item.raw.season if table.partition is Partition.SEASON else None)}
    return {PartitionKey(item.raw.season, month_of(day)) for day in _days(table, item, days)}


def _days(table: Table, item: Source, days: Days) -> set[date]:
    """Days of the rows that a response may have."""
    if table.source is not None and item.raw.endpoint != table.source.name:
        return days.get(item.raw.path, set())
    return {item.date - DAY, item.date} if by_date(table) else {item.date}


def days_of_routes(lake: Lake, table: Table, seasons: set[int | None]) -> Days:
    """Days of the bronze rows from routes that do not request by date, for each raw object."""
    days: Days = {}
    if table.partition is not Partition.MONTH:
        return days
    for route in _routes(table)[1:]:
        if lake.iceberg(route.bronze) is None:
            continue
        rows = lake.scan(route.bronze).filter(pl.col("season").is_in(list(seasons)))
        for path, day in rows.select("raw_object", EASTERN_DATE).unique().collect().iter_rows():
            days.setdefault(path, set()).add(day)
    return days


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
    return fingerprint(table, [*inputs, *_shared_inputs(lake, table, key, words)])


def _shared_inputs(lake: Lake, table: Table, key: PartitionKey, words: Words) -> list[str]:
    """Inputs of all days of a partition."""
    inputs = [f"{path}={word}" for name, path, word in words if any(name == route.name for route in _routes(table))]
    if conference_columns(table):
        inputs += memberships(lake, key.season).identity
    for other, _ in table.lookup.tables if table.lookup else ():
        inputs += [
            f"{other.qualified} {name} {value}"
            for name, value in lake.inputs(other).items()
            if PartitionKey.parse(name).season == key.season
        ]
    return inputs


def _by_day(
    lake: Lake, table: Table, key: PartitionKey, items: list[Source], shared: list[str], moved: Moved
) -> dict[date, str]:
    """Fingerprint of each day's inputs; none for tables without months."""
    if key.month is None:
        return {}
    days, found = days_of_routes(lake, table, {key.season}), defaultdict[date, list[str]](list)
    for item in items:
        for day in _days(table, item, days):
            if month_of(day) == key.month:
                found[day] += [item.identity, *moved.texts(item.raw.path)]
    return {day: fingerprint(table, [*shared, *texts])[:DIGITS] for day, texts in sorted(found.items())}


def build_silver(
    lake: Lake,
    table: Table,
    key: PartitionKey,
    items: list[Source],
    policy: BuildPolicy = DEFAULT_POLICY,
    *,
    rebuild_all: bool = False,
) -> LayerReport:
    """Rebuild one silver partition from bronze; values of `overrides.yaml` replace those of the source.

    Of a month, the days are built whose responses changed.

    Args:
        policy: its overrides are of all tables.
        rebuild_all: all days.

    Raises:
        ContractViolation: when too many rows violate the contract or would be removed, no rows are left, or an override
            does not fit the source any more. The previous version stays.
    """
    overrides = [item for item in policy.overrides if item.table == table]
    moved = moved_versions(lake, table, key, items)
    shared = [*_shared_inputs(lake, table, key, policy.words), *(item.identity for item in overrides)]
    wanted = _by_day(lake, table, key, items, shared, moved)
    plan = Plan.of(lake, table, key, wanted, rebuild_all=rebuild_all)
    try:
        return _built(lake, table, plan, items, policy, moved)
    except KeyOfOtherDay:
        return _built(lake, table, plan.whole(), items, policy, moved)


def _built(lake: Lake, table: Table, plan: Plan, items: list[Source], policy: BuildPolicy, moved: Moved) -> LayerReport:
    key, overrides = plan.key, [item for item in policy.overrides if item.table == table]
    add_lookup = lookup_of(lake, table, key)
    known = memberships(lake, key.season) if conference_columns(table) else None
    lasting = partial(not_believed, lake, table, key.season)
    made_from = partial(_fingerprint, lake, table, key, items, words=policy.words)
    unique, used = MonthKeys(lake, table, plan), set[Override]()
    with publishing(lake, table, plan, made_from(()), policy, may_lose=lasting) as out:
        for span, whole, parts in slices(lake, table, plan, items, policy):
            silver, dropped = conform(
                whole.collect(), table, parts.collect() if parts is not None else None, known, moved
            )
            rows = _overridden(add_lookup(silver), table, overrides)
            checked = unique.checked(rows.select(list(table.by_name)))
            used |= {item for item in overrides if not checked.good.filter(item.row).is_empty()}
            out.add(checked, dropped, span)
        used |= {item for item in overrides if unique.is_kept(item.row)}
        out.made_from(made_from(item for item in overrides if item in used))
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
