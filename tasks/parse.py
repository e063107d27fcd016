"""A response body into a typed frame: strict, and loud about what does not fit.

Arrow reads the whole array in one pass against the contract's types; a value of another type makes it stop. Only then
a slower path looks at each record, keeps the good ones and names the others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import polars as pl
import pyarrow as pa
import pyarrow.json as pj

from quality.columns import ListOf, Record, Scalar
from quality.dataset import Endpoint
from quality.validate import MAX_RECORD_LENGTH
from tasks.drift import Drift, drift_of
from tasks.errors import ContractViolation

ARROW: Mapping[type[pl.DataType], pa.DataType] = {
    pl.Int64: pa.int64(),
    pl.Float64: pa.float64(),
    pl.String: pa.string(),
    pl.Boolean: pa.bool_(),
    pl.Date: pa.timestamp("us", "UTC"),  # Arrow's JSON reader knows no dates; the cast to the contract's type does
    pl.Datetime: pa.timestamp("us", "UTC"),
}
INT64 = range(-(1 << 63), 1 << 63)
EXACT = 1 << 53  # whole numbers up to here are the same as floats
# What Arrow reads as a time; Python's fromisoformat also takes weeks, no dashes and finer fractions.
TIME = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d(:\d\d(:\d\d(\.\d{1,6})?)?)?(Z|[+-]\d\d(:?\d\d)?)?)?", re.ASCII)
NO_JSON = re.compile(rb"[\[:,]\s*-?(NaN|Inf)")  # Arrow reads these as numbers
# Plain searches that rule it out twenty times faster; "Inf" alone would stop at every "shotInfo".
NO_JSON_HINTS = (b"NaN", b":Inf", b",Inf", b"[Inf", b"-Inf", b" Inf", b"\nInf", b"\tInf")


@dataclass(frozen=True)
class Reject:
    """A record that has a value of another type than its contract."""

    column: str
    value: str
    record: str


@dataclass(frozen=True)
class Parsed:
    """Records of one body: `frame` has the endpoint's field columns, in order."""

    frame: pl.DataFrame
    rejects: list[Reject]
    drift: list[Drift]


def count_records(body: bytes) -> int:
    """Number of elements of the response's array; an object counts as one.

    Reads the whole body without building its values, so it also proves that the JSON is complete.

    Raises:
        ContractViolation: when the body is not JSON, or not an array of objects.
    """
    array = _as_array(body)
    try:
        return len(_read(array, Record(()), "ignore"))
    except pa.ArrowInvalid as error:
        raise ContractViolation(f"the body is not an array of JSON objects ({error}); it is kept in raw") from error


def _as_array(body: bytes) -> bytes:
    """The body, or the array of the one object that it is; checked for what Arrow lets pass."""
    first = body.lstrip()[:1]
    try:
        if not body.isascii():
            body.decode()
        if first == b"{" or (any(hint in body for hint in NO_JSON_HINTS) and NO_JSON.search(body)):
            orjson.loads(body)
    except ValueError as error:
        raise ContractViolation(f"the body is not JSON ({error}); it is kept in raw") from error
    if first not in {b"[", b"{"}:
        raise ContractViolation(f"the body is no JSON array or object but {body[:40]!r}; it is kept in raw")
    return body if first == b"[" else b"[" + body + b"]"


def parse(body: bytes, endpoint: Endpoint) -> Parsed:
    """Typed records of a response body.

    Raises:
        ContractViolation: when the body is not JSON, or not an array or object of records.
    """
    array = _as_array(body)
    rejects: list[Reject] = []
    try:
        records = _read(array, endpoint.record)
    except pa.ArrowInvalid:
        array, rejects = _sift(array, endpoint)
        records = _read_sifted(array, endpoint)
    drift = drift_of(records, array, endpoint.record)
    arrays, names = _flatten(records, endpoint.record)
    frame = pl.DataFrame(pa.table(arrays, names=names))
    return Parsed(frame.cast(_schema(endpoint)), rejects, drift)


def _read_sifted(array: bytes, endpoint: Endpoint) -> pa.StructArray:
    try:
        return _read(array, endpoint.record)
    except pa.ArrowInvalid as error:
        raise ContractViolation(f"{endpoint.path}: the body cannot be read ({error}); it is kept in raw") from error


def _schema(endpoint: Endpoint) -> pl.Schema:
    return pl.Schema({column.name: column.dtype for column in endpoint.fields})


def arrow_type(kind: Scalar | Record | ListOf) -> pa.DataType:
    """Arrow type of a field with the API's names."""
    if isinstance(kind, Record):
        return pa.struct([pa.field(item.wire, arrow_type(item.type)) for item in kind])
    if isinstance(kind, ListOf):
        return pa.list_(arrow_type(kind.item))
    return ARROW[type(kind)]


def _read(array: bytes, record: Record, unexpected: str = "infer") -> pa.StructArray:
    """The array as one struct array. Wrapped in an object, it is a single JSON line for Arrow's reader."""
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
    if table.num_rows != 1:
        raise pa.ArrowInvalid(f"JSON parse error: {table.num_rows} documents in one body")
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


def _sift(array: bytes, endpoint: Endpoint) -> tuple[bytes, list[Reject]]:
    """Records that fit the contract's types, as JSON again, and the others with their first offending value."""
    try:
        values = orjson.loads(array)
    except orjson.JSONDecodeError as error:
        raise ContractViolation(f"{endpoint.path}: the body is not JSON ({error}); it is kept in raw") from error
    good, rejects = [], []
    for value in values:
        try:
            good.append(_coerce(value, endpoint.record, ""))
        except _Misfit as misfit:
            text = orjson.dumps(value).decode()[:MAX_RECORD_LENGTH]
            rejects.append(Reject(misfit.column, misfit.value, text))
    return orjson.dumps(good), rejects


class _Misfit(Exception):
    def __init__(self, column: str, value: object) -> None:
        super().__init__(column)
        self.column, self.value = column, str(value)[:200]


def _coerce(value: Any, kind: Scalar | Record | ListOf, path: str) -> Any:
    if value is None:
        return None
    if isinstance(kind, Record):
        if not isinstance(value, dict):
            raise _Misfit(path or "record", value)
        known = {item.wire: item for item in kind}
        return {
            name: _coerce(inner, known[name].type, f"{path}.{name}".lstrip(".")) if name in known else _text(inner)
            for name, inner in value.items()
        }
    if isinstance(kind, ListOf):
        if not isinstance(value, list):
            raise _Misfit(path, value)
        return [_coerce(inner, kind.item, f"{path}[]") for inner in value]
    return _coerce_scalar(value, kind, path)


def _text(value: Any) -> str | None:
    """A value that the contract does not know, as text: Arrow stops where such values differ in type."""
    return value if value is None or isinstance(value, str) else orjson.dumps(value).decode()


def _coerce_scalar(value: Any, kind: pl.DataType, path: str) -> Any:
    if isinstance(kind, pl.Int64) and isinstance(value, float) and value.is_integer() and abs(value) <= EXACT:
        value = int(value)
    if _fits(value, kind):
        return value
    raise _Misfit(path, value)


def _fits(value: Any, kind: pl.DataType) -> bool:
    if isinstance(kind, pl.Boolean) or isinstance(value, bool):
        return isinstance(kind, pl.Boolean) and isinstance(value, bool)
    if isinstance(kind, pl.Int64):
        return isinstance(value, int) and value in INT64
    if isinstance(kind, pl.Float64):
        return isinstance(value, int | float)
    return isinstance(value, str) and (isinstance(kind, pl.String) or _is_time(value))


def _is_time(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return TIME.fullmatch(value) is not None
