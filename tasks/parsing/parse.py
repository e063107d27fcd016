"""Parses a response body into a typed frame. Parsing is strict and reports everything that does not fit.

Arrow reads the whole array in one pass with the contract's types and fails on a value of another type. Only then a
slower path checks each record (tasks/parsing/_repair.py). The endpoint's policy decides about drift from the contract.
"""

from __future__ import annotations

from codecs import BOM_UTF8, getincrementaldecoder
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache

import orjson
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from quality.columns import ListOf, Record, Scalar
from quality.dataset import Endpoint
from tasks.errors import ContractViolation
from tasks.parsing._pieces import Pieces
from tasks.parsing._repair import load, repair
from tasks.parsing._salvage import NotJson, readable
from tasks.parsing.bounds import MAX_BYTES, BeyondBounds, require_bounds, require_number, too_large
from tasks.parsing.drift import Drift, Reject, Values, check_columns, check_values

ARROW: Mapping[type[pl.DataType], pa.DataType] = {
    pl.Int64: pa.int64(),
    pl.Float64: pa.float64(),
    pl.String: pa.string(),
    pl.Boolean: pa.bool_(),
    pl.Date: pa.timestamp("us", "UTC"),  # Arrow's JSON reader has no dates; the cast to the contract's type makes them
    pl.Datetime: pa.timestamp("us", "UTC"),
}
PIECE_BYTES = 2 << 20  # bytes of a body that each of Polars' threads reads at a time
UNEXPECTED = "unexpected field"  # in Arrow's message about a field that is not in the contract


@dataclass(frozen=True)
class Parsed:
    """Records of one body; there are `len(frame) + len(rejects)`.

    Attributes:
        frame: the endpoint's field columns, in order.
        unknown_fields: for each row of the frame, the fields that are not in the contract, as a JSON object.
    """

    frame: pl.DataFrame
    unknown_fields: pl.Series
    rejects: list[Reject]
    drift: list[Drift]


def skim(body: bytes, record: Record) -> tuple[int, pl.DataFrame | None]:
    """Number of records in the response's array, and a few of their columns; a single object counts as one.

    Reads the whole body without building values, so it also checks that the JSON is complete. Records that are not JSON
    count too, as long as most of the others are.

    Args:
        record: the fields to read. Without any, or if a value has another type, there is no frame.

    Raises:
        BeyondBounds: when the body is too large, too deep, or has too many records.
        ContractViolation: when the body is not JSON, or not an array of objects.
    """
    array = _as_array(body)
    try:
        return _skimmed(array, record)
    except NotJson as error:
        found = readable(array, error)
        count, frame = _skimmed(found.array, record)
        return count + len(found.rejects), frame


def _skimmed(array: bytes, record: Record) -> tuple[int, pl.DataFrame | None]:
    _require_utf8(array)
    try:
        found = _read(array, record)
    except pa.ArrowInvalid as error:
        if record.fields:
            return _skimmed(array, Record(()))
        raise NotJson(f"the body is not an array of JSON objects ({error}); the raw store has the response") from error
    arrays, names = _flatten(found, record)
    return len(found), pl.DataFrame(pa.table(arrays, names=names)) if names else None


def _as_array(body: bytes) -> bytes:
    """The body as an array; a single object becomes an array of one.

    Raises:
        BeyondBounds: when it must not be parsed.
        ContractViolation: when it is neither.
    """
    if len(body) > MAX_BYTES:
        raise too_large(f"{len(body):,} bytes")
    body = body.removeprefix(BOM_UTF8)
    first = body.lstrip()[:1]
    if first == b"{":
        require_bounds(body)
        _require_json(body)
    elif first != b"[":
        raise ContractViolation(
            f"the body is not a JSON array or object but {body[:40]!r}; the raw store has the response"
        )
    return body if first == b"[" else b"[" + body + b"]"


def _require_utf8(body: bytes) -> None:
    """Checked piece by piece: decoding a whole body with one letter beyond Latin-1 would take twice its size."""
    if body.isascii():
        return
    decoder, view = getincrementaldecoder("utf-8")(), memoryview(body)
    try:
        for start in range(0, len(body), PIECE_BYTES):
            decoder.decode(view[start : start + PIECE_BYTES], start + PIECE_BYTES >= len(body))
    except UnicodeDecodeError as error:
        raise NotJson(f"the body is not JSON ({error}); the raw store has the response") from error


def _require_json(body: bytes) -> None:
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise NotJson(f"the body is not JSON ({error}); the raw store has the response") from error


def _all_finite(array: pa.Array) -> bool:
    """Whether no number at any depth is NaN or infinite. Arrow accepts these, but they are not JSON."""
    if isinstance(array, pa.StructArray):
        return all(_all_finite(child) for child in array.flatten())
    if isinstance(array, pa.ListArray):
        return _all_finite(array.values)
    return not pa.types.is_floating(array.type) or pc.all(pc.is_finite(array)).as_py() is not False


def parse(body: bytes, endpoint: Endpoint) -> Parsed:
    """Typed records of a response body.

    Raises:
        BeyondBounds: when the body is too large, too deep, or has too many records.
        ContractViolation: when the body is not JSON, or not an array or object of records.
    """
    array = _as_array(body)
    try:
        return _parsed(array, endpoint)
    except NotJson as error:
        found = readable(array, error)
        parsed = _parsed(found.array, endpoint)
        return replace(parsed, rejects=found.rejects + parsed.rejects)


def _parsed(array: bytes, endpoint: Endpoint) -> Parsed:
    _require_utf8(array)
    try:
        records, has_new = _read_known(array, endpoint.record)
        if not _all_finite(records):
            _require_json(array)
    except pa.ArrowInvalid:
        repaired = repair(array, endpoint)
        records = _read_repaired(repaired.array, endpoint)
        parsed = _with_drift(records, repaired.array, lambda: repaired.values, endpoint, has_new=True)
        return replace(parsed, rejects=repaired.rejects + parsed.rejects, drift=repaired.drift + parsed.drift)
    return _with_drift(records, array, cache(lambda: load(array, endpoint)), endpoint, has_new=has_new)


def _read_known(array: bytes, record: Record) -> tuple[pa.StructArray, bool]:
    """The fields of the contract, and whether there are other ones. Arrow never infers the types of those."""
    try:
        return _read(array, record, "error"), False
    except pa.ArrowInvalid as error:
        if UNEXPECTED not in str(error):
            raise
    return _read(array, record), True


def _with_drift(records: pa.StructArray, array: bytes, values: Values, endpoint: Endpoint, *, has_new: bool) -> Parsed:
    columns = check_columns(records, array, values, endpoint, has_new=has_new)
    arrays, names = _flatten(records, endpoint.record)
    frame = pl.DataFrame(pa.table(arrays, names=names)).cast(_schema(endpoint))
    unknown = columns.unknown_fields
    if unknown is None:
        unknown = pl.repeat(None, frame.height, dtype=pl.String, eager=True)
    if columns.rejects:
        good = [row not in columns.rejects for row in range(frame.height)]
        frame, unknown = frame.filter(good), unknown.filter(pl.Series(good, dtype=pl.Boolean))
    frame, drift = check_values(frame, endpoint)
    return Parsed(frame, unknown, list(columns.rejects.values()), columns.drift + drift)


def _read_repaired(array: bytes, endpoint: Endpoint) -> pa.StructArray:
    try:
        return _read(array, endpoint.record)
    except pa.ArrowInvalid as error:
        raise ContractViolation(
            f"{endpoint.path}: the body cannot be read ({error}); the raw store has the response"
        ) from error


def _schema(endpoint: Endpoint) -> pl.Schema:
    return pl.Schema({column.name: column.dtype for column in endpoint.fields})


def arrow_type(kind: Scalar | Record | ListOf) -> pa.DataType:
    """Arrow type of a field, with the field names of the API."""
    if isinstance(kind, Record):
        return pa.struct([pa.field(item.wire, arrow_type(item.type)) for item in kind])
    if isinstance(kind, ListOf):
        return pa.list_(arrow_type(kind.item))
    return ARROW[type(kind)]


def _read(array: bytes, record: Record, unexpected: str = "ignore") -> pa.StructArray:
    """The array as one struct array, read in pieces where the result is the same."""
    cut = Pieces(array, PIECE_BYTES)
    if len(cut) > 1:
        # After a wrong split or a value of another type, reading the whole array gives the exact error.
        with suppress(pa.ArrowInvalid, BeyondBounds), ThreadPoolExecutor(pl.thread_pool_size()) as pool:
            found = list(pool.map(lambda place: _read_piece(cut[place], record, unexpected), range(len(cut))))
            require_number(sum(map(len, found)))
            return pa.concat_arrays(found)
    return _read_piece(array, record, unexpected)


def _read_piece(array: bytes, record: Record, unexpected: str) -> pa.StructArray:
    """An array as one struct array. It is wrapped in an object, so Arrow's reader sees a single JSON line.

    Each text is checked right before Arrow reads it, because a wrong piece of a harmless body may be harmful.
    """
    if require_bounds(array):
        raise pa.ArrowInvalid("JSON parse error: NaN and infinity are no JSON")
    line = b'{"rows":' + array + b"}"
    table = pj.read_json(
        pa.BufferReader(line),
        read_options=pj.ReadOptions(block_size=len(line) + 1, use_threads=False),
        parse_options=pj.ParseOptions(
            explicit_schema=pa.schema([("rows", pa.list_(arrow_type(record)))]),
            newlines_in_values=True,
            unexpected_field_behavior=unexpected,
        ),
    )
    if table.shape != (1, 1):
        raise pa.ArrowInvalid("JSON parse error: unexpected content after the array")
    return table.column("rows").chunk(0).flatten()  # one line is one chunk


def _flatten(records: pa.StructArray, record: Record, prefix: str = "") -> tuple[list[pa.Array], list[str]]:
    arrays: list[pa.Array] = []
    names: list[str] = []
    children = dict(zip((field.name for field in records.type), records.flatten(), strict=True))
    for item in record:
        child, name = children[item.wire], prefix + item.column_name
        if isinstance(item.type, Record):
            inner, inner_names = _flatten(child, item.type, f"{name}_")
            arrays += inner
            names += inner_names
        else:
            arrays.append(_flatten_list(child, item.type) if isinstance(item.type, ListOf) else child)
            names.append(name)
    return arrays, names


def _flatten_list(array: pa.ListArray, kind: ListOf) -> pa.Array:
    if not isinstance(kind.item, Record):
        return array
    arrays, names = _flatten(array.values, kind.item)
    values = pa.StructArray.from_arrays(arrays, names)
    return pa.ListArray.from_arrays(array.offsets, values, mask=array.is_null() if array.null_count else None)
