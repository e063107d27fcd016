"""Judges a response when it arrives: whether its rows can be used, and how many rows it has for each game."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock

import orjson
import polars as pl

from quality.dataset import Endpoint
from quality.validate import check
from tasks.errors import ContractViolation
from tasks.lake.raw import Envelope, RawObject, Tally
from tasks.layers._tally import as_json, skim_tally, tally_of
from tasks.layers.bronze import rules_of, typed
from tasks.layers.earlier import Earlier
from tasks.layers.report import LayerReport, fingerprint
from tasks.layers.sources import Source, partition_of
from tasks.requests import Request

SMALL = 65_536  # bytes; smaller bodies are read in full: the message of an error is never larger
EXCERPT = 200  # maximum of characters of a body in a message
ONE_AT_A_TIME = Lock()  # bodies that are read in full or compared, to limit memory


@dataclass(frozen=True)
class Inspection:
    """The envelope, completed by what the body says, and why the response is rejected, or None."""

    envelope: Envelope
    defect: str | None = None


def inspect(
    endpoint: Endpoint, request: Request, envelope: Envelope, body: bytes, *, earlier: Earlier | None
) -> Inspection:
    """Count the records of a response, and reject it if none of them is a row of the endpoint.

    A response to a request that had rows before is read in full, so that only rows which satisfy the contract count. If
    there are none, it is rejected. The first response to a request is only counted: if the contract has changed, raw
    must keep it until our contract is updated. A body without any field of the endpoint, such as `{"message": "..."}`,
    is always rejected.

    A body equal to one that was read in full by the same contract is not read again.

    Args:
        envelope: without records and tally.
        earlier: the newest good response to the request that has rows.
    """
    contract = contract_of(endpoint)
    if earlier is not None:
        with ONE_AT_A_TIME:
            envelope = replace(envelope, repeats=earlier.repeated_by(envelope, body))
    if earlier is not None and earlier.settles(envelope, contract):
        known = earlier.envelope
        return Inspection(replace(envelope, records=known.records, tally=known.tally, checked_by=contract))
    try:
        records, tally = skim_tally(body, endpoint, request.season, datetime.fromisoformat(envelope.fetched_at))
    except ContractViolation as error:
        return Inspection(envelope, str(error))
    known = replace(envelope, records=records)
    if not records:
        return Inspection(_with(known, ({}, frozenset())))
    if tally is not None and earlier is None and len(body) > SMALL:
        return Inspection(_with(known, tally))
    return _read_in_full(endpoint, request, known, body, tally, contract, had_rows=earlier is not None)


def _read_in_full(
    endpoint: Endpoint,
    request: Request,
    known: Envelope,
    body: bytes,
    tally: Tally | None,
    contract: str,
    *,
    had_rows: bool,
) -> Inspection:
    """Judge a response by the rows that satisfy the contract."""
    fetched_at = datetime.fromisoformat(known.fetched_at)
    raw = RawObject(fetched_at, "", endpoint.name, request.season, request.key)
    with ONE_AT_A_TIME:
        rows, reason = _good_rows(endpoint, Source(raw, known), body)
        if rows.is_empty() and not _resembles(endpoint, body):
            return Inspection(known, f"the body has no field of {endpoint.path}: {_excerpt(body)}")
    if rows.is_empty() and had_rows:
        return Inspection(
            known,
            f"none of its {known.records:,} records can be used ({reason}), where an earlier response has rows; the "
            "previous version stays in place",
        )
    if had_rows or tally is None:
        tally, known = tally_of(rows, endpoint, request.season, fetched_at), replace(known, checked_by=contract)
    return Inspection(_with(known, tally))


def contract_of(endpoint: Endpoint) -> str:
    """Fingerprint of what decides which records of a body are rows."""
    return fingerprint(endpoint.table, [str(endpoint.record)])


def _with(envelope: Envelope, tally: Tally) -> Envelope:
    rows, open_games = as_json(tally)
    return replace(envelope, tally=dict(rows), open_games=open_games)


def _good_rows(endpoint: Endpoint, source: Source, body: bytes) -> tuple[pl.DataFrame, str]:
    """The rows that satisfy the contract, and the reason if there are none."""
    report = LayerReport(endpoint.bronze, "")
    try:
        rows = typed(body, endpoint, source, report)
    except ContractViolation as error:
        return pl.DataFrame(schema={column.name: column.dtype for column in endpoint.columns}), str(error)
    report.count(checked := check(rows, endpoint.table, rules_of(endpoint, partition_of(endpoint, source))))
    frozen = [str(drift) for drift in report.drift if drift.action == "freeze"]
    reason = "; ".join(frozen[:1]) or ", ".join(f"{rule} ({count})" for rule, count in report.by_rule.most_common(2))
    return (checked.good.clear() if frozen else checked.good), reason


def _resembles(endpoint: Endpoint, body: bytes) -> bool:
    """Whether any record has a field of the endpoint that is not null. Only small bodies can be something else."""
    if len(body) > SMALL:
        return True
    content = orjson.loads(body)
    names = {item.wire for item in endpoint.record}
    records = content if isinstance(content, list) else [content]
    return any(record.get(name) is not None for record in records for name in names if isinstance(record, dict))


def _excerpt(body: bytes) -> str:
    text = " ".join(body[: 5 * EXCERPT].decode("utf-8", "replace").split())
    return text if len(text) <= EXCERPT else f"{text[:EXCERPT]}…"
