"""The slow path for bodies that Arrow cannot read: it checks each value against the contract's types."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import polars as pl

from quality.columns import Field, ListOf, Record, Scalar, flatten
from quality.dataset import Endpoint
from quality.drift import DriftPolicy, Word
from quality.validate import MAX_RECORD_LENGTH
from tasks.parsing._salvage import NotJson
from tasks.parsing.drift import Drift, Reject, as_json, merge

INT64 = range(-(1 << 63), 1 << 63)
EXACT = 1 << 53  # floats represent integers up to this value exactly
# The time formats that Arrow reads. Python's fromisoformat also accepts weeks, no dashes and finer fractions.
TIME = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d(:\d\d(:\d\d(\.\d{1,6})?)?)?(Z|[+-]\d\d(:?\d\d)?)?)?", re.ASCII)


@dataclass(frozen=True)
class Repaired:
    """The result of a repair. JSON has one number type, so 7.0 for 7 and 7 for 7.0 are not drift.

    Attributes:
        values: the records that fit the contract's types, as sent.
        array: the same records as JSON text, in the contract's types.
        rejects: the other records.
    """

    values: list[Any]
    array: bytes
    rejects: list[Reject]
    drift: list[Drift]


def load(array: bytes, endpoint: Endpoint) -> list[Any]:
    """The records as JSON values.

    Raises:
        NotJson: when the body is not JSON.
    """
    try:
        values: list[Any] = orjson.loads(array)
    except orjson.JSONDecodeError as error:
        raise NotJson(f"{endpoint.path}: the body is not JSON ({error}); the raw store has the response") from error
    return values


def repair(array: bytes, endpoint: Endpoint) -> Repaired:
    """Convert or reject records with values of another type, according to the endpoint's policy for a type change.

    Raises:
        NotJson: when the body is not JSON.
    """
    kept, fitting, rejects, drift = [], [], [], []
    converter = _Converter(endpoint.drift)
    for value in load(array, endpoint):
        converter.changes = []
        try:
            fitting.append(converter.record(value, endpoint.record, ""))
        except _WrongType as wrong:
            drift.append(wrong.drift("freeze" if wrong.word == "freeze" else "quarantine"))
            rejects.append(Reject("type change", wrong.column, wrong.text, as_json(value, MAX_RECORD_LENGTH)))
        else:
            kept.append(value)
            drift += converter.changes
    return Repaired(kept, orjson.dumps(fitting), rejects, merge(drift))


class _WrongType(Exception):
    """A value whose type is not that of its column."""

    def __init__(self, column: str, value: object, word: Word) -> None:
        super().__init__(column)
        self.column, self.value, self.word = column, value, word

    @property
    def text(self) -> str:
        return str(self.value)[:200]

    def drift(self, action: Word) -> Drift:
        return Drift("type change", self.column, as_json(self.value), 1, action)


class _Converter:
    """Converts records to the contract's types and records the changes of each."""

    def __init__(self, policy: DriftPolicy) -> None:
        self.policy = policy
        self.word: Word = policy.type_change  # of the column that is converted now
        self.changes: list[Drift] = []
        self._words: dict[str, Word] = {}

    def record(self, value: Any, record: Record, path: str, *, null: bool = False) -> Any:
        """Convert an object. null: an object around it may be null, so every field inside may be null too."""
        if value is None:
            return None
        if not isinstance(value, dict):
            raise _WrongType(path or "record", value, self.word)
        known = {item.wire: item for item in record}
        return {
            name: self._field(inner, known[name], f"{path}.{name}".lstrip("."), null=null)
            for name, inner in value.items()
            if name in known
        }

    def _field(self, value: Any, item: Field, path: str, *, null: bool) -> Any:
        if (word := self._words.get(path)) is None:
            word = self._words[path] = self.policy.of_column(path, decoration=item.decoration)
        self.word = word
        try:
            return self._value(value, item.type, path, null=null or item.nullable)
        except _WrongType as wrong:
            own = wrong.column.removesuffix("[]") == path
            if word != "discard" or not own or not _may_be_null(item, null=null):
                raise
            self.changes.append(wrong.drift("discard"))
            return None

    def _value(self, value: Any, kind: Scalar | Record | ListOf, path: str, *, null: bool) -> Any:
        if value is None:
            return None
        if isinstance(kind, Record):
            return self.record(value, kind, path, null=null)
        if isinstance(kind, ListOf):
            if not isinstance(value, list):
                raise _WrongType(path, value, self.word)
            return [self._value(inner, kind.item, f"{path}[]", null=False) for inner in value]
        return self._scalar(value, kind, path)

    def _scalar(self, value: Any, kind: Scalar, path: str) -> Any:
        if isinstance(kind, pl.Int64) and isinstance(value, float) and value.is_integer() and abs(value) <= EXACT:
            value = int(value)
        if _fits(value, kind):
            return value
        if self.word in {"evolve", "discard"} and (other := _respelled(value, kind)) is not None:
            self.changes.append(Drift("type change", path, as_json(value), 1, "evolve"))
            return other
        raise _WrongType(path, value, self.word)


def _may_be_null(item: Field, *, null: bool) -> bool:
    return all(column.nullable for column in flatten(Record((item,)), null=null))


def _respelled(value: Any, kind: Scalar) -> Any:
    """The value in the contract's type, if the original spelling can be restored from it; otherwise None."""
    if isinstance(kind, pl.String) and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _read_text(value, kind) if isinstance(value, str) else None


def _read_text(text: str, kind: Scalar) -> Any:
    """The number or boolean that a text spells exactly as JSON does; None for any other text."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    exact = not isinstance(kind, pl.Float64) or not isinstance(value, int) or abs(value) <= EXACT
    same = not isinstance(value, str) and orjson.dumps(value) == text.encode()
    return value if same and exact and _fits(value, kind) else None


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
