"""Raw → bronze: the newest good response to each request, typed one to one, partition by partition."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

import polars as pl

from quality.calendar import EASTERN
from quality.columns import DATE, INT, TIMESTAMP, snake_case
from quality.dataset import AS_OF, UNKNOWN, Endpoint, Partition, Pattern
from quality.validate import RowRule, check, empty_quarantine
from tasks.errors import ContractViolation
from tasks.lake.iceberg import PartitionKey, month_of
from tasks.lake.lake import Lake
from tasks.lake.raw import Envelope, RawObject
from tasks.layers.guard import Verdicts, holds, verdicts
from tasks.layers.report import LayerReport, fingerprint, keep_rejects
from tasks.parsing.bounds import MAX_BYTES, too_large
from tasks.parsing.drift import Reject
from tasks.parsing.parse import parse
from tasks.requests import is_cut, season_opens

CHUNK_BYTES = 32 << 20  # response bytes that are typed and written at a time, to limit memory


@dataclass(frozen=True)
class Source:
    """A raw object with its envelope, and which of its rows are used.

    Attributes:
        without: games that are held back from it, because an earlier response has more of them.
        only: the games that are still taken from it, if a later response replaces it for all others.
    """

    raw: RawObject
    envelope: Envelope
    without: frozenset[int] = frozenset()
    only: frozenset[int] | None = None

    @property
    def identity(self) -> str:
        """The response and the part of it that is used, as text: an input of a fingerprint."""
        parts = [self.raw.path]
        for word, games in (("without", self.without), ("only", self.only or ())):
            parts += [f"{word} {','.join(map(str, sorted(games)))}"] if games else []
        return " ".join(parts)

    def used(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows that are used."""
        if self.only is not None:
            return rows.filter(pl.col("game_id").is_in(list(self.only)))
        if self.without:
            return rows.filter(~pl.col("game_id").is_in(list(self.without)).fill_null(value=False))
        return rows

    @property
    def date(self) -> date:
        """UTC date of the request; for a snapshot the US Eastern day on which it was taken."""
        requested = self.envelope.params.get("date")
        return date.fromisoformat(requested[:10]) if requested else self.raw.fetched_at.astimezone(EASTERN).date()


def sources(lake: Lake, endpoint: Endpoint, season: int | None, *, at_opening: bool = False) -> list[Source]:
    """The newest response with rows to each request, oldest first. Of snapshots, every response with rows.

    An empty response does not remove rows; its request is sent again later. A response that was truncated at the row
    cap is left out, because the two halves of its window contain its rows and more. Games of which the newest response
    has too few rows are taken from the response before (tasks/layers/guard.py).

    Args:
        at_opening: ignore responses that were fetched after the season opened.
    """
    held = verdicts(holds(lake, endpoint, season))
    found = _newest_with_rows(lake, _histories(lake, endpoint, season, held.rejected, at_opening=at_opening))
    complete = [item for item in found if not is_cut(endpoint, item.envelope.records)]
    return sorted(_divided(lake, endpoint, complete, held), key=lambda item: item.raw)


def _divided(lake: Lake, endpoint: Endpoint, newest: list[Source], held: Verdicts) -> list[Source]:
    """The newest responses without the games that are held back, and the earlier ones that have these games."""
    paths = {item.raw.path for item in newest}
    found = [replace(item, without=held.without.get(item.raw.path, frozenset())) for item in newest]
    earlier = [raw for raw in held.only if raw.endpoint == endpoint.name and raw.path not in paths]
    return found + [replace(item, only=held.only[item.raw]) for item in _with_envelopes(lake, earlier)]


def _histories(
    lake: Lake, endpoint: Endpoint, season: int | None, rejected: Container[str], *, at_opening: bool
) -> list[list[RawObject]]:
    """The responses to each request that are not held back, newest first. Each snapshot is a history of its own."""
    histories = [
        [item for item in versions if item.path not in rejected]
        for versions in lake.raw.history(endpoint.name, season).values()
    ]
    if at_opening:
        histories = [[item for item in versions if _is_early(item)] for versions in histories]
    if endpoint.snapshots:
        return [[version] for versions in histories for version in versions]
    return histories


def _newest_with_rows(lake: Lake, histories: list[list[RawObject]]) -> list[Source]:
    """The newest response with rows of each history. Older ones are read only where the newer is empty."""
    found: list[Source] = []
    while pending := [versions for versions in histories if versions]:
        newest = _with_envelopes(lake, [versions[0] for versions in pending])
        found += [item for item in newest if item.envelope.records]
        histories = [versions[1:] for versions, item in zip(pending, newest, strict=True) if not item.envelope.records]
    return found


def _with_envelopes(lake: Lake, objects: list[RawObject]) -> list[Source]:
    envelopes = lake.raw.envelopes([item.path for item in objects])
    return [Source(item, envelopes[item.path]) for item in objects]


def _is_early(item: RawObject) -> bool:
    return item.season is not None and item.fetched_at < season_opens(item.season)


def partition_of(endpoint: Endpoint, source: Source) -> PartitionKey:
    """Bronze partition of a response."""
    if endpoint.partition is Partition.MONTH:
        return PartitionKey(source.raw.season, month_of(source.date))
    return PartitionKey(source.raw.season if endpoint.partition is Partition.SEASON else None)


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


def build_bronze(lake: Lake, endpoint: Endpoint, key: PartitionKey, items: list[Source]) -> LayerReport:
    """Rebuild one bronze partition from its responses.

    Raises:
        NotPublished: when too many rows violate the contract, or the policy freezes on the drift; the previous version
            stays.
    """
    report = LayerReport(endpoint.bronze, str(key))
    inputs = fingerprint(endpoint.table, (item.identity for item in items))
    with lake.replace(endpoint.table, key, inputs) as out:
        for chunk in _chunks(items):
            frame = pl.concat([_usable(lake, endpoint, item, report) for item in chunk])
            checked = check(frame, endpoint.table, rules_of(endpoint, key))
            report.count(checked)
            out.add(checked)
        keep_rejects(lake, report)
        report.require_no_freeze()
        report.require_enough()
    return report


def _chunks(items: list[Source]) -> Iterator[list[Source]]:
    chunk: list[Source] = []
    for item in items:
        if chunk and sum(other.envelope.bytes for other in chunk) + item.envelope.bytes > CHUNK_BYTES:
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
        report.refuse(item.raw.path, str(error))
    if (older := _older(lake, endpoint, item)) is not None:
        return _usable(lake, endpoint, older, report)
    return pl.DataFrame(schema={column.name: column.dtype for column in endpoint.columns})


def _older(lake: Lake, endpoint: Endpoint, item: Source) -> Source | None:
    """The newest response with rows to the same request before a given one. Snapshots do not replace each other."""
    if endpoint.snapshots:
        return None
    versions = lake.raw.history(endpoint.name, item.raw.season).get((item.raw.season, item.raw.key), [])
    return next(iter(_newest_with_rows(lake, [[other for other in versions if other < item.raw]])), None)


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
    report.reject(_rejected(parsed.rejects, item.raw.path))
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


def _rejected(rejects: list[Reject], path: str) -> pl.DataFrame:
    rows = [
        {"rule": item.rule, "column_name": item.column, "value": item.value, "raw_object": path, "record": item.record}
        for item in rejects
    ]
    return pl.DataFrame(rows, schema=empty_quarantine().schema)


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
