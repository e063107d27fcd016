"""Columns that a response lacks: no record fills them, and the first ones do not even name them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import orjson
import pyarrow as pa

from quality.columns import ListOf, Record

SAMPLE_BYTES = 1 << 18
BETWEEN = re.compile(r"[\s,]*")  # what stands between two records of an array

Path = tuple[str, ...]  # names on the way to a value; `players[]` steps into the objects of a list


def missing_columns(records: pa.StructArray, array: bytes, record: Record) -> list[Path]:
    """Where something is missing, an object without any of its fields as one; a null that is sent is not missing.

    Args:
        records: the array as Arrow read it against the contract.
        array: the same as JSON text.
    """
    if not len(records):
        return []
    unfilled = [path for path in _paths(record) if not _filled(records, path)]
    sample = _sample(array) if unfilled else []
    absent = (_absent_from(sample, path) for path in unfilled)
    return list(dict.fromkeys(path for path in absent if path))


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


def _absent_from(sample: list[Any], path: Path) -> Path:
    """What the first record that can tell lacks of a path, down to the first name that is not there; () for nothing."""
    return next((found for found in (_absent(value, path) for value in sample) if found is not None), ())


def _absent(value: Any, path: Path) -> Path | None:
    """What a record lacks of a path; None where an object or list on the way is null, empty or absent."""
    for depth, name in enumerate(path, start=1):
        if value is None:
            return None
        if name.removesuffix("[]") not in value:
            return None if name.endswith("[]") else path[:depth]
        value = value[name.removesuffix("[]")]
        if name.endswith("[]"):
            value = next((inner for inner in value or [] if inner is not None), None)
    return ()
