"""Where responses and contracts drift apart without a cost in rows: columns that are new, columns that are gone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson
import pyarrow as pa

from quality.columns import ListOf, Record

SAMPLE_BYTES = 1 << 18
BETWEEN = re.compile(r"[\s,]*")  # what stands between two records of an array
MAX_VALUE_LENGTH = 200

Path = tuple[str, ...]  # names on the way to a value; `players[]` steps into the objects of a list


@dataclass(frozen=True)
class Drift:
    """A difference between the response and the contract that costs no row: `new column` or `missing column`."""

    kind: str
    column: str
    value: str | None = None


def drift_of(records: pa.StructArray, array: bytes, record: Record) -> list[Drift]:
    """Differences between records and their contract.

    Args:
        records: the array as Arrow read it, unknown fields included.
        array: the same as JSON text.
    """
    return [*_new_columns(records, record), *_missing_columns(records, array, record)]


def _new_columns(records: pa.StructArray, record: Record, path: str = "") -> Iterator[Drift]:
    known = {item.wire: item.type for item in record}
    for index, field in enumerate(records.type):
        where, child = path + field.name, records.field(index)
        kind = known.get(field.name)
        if kind is None:
            values = child.drop_null()
            yield Drift("new column", where, str(values[0].as_py())[:MAX_VALUE_LENGTH] if len(values) else None)
        elif isinstance(kind, Record):
            yield from _new_columns(child, kind, f"{where}.")
        elif isinstance(kind, ListOf) and isinstance(kind.item, Record):
            yield from _new_columns(child.values, kind.item, f"{where}[].")


def _missing_columns(records: pa.StructArray, array: bytes, record: Record) -> list[Drift]:
    """Fields that no record fills and that the first ones do not even name; a null that is sent is not missing."""
    if not len(records):
        return []
    unfilled = [path for path in _paths(record) if not _filled(records, path)]
    sample = _sample(array) if unfilled else []
    return [Drift("missing column", ".".join(path)) for path in unfilled if not _named(sample, path)]


def _paths(record: Record, above: Path = ()) -> Iterator[Path]:
    for item in record:
        if isinstance(item.type, Record):
            yield from _paths(item.type, (*above, item.wire))
            continue
        yield (*above, item.wire)
        if isinstance(item.type, ListOf) and isinstance(item.type.item, Record):
            yield from _paths(item.type.item, (*above, f"{item.wire}[]"))


def _filled(records: pa.Array, path: Path) -> bool:
    for name in path:
        records = records.field(name.removesuffix("[]"))
        if name.endswith("[]"):
            records = records.values
    return bool(len(records) > records.null_count)


def _sample(array: bytes) -> list[Any]:
    """The first records: those that are whole in the first `SAMPLE_BYTES`, at least one."""
    text = array[:SAMPLE_BYTES].decode(errors="ignore")
    decoder, found, at = json.JSONDecoder(), [], text.index("[") + 1
    with suppress(json.JSONDecodeError):
        while between := BETWEEN.match(text, at):
            value, at = decoder.raw_decode(text, between.end())
            found.append(value)
    return found or orjson.loads(array)[:1]


def _named(sample: list[Any], path: Path) -> bool:
    """Whether the first record that can tell has the field; true where none can."""
    return next((found for found in (_has(value, path) for value in sample) if found is not None), True)


def _has(value: Any, path: Path) -> bool | None:
    """Whether a record names a field; None where an object or list on the way is null, empty or absent."""
    for name in path:
        if value is None:
            return None
        if name.removesuffix("[]") not in value:
            return None if name.endswith("[]") else False
        value = value[name.removesuffix("[]")]
        if name.endswith("[]"):
            value = next((inner for inner in value or [] if inner is not None), None)
    return True
