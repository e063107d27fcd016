"""Columns that are missing from a response: null in every record, and absent from the first records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pyarrow as pa

from quality.columns import ListOf, Record
from tasks.parsing._records import spans

SAMPLE_BYTES = 1 << 18

Path = tuple[str, ...]  # field names from the record to a value; `players[]` means each object of the list


def missing_columns(records: pa.StructArray, array: bytes, record: Record) -> list[Path]:
    """Paths of the missing columns; an object without any of its fields is one path. A null that was sent is present.

    A field that may be missing, by its contract, is never one of them.

    Args:
        records: the array as Arrow read it with the contract's types.
        array: the same array as JSON text.
    """
    if not len(records):
        return []
    unfilled = [path for path in _paths(record) if not _filled(records, path)]
    sample = _sample(array) if unfilled else []
    absent = (_absent_from(sample, path) for path in unfilled)
    return list(dict.fromkeys(path for path in absent if path))


def _paths(record: Record, above: Path = ()) -> Iterator[Path]:
    for item in record:
        if item.may_be_missing:
            continue
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
    """The records that are complete within the first `SAMPLE_BYTES`; at least one."""
    head = array[:SAMPLE_BYTES]
    found: list[Any] = orjson.loads(b"[" + b",".join(head[start:stop] for start, stop in spans(head)) + b"]")
    return found or orjson.loads(array)[:1]


def _absent_from(sample: list[Any], path: Path) -> Path:
    """The path down to the first absent name, from the first record that determines it; () if nothing is absent."""
    return next((found for found in (_absent(value, path) for value in sample) if found is not None), ())


def _absent(value: Any, path: Path) -> Path | None:
    """The absent part of a path in one record; None if an object or list on the way is null, empty or absent."""
    for depth, name in enumerate(path, start=1):
        if value is None:
            return None
        if name.removesuffix("[]") not in value:
            return None if name.endswith("[]") else path[:depth]
        value = value[name.removesuffix("[]")]
        if name.endswith("[]"):
            value = next((inner for inner in value or [] if inner is not None), None)
    return ()
