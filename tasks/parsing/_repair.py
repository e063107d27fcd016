"""The slow path for bodies that Arrow stops at: each record against the contract's types, value by value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import polars as pl

from quality.columns import Field, ListOf, Record, Scalar, flatten
from quality.dataset import Endpoint
from quality.drift import Word
from quality.validate import MAX_RECORD_LENGTH
from tasks.errors import ContractViolation
from tasks.parsing.drift import Drift, Reject, as_json, merge

INT64 = range(-(1 << 63), 1 << 63)
EXACT = 1 << 53  # whole numbers up to here are the same as floats
# What Arrow reads as a time; Python's fromisoformat also takes weeks, no dashes and finer fractions.
TIME = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d(:\d\d(:\d\d(\.\d{1,6})?)?)?(Z|[+-]\d\d(:?\d\d)?)?)?", re.ASCII)


@dataclass(frozen=True)
class Sifted:
    """Records that fit the contract's types, as sent and as JSON text in these types; the others, and all that drifted.

    A number is one type in JSON: 7.0 for 7 and 7 for 7.0 are no drift.
    """

    values: list[Any]
    array: bytes
    rejects: list[Reject]
    drift: list[Drift]


def load(array: bytes, endpoint: Endpoint) -> list[Any]:
    """The records as JSON values.

    Raises:
        ContractViolation: when the body is not JSON.
    """
    try:
        values: list[Any] = orjson.loads(array)
    except orjson.JSONDecodeError as error:
        raise ContractViolation(f"{endpoint.path}: the body is not JSON ({error}); it is kept in raw") from error
    return values


def sift(array: bytes, endpoint: Endpoint) -> Sifted:
    """Split records by the contract's types, as the endpoint's word for a type change says.

    Raises:
        ContractViolation: when the body is not JSON.
    """
    word = endpoint.drift.type_change
    kept, fitting, rejects, drift = [], [], [], []
    for value in load(array, endpoint):
        sieve = _Sieve(word)
        try:
            fitting.append(sieve.record(value, endpoint.record, ""))
        except _Misfit as misfit:
            drift.append(misfit.drift("freeze" if word == "freeze" else "quarantine"))
            rejects.append(Reject("type change", misfit.column, misfit.text, as_json(value, MAX_RECORD_LENGTH)))
        else:
            kept.append(value)
            drift += sieve.changes
    return Sifted(kept, orjson.dumps(fitting), rejects, merge(drift))


class _Misfit(Exception):
    """A value of another type than its column's."""

    def __init__(self, column: str, value: object) -> None:
        super().__init__(column)
        self.column, self.value = column, value

    @property
    def text(self) -> str:
        return str(self.value)[:200]

    def drift(self, action: Word) -> Drift:
        return Drift("type change", self.column, as_json(self.value), 1, action)


class _Sieve:
    """Brings one record into the contract's types, and notes what it had to do for that."""

    def __init__(self, word: Word) -> None:
        self.word = word
        self.changes: list[Drift] = []

    def record(self, value: Any, record: Record, path: str, *, null: bool = False) -> Any:
        """An object; `null`: one around it may be null, so all inside may."""
        if value is None:
            return None
        if not isinstance(value, dict):
            raise _Misfit(path or "record", value)
        known = {item.wire: item for item in record}
        return {
            name: self._field(inner, known[name], f"{path}.{name}".lstrip("."), null=null)
            if name in known
            else _text(inner)
            for name, inner in value.items()
        }

    def _field(self, value: Any, item: Field, path: str, *, null: bool) -> Any:
        try:
            return self._value(value, item.type, path, null=null or item.nullable)
        except _Misfit as misfit:
            own = misfit.column.removesuffix("[]") == path
            if self.word != "discard" or not own or not _may_be_null(item, null=null):
                raise
            self.changes.append(misfit.drift("discard"))
            return None

    def _value(self, value: Any, kind: Scalar | Record | ListOf, path: str, *, null: bool) -> Any:
        if value is None:
            return None
        if isinstance(kind, Record):
            return self.record(value, kind, path, null=null)
        if isinstance(kind, ListOf):
            if not isinstance(value, list):
                raise _Misfit(path, value)
            return [self._value(inner, kind.item, f"{path}[]", null=False) for inner in value]
        return self._scalar(value, kind, path)

    def _scalar(self, value: Any, kind: Scalar, path: str) -> Any:
        if isinstance(kind, pl.Int64) and isinstance(value, float) and value.is_integer() and abs(value) <= EXACT:
            value = int(value)
        if _fits(value, kind):
            return value
        if self.word == "evolve":
            for other in _respelled(value, kind):
                self.changes.append(Drift("type change", path, as_json(value), 1, "evolve"))
                return other
        raise _Misfit(path, value)


def _may_be_null(item: Field, *, null: bool) -> bool:
    return all(column.nullable for column in flatten(Record((item,)), null=null))


def _text(value: Any) -> str | None:
    """A value that the contract does not know, as text: Arrow stops where such values differ in type."""
    return value if value is None or isinstance(value, str) else orjson.dumps(value).decode()


def _respelled(value: Any, kind: Scalar) -> Iterator[Any]:
    """The same value in the contract's type, if there is one from which the spelling that came can be made again."""
    if isinstance(kind, pl.String) and isinstance(value, int) and not isinstance(value, bool):
        yield str(value)
    if isinstance(value, str):
        try:
            read = orjson.loads(value)
        except orjson.JSONDecodeError:
            return
        exact = not isinstance(kind, pl.Float64) or not isinstance(read, int) or abs(read) <= EXACT
        if not isinstance(read, str) and _fits(read, kind) and orjson.dumps(read) == value.encode() and exact:
            yield read


def _fits(value: Any, kind: Scalar) -> bool:
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
