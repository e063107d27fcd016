"""Separates the records of an array that are JSON from those that are not, so that one bad byte costs one record."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from quality.validate import MAX_RECORD_LENGTH
from tasks.errors import ContractViolation
from tasks.parsing._records import spans
from tasks.parsing.drift import Reject

NOT_JSON = "not JSON"  # the rule of such records in ops.quarantine
FIRST, BETWEEN, LAST = (re.compile(rb"\s*%b\s*" % mark) for mark in (rb"\[", rb",", rb"\]"))


class NotJson(ContractViolation):
    """A body that is not JSON. Some of its records may be."""


@dataclass(frozen=True)
class Readable:
    """The records of an array that are JSON, as an array, and the others."""

    array: bytes
    count: int
    rejects: list[Reject]


def readable(array: bytes, error: NotJson) -> Readable:
    """The records that are JSON. At least half of them must be: otherwise the response as a whole is bad.

    Args:
        array: within its bounds.
        error: what is wrong with the array.

    Raises:
        NotJson: the given error, when the array does not consist of records.
    """
    kept, rejects = list[bytes](), list[Reject]()
    for record in _records(array, error):
        try:
            orjson.loads(record)
        except orjson.JSONDecodeError as wrong:
            shown = record[:MAX_RECORD_LENGTH].decode(errors="replace")
            rejects.append(Reject(NOT_JSON, "record", str(wrong)[:200], shown))
        else:
            kept.append(record)
    if len(rejects) > len(kept):
        raise error
    return Readable(b"[" + b",".join(kept) + b"]", len(kept), rejects)


def _records(array: bytes, error: NotJson) -> Iterator[bytes]:
    """The text of each record. What stands between them must be commas alone."""
    end, separator = 0, FIRST
    for start, stop in spans(array):
        if not separator.fullmatch(array, end, start):
            raise error
        yield array[start:stop]
        end, separator = stop, BETWEEN
    if separator is FIRST or not LAST.fullmatch(array, end):
        raise error
