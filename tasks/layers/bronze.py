"""Raw → bronze: the newest good response to each request, typed one to one, partition by partition."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, datetime
from functools import partial

import polars as pl

from quality.columns import DATE, INT, TIMESTAMP, snake_case
from quality.dataset import AS_OF, UNKNOWN, Endpoint, Partition, Pattern
from quality.validate import RowRule, check, empty_quarantine
from tasks.errors import ContractViolation
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake
from tasks.lake.replacement import Replacement
from tasks.layers._days import DIGITS, Plan, Span
from tasks.layers._responses import Responses
from tasks.layers.report import LayerReport, fingerprint, keep_rejects
from tasks.layers.sources import Source, newest_with_rows, partition_of
from tasks.parsing.bounds import MAX_BYTES, too_large
from tasks.parsing.drift import Reject
from tasks.parsing.parse import parse

CHUNK_BYTES = 32 << 20  # response bytes that are typed and written at a time, to limit memory
PIECE_BYTES = 8 << 20  # of a piece of a season: all of it is read again when one of its responses changes


def stale_partitions(
    lake: Lake, endpoint: Endpoint, found: list[Source], *, rebuild_all: bool = False
) -> dict[PartitionKey, list[Source]]:
    """Partitions whose responses differ from those of their last build; with `rebuild_all`, all partitions."""
    grouped: dict[PartitionKey, list[Source]] = defaultdict(list)
    for item in found:
        grouped[partition_of(endpoint, item)].append(item)
    known = {} if rebuild_all else lake.inputs(endpoint.table)
    return {
        key: items
        for key, items in sorted(grouped.items())
        if known.get(str(key)) != fingerprint(endpoint.table, (item.identity for item in items))
    }


def build_bronze(
    lake: Lake, endpoint: Endpoint, key: PartitionKey, items: list[Source], *, rebuild_all: bool = False
) -> LayerReport:
    """Rebuild one bronze partition from its responses: of a month, the days whose responses changed; of others, these.

    Args:
        rebuild_all: everything.

    Raises:
        NotPublished: when too many rows violate the contract, or the policy freezes on the drift; the previous version
            stays.
    """
    report = LayerReport(endpoint.bronze, str(key))
    inputs = fingerprint(endpoint.table, (item.identity for item in items))
    by_day = endpoint.partition is Partition.MONTH
    days = Plan.of(lake, endpoint.table, key, _by_day(endpoint, items), rebuild_all=rebuild_all)
    plan = days if by_day else Responses.of(lake, endpoint.table, key, items, rebuild_all=rebuild_all)
    with lake.replace(endpoint.table, plan.part, inputs) as out:
        out.may_be_empty = plan.kept_rows > 0
        for chunk, piece in _chunks(plan, items, report, out):
            with piece:
                frame = pl.concat([_usable(lake, endpoint, item, report) for item in chunk])
                checked = check(frame, endpoint.table, rules_of(endpoint, key))
                report.count(checked)
                out.add(checked)
        out.days = plan.conclude(report)
        keep_rejects(lake, report, days.days)
        report.require_no_freeze()
        report.require_enough()
    return report


def _by_day(endpoint: Endpoint, items: list[Source]) -> dict[date, str]:
    """Fingerprint of each day's responses; none for tables without months."""
    if endpoint.partition is not Partition.MONTH:
        return {}
    days: dict[date, list[str]] = defaultdict(list)
    for item in items:
        days[item.date].append(item.identity)
    return {day: fingerprint(endpoint.table, found)[:DIGITS] for day, found in days.items()}


def _chunks(
    plan: Plan | Responses, items: list[Source], report: LayerReport, out: Replacement
) -> Iterator[tuple[list[Source], AbstractContextManager[None]]]:
    """Responses that are typed and written together: those of neighbouring days, or any in a table without months.

    Each with a block that records them as a piece.
    """
    if isinstance(plan, Responses):
        found = plan.to_read(items)
        size = PIECE_BYTES if plan.wanted else CHUNK_BYTES
        yield from ((chunk, plan.piece(report, out, chunk)) for run in found for chunk in _pieces(run, size))
        return
    sizes = Counter[date]()
    for item in items:
        sizes[item.date] += item.envelope.bytes
    for first, last in plan.spans(partial(bytes_of, sizes), CHUNK_BYTES):
        yield [item for item in items if first <= item.date <= last], plan.piece(report, (first, last))


def bytes_of(sizes: Mapping[date, int], span: Span) -> int:
    """Bytes of the responses of a span of days."""
    return sum(size for day, size in sizes.items() if span[0] <= day <= span[1])


def _pieces(items: list[Source], size: int) -> Iterator[list[Source]]:
    chunk: list[Source] = []
    for item in items:
        if chunk and sum(other.envelope.bytes for other in chunk) + item.envelope.bytes > size:
            yield chunk
            chunk = []
        chunk.append(item)
    if chunk:
        yield chunk


def _usable(lake: Lake, endpoint: Endpoint, item: Source, report: LayerReport) -> pl.DataFrame:
    """The rows of a response. If it cannot be used, it is reported, and an older response to its request counts.

    Responses are checked before raw calls them good, but an older release may have kept one that is beyond the bounds.
    """
    try:
        return _typed(lake, endpoint, item, report)
    except ContractViolation as error:
        report.refuse(item.raw.path, str(error), _day(endpoint, item))
    if (older := _older(lake, endpoint, item)) is not None:
        return _usable(lake, endpoint, older, report)
    return pl.DataFrame(schema={column.name: column.dtype for column in endpoint.columns})


def _older(lake: Lake, endpoint: Endpoint, item: Source) -> Source | None:
    """The newest response with rows to the same request before a given one. Snapshots do not replace each other."""
    if endpoint.snapshots:
        return None
    versions = lake.raw.history(endpoint.name, item.raw.season).get((item.raw.season, item.raw.key), [])
    return next(iter(newest_with_rows(lake, [[other for other in versions if other < item.raw]])), None)


def _typed(lake: Lake, endpoint: Endpoint, item: Source, report: LayerReport) -> pl.DataFrame:
    if item.envelope.bytes > MAX_BYTES:
        raise too_large(f"{item.envelope.bytes:,} bytes")
    _, body = lake.raw.body(item.raw.path)
    of_rest = LayerReport(endpoint.bronze, "")  # other rows of an earlier response were reported when it was in force
    return item.used(typed(body, endpoint, item, report if item.only is None else of_rest))


def typed(body: bytes, endpoint: Endpoint, item: Source, report: LayerReport) -> pl.DataFrame:
    """The rows of a body in the columns of bronze. Drift and rejected records are added to the report."""
    envelope, parsed = item.envelope, parse(body, endpoint)
    report.add_drift(replace(drift, raw_object=item.raw.path) for drift in parsed.drift)
    report.reject(_rejected(parsed.rejects, item.raw.path, _day(endpoint, item)))
    known = {snake_case(name): value for name, value in envelope.params.items()}
    known |= {"season": str(item.raw.season), AS_OF.name: item.date.isoformat()}
    injected = [
        pl.lit(_injected(column.dtype, known[column.name]), dtype=column.dtype).alias(column.name)
        for column in endpoint.of_request
    ]
    return parsed.frame.with_columns(
        *injected,
        parsed.unknown_fields.alias(UNKNOWN.name),
        fetched_at=pl.lit(datetime.fromisoformat(envelope.fetched_at), dtype=TIMESTAMP),
        raw_object=pl.lit(item.raw.path),
    )


def statement(lake: Lake, endpoint: Endpoint, item: Source) -> tuple[pl.DataFrame, set[str]]:
    """The rows of one response that satisfy the contract, and the columns that are missing from it.

    A response on which the dataset's policy freezes has no rows here, because it was never published.

    Raises:
        ContractViolation: when the response as a whole cannot be used.
    """
    report = LayerReport(endpoint.bronze, str(partition_of(endpoint, item)))
    frame = _typed(lake, endpoint, item, report)
    good = check(frame, endpoint.table, rules_of(endpoint, partition_of(endpoint, item))).good
    frozen = any(drift.action == "freeze" for drift in report.drift)
    missing = {drift.column for drift in report.drift if drift.kind == "missing column"}
    return good.clear() if frozen else good, missing


def _injected(dtype: pl.DataType, text: str) -> object:
    if dtype == INT:
        return int(text)
    return date.fromisoformat(text[:10]) if dtype == DATE else text


def _rejected(rejects: list[Reject], path: str, day: date | None) -> pl.DataFrame:
    found = [(item.rule, item.column, item.value, path, item.record, day) for item in rejects]
    return pl.DataFrame(found, schema=empty_quarantine().schema, orient="row")


def _day(endpoint: Endpoint, item: Source) -> date | None:
    return item.date if endpoint.partition is Partition.MONTH else None


def rules_of(endpoint: Endpoint, key: PartitionKey) -> list[RowRule]:
    """Rows must match the request. The season is read from the payload and checked, never assumed."""
    rules = []
    season = endpoint.table.season_column
    if key.season is not None and season is not None:
        rules.append(RowRule(f"{season} is the one asked for", season, pl.col(season) == key.season))
    if endpoint.pattern is Pattern.DATES:
        start, day = pl.col("start_at").dt.replace_time_zone(None), pl.col("date")
        inside = start.is_between(day.cast(pl.Datetime("us")), day.dt.offset_by("1d").cast(pl.Datetime("us")))
        rules.append(RowRule("starts on the date asked for", "start_at", inside))
    return rules
