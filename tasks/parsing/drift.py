"""Differences between a response and its contract, one entry per column, and what the dataset's policy does about them.

The cases are new columns, missing columns, values of another type and values outside of a closed list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import orjson
import polars as pl
import pyarrow as pa

from quality.columns import Bounds, Column, Field, ListOf, Record, flatten, lists_of
from quality.dataset import Endpoint
from quality.drift import EFFECTS, Case, Word
from quality.validate import MAX_RECORD_LENGTH
from tasks.parsing._missing import Path, missing_columns
from tasks.parsing._unknown import unknown_fields

MAX_VALUE_LENGTH = 200

Values = Callable[[], list[Any]]  # the records as JSON values, read only where something drifted


@dataclass(frozen=True)
class Drift:
    """One difference between responses and their contract.

    Attributes:
        column: its path in the API's record: `maker.city`, `parts[].size`.
        value: the first such value as JSON, truncated; None for a missing column.
        count: number of such values; for a missing column, of records.
        action: what was done. It may differ from the policy, where the column does not allow what the policy says.
        raw_object: path below raw/ of the raw object with the first such value.
    """

    kind: Case
    column: str
    value: str | None = None
    count: int = 0
    action: Word = "evolve"
    raw_object: str | None = None

    def __str__(self) -> str:
        first = f", the first {self.value}" if self.value is not None else ""
        where = f" in raw/{self.raw_object}" if self.raw_object else ""
        return f"{self.kind} {self.column}: {self.count:,} {EFFECTS[self.kind, self.action].short}{first}{where}"


@dataclass(frozen=True)
class Reject:
    """A rejected record: the rule that it breaks (a case of drift, or that it is not JSON), the column and value that
    caused it, and the record as JSON.
    """

    rule: str
    column: str
    value: str | None
    record: str


@dataclass
class ColumnCheck:
    """Result of comparing the columns of a response with its contract.

    Attributes:
        rejects: rejected records by row number.
        unknown_fields: for each row the fields that are not in the contract, as a JSON object; None if no row has any.
    """

    drift: list[Drift] = field(default_factory=list)
    rejects: dict[int, Reject] = field(default_factory=dict)
    unknown_fields: pl.Series | None = None


def merge(found: Iterable[Drift]) -> list[Drift]:
    """One entry per column, case and action, with the first value and the total count."""
    known: dict[tuple[str, str, str], Drift] = {}
    for item in found:
        identity = (item.kind, item.column, item.action)
        first = known.get(identity, replace(item, count=0))
        shown = item if first.value is None and item.value is not None else first
        known[identity] = replace(shown, count=first.count + item.count)
    return list(known.values())


def as_json(value: Any, length: int = MAX_VALUE_LENGTH) -> str:
    """A value as JSON, truncated for display."""
    return orjson.dumps(value).decode()[:length]


def check_columns(
    records: pa.StructArray, array: bytes, values: Values, endpoint: Endpoint, *, has_new: bool
) -> ColumnCheck:
    """Find new and missing columns of a response, and reject records where the policy says so.

    Args:
        records: the array as Arrow read it.
        array: the same as JSON text.
        values: the same as JSON values, as sent.
        has_new: some record has a field that is not in the contract.
    """
    found, objects = ColumnCheck(), set[Path]()
    if has_new:
        objects = _add_new(found, values(), endpoint)
    for path in missing_columns(records, array, endpoint.record):
        action = _action_on_missing(endpoint, path, renamed=path[:-1] in objects)
        found.drift.append(Drift("missing column", ".".join(path), None, len(records), action))
        if action == "quarantine":
            _reject_all(found, "missing column", path, values())
    return found


def _add_new(found: ColumnCheck, values: list[Any], endpoint: Endpoint) -> set[Path]:
    """Add the new columns; returns the paths of the objects that have them."""
    unknown, word = unknown_fields(values, endpoint.record), endpoint.drift.new_column
    for name, column in unknown.columns.items():
        first = as_json(column.first) if column.count else None
        found.drift.append(Drift("new column", name, first, column.count, word))
    if word == "quarantine":
        for row, fields in enumerate(unknown.rows):
            for name, sent in fields.items():
                found.rejects.setdefault(row, _reject("new column", name, as_json(sent), values[row]))
    if word == "evolve" and any(unknown.rows):
        texts = [orjson.dumps(fields).decode() if fields else None for fields in unknown.rows]
        found.unknown_fields = pl.Series(texts, dtype=pl.String)
    return unknown.objects


def _action_on_missing(endpoint: Endpoint, path: Path, *, renamed: bool) -> Word:
    word = endpoint.drift.missing_column
    if word == "evolve" and (renamed or not may_be_null(endpoint.record, path)):
        return "freeze"
    return word


def may_be_null(record: Record, path: Path) -> bool:
    """Whether every column at or below a path of a record may be null."""
    null, rest = False, record
    for step in path[:-1]:
        item = next(item for item in rest if item.wire == step.removesuffix("[]"))
        null = not step.endswith("[]") and (null or item.nullable)
        rest = _inside(item)
    last = tuple(item for item in rest if item.wire == path[-1])
    return all(column.nullable for column in flatten(Record(last), null=null))


def _inside(item: Field) -> Record:
    """The record of an object or of the objects in a list."""
    inside = item.type.item if isinstance(item.type, ListOf) else item.type
    assert isinstance(inside, Record), f"{item.wire} has no fields of its own"
    return inside


def _reject_all(found: ColumnCheck, case: Case, path: Path, values: list[Any]) -> None:
    for row, value in enumerate(values):
        found.rejects.setdefault(row, _reject(case, ".".join(path), None, value))


def _reject(case: Case, column: str, value: str | None, record: Any) -> Reject:
    return Reject(case, column, value, as_json(record, MAX_RECORD_LENGTH))


def check_values(frame: pl.DataFrame, endpoint: Endpoint) -> tuple[pl.DataFrame, list[Drift]]:
    """Find values outside of a closed list or of bounds, and lists that are null.

    The values are kept, set to null, or left for the table's check to reject. A null list becomes an empty one.
    """
    drift = []
    for column in endpoint.fields:
        found, holds, odd = _odd(frame[column.name], column, ".".join(column.path), endpoint)
        drift += found
        if odd:
            frame = frame.with_columns(pl.when(holds(pl.col(column.name))).then(pl.col(column.name)))
        if isinstance(column.dtype, pl.List) and not column.nullable and (gone := frame[column.name].null_count()):
            frame = frame.with_columns(pl.col(column.name).fill_null(pl.lit([], dtype=column.dtype)))
            drift.append(Drift("type change", ".".join(column.path), "null", gone, "evolve"))
    for name, (path, _) in lists_of(endpoint.record).items():
        frame, inner = _check_list(frame, endpoint, name, path)
        drift += inner
    return frame, drift


def _check_list(frame: pl.DataFrame, endpoint: Endpoint, name: str, path: str) -> tuple[pl.DataFrame, list[Drift]]:
    """The same for the objects in a list. They are rejected in silver, where they become rows."""
    drift = []
    for column in endpoint.list_fields[name]:
        if not (column.values or (column.decoration and column.bounds)):
            continue
        inner = frame[name].explode().struct.field(column.name)
        found, holds, odd = _odd(inner, column, ".".join((f"{path}[]", *column.path)), endpoint)
        drift += found
        if odd:
            value = pl.element().struct.field(column.name)
            kept = pl.when(holds(value)).then(value).alias(column.name)
            frame = frame.with_columns(pl.col(name).list.eval(pl.element().struct.with_fields(kept)))
    return frame, drift


def _odd(
    values: pl.Series, column: Column, path: str, endpoint: Endpoint
) -> tuple[list[Drift], Callable[[pl.Expr], pl.Expr], bool]:
    """Drift of values that do not hold, the condition that they break, and whether they become null.

    A null neither holds nor breaks it. Bounds are only checked of decoration: the table's check rejects other rows.
    """
    if column.values:
        holds, action = partial(_is_one_of, column.values), _on_value(endpoint, column)
    elif column.decoration and column.bounds:
        holds, action = partial(_is_within, column.bounds), "discard"
    else:
        return [], lambda value: value, False
    odd = values.filter(values.to_frame("v").select(holds(pl.col("v")).not_()).to_series())
    if odd.is_empty():
        return [], holds, False
    return [Drift("unknown value", path, as_json(odd[0]), len(odd), action)], holds, action == "discard"


def _is_one_of(known: tuple[str, ...], value: pl.Expr) -> pl.Expr:
    return value.is_in(list(known))


def _is_within(bounds: Bounds, value: pl.Expr) -> pl.Expr:
    above = value >= bounds.ge if bounds.ge is not None else pl.lit(value=True)
    return above & (value <= bounds.le) if bounds.le is not None else above


def _on_value(endpoint: Endpoint, column: Column) -> Word:
    word = endpoint.drift.unknown_value
    if column.decoration and word == "quarantine":
        return "discard"
    return "quarantine" if word == "discard" and not column.nullable else word
