"""Separates the records of an array that are JSON from those that are not, so that one bad byte costs one record."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import orjson

from quality.validate import MAX_RECORD_LENGTH
from tasks.errors import ContractViolation
from tasks.parsing.bounds import BLOCK_BYTES, MARKS, QUOTE, RECORD_LEVEL, STEP, without_escapes
from tasks.parsing.drift import Reject

NOT_JSON = "not JSON"  # the rule of such records in ops.quarantine
IS_MARK = np.zeros(256, dtype=np.bool_)
IS_MARK[list(MARKS)] = True
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
    for start, stop in _spans(array):
        if not separator.fullmatch(array, end, start):
            raise error
        yield array[start:stop]
        end, separator = stop, BETWEEN
    if separator is FIRST or not LAST.fullmatch(array, end):
        raise error


def _spans(array: bytes) -> Iterator[tuple[int, int]]:
    """Begin and end of each record."""
    text, depth, inside, begin = without_escapes(array), 0, 0, 0
    for offset in range(0, len(text), BLOCK_BYTES):
        block = np.frombuffer(text[offset : offset + BLOCK_BYTES], dtype=np.uint8)
        at = np.flatnonzero(IS_MARK[block])
        if not len(at):
            continue
        quote = block[at] == QUOTE
        parity = np.bitwise_xor.accumulate(quote.view(np.uint8)) ^ inside
        inside = int(parity[-1])
        at = at[~(quote | parity.view(np.bool_))]
        steps = STEP[block[at]]
        levels = np.cumsum(steps, dtype=np.int32) + depth
        depth = int(levels[-1]) if len(levels) else depth
        edge = np.where(steps > 0, levels, levels + 1) == RECORD_LEVEL
        for place, opens in zip(at[edge].tolist(), (steps[edge] > 0).tolist(), strict=True):
            if opens:
                begin = offset + place
            else:
                yield begin, offset + place + 1
