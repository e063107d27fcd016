"""Bronze rows of a silver partition, in pieces that fit in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

import polars as pl

from quality.calendar import eastern_date
from quality.dataset import AS_OF, Endpoint, Pattern, Table, registry
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake
from tasks.layers._days import Plan, Span
from tasks.layers.bronze import CHUNK_BYTES, bytes_of, statement
from tasks.layers.policy import BuildPolicy
from tasks.layers.sources import Source
from tasks.requests import DAY

EASTERN_DATE = eastern_date(pl.col("start_at"))

Slice = tuple[Span | None, pl.LazyFrame, pl.LazyFrame | None]


def slices(lake: Lake, table: Table, plan: Plan, items: list[Source], policy: BuildPolicy) -> Iterator[Slice]:
    """Bronze rows in pieces, complete versions and parts: spans of days of a month, or whole tables."""
    if table.at_opening and table.source is not None:
        rows = [statement(lake, policy.adjusted(table.source), item)[0] for item in items]
        yield None, pl.concat(rows).lazy().select(list(_needed(table))), None
        return
    complete, partial = routes_used(table, items)
    for span in _spans(table, plan, items):
        whole = [_bronze(lake, table, route, plan.key, span) for route in complete]
        parts = [_bronze(lake, table, route, plan.key, span) for route in partial]
        yield span, pl.concat(whole or [pl.LazyFrame(schema=_needed(table))]), pl.concat(parts) if parts else None


def routes_used(table: Table, items: list[Source]) -> tuple[list[Endpoint], list[Endpoint]]:
    """The routes of some responses: those with complete versions of rows, and those with parts."""
    used = {item.raw.endpoint for item in items}
    routes = [route for route in registry().routes(table.source) if route.name in used] if table.source else []
    return [route for route in routes if not route.partial], [route for route in routes if route.partial]


def _spans(table: Table, plan: Plan, items: list[Source]) -> list[Span | None]:
    """Spans of days to build; one None for a partition without days.

    Games of a US Eastern date are in the responses for that UTC date and the next.
    """
    if not plan.wanted:
        return [None]
    sizes = Counter[date]()
    for item in items:
        if not by_date(table) or "date" in item.envelope.params:
            sizes[item.date] += item.envelope.bytes
    later = DAY if by_date(table) else 0 * DAY
    return [*plan.spans(lambda span: bytes_of(sizes, (span[0], span[1] + later)), CHUNK_BYTES)]


def by_date(table: Table) -> bool:
    """Whether the responses of a table are for UTC dates, and its rows of US Eastern dates."""
    return table.source is not None and table.source.pattern is Pattern.DATES


def _needed(table: Table) -> dict[str, pl.DataType]:
    """Bronze columns that a silver table needs."""
    assert table.source is not None
    used = {*table.by_name, table.explode, *(name for item in table.derived for name in item.expr.meta.root_names())}
    return {column.name: column.dtype for column in table.source.columns if column.name in used}


def _bronze(lake: Lake, table: Table, route: Endpoint, key: PartitionKey, span: Span | None) -> pl.LazyFrame:
    return bronze_rows(lake, table, route, key, span).select(list(_needed(table)))


def bronze_rows(lake: Lake, table: Table, route: Endpoint, key: PartitionKey, span: Span | None) -> pl.LazyFrame:
    """Rows of a route for a partition, or for a span of its days, with all columns."""
    rows = lake.scan(route.bronze)
    if route.table.season_column is not None and key.season is not None:
        rows = rows.filter(pl.col(route.table.season_column) == key.season)
    if span is None:
        return rows.filter(key.holds(route.table)) if key.month is not None else rows
    if not by_date(table):
        return rows.filter(pl.col(AS_OF.name).is_between(*span))
    rows = rows.filter(EASTERN_DATE.is_between(*span))
    return rows.filter(pl.col("date").is_between(span[0], span[1] + DAY)) if route.pattern is Pattern.DATES else rows
