"""A large JSON array as several smaller ones: they fit in the processor's cache and are read at the same time."""

from __future__ import annotations

import re

TEXT = rb'"[^"\\]*"'
# A record's start: its first name, that name's plain value, and its second name. Objects inside rarely start alike.
HEAD = re.compile(rb"\s*\[\s*\{\s*(%b)\s*:\s*(?:%b|[^\s\"\[\]{},]+)\s*,\s*(%b)\s*:" % (TEXT, TEXT, TEXT))
BETWEEN = rb"\}\s*(,)\s*\{\s*%b\s*:\s*(?:%b|[^\s\"\[\]{},]+)\s*,\s*%b\s*:"


def pieces(array: bytes, size: int) -> list[bytes]:
    """The text of a JSON array as arrays of at least `size` bytes that hold its records in order; itself if smaller.

    It is cut where the text looks like the end of one record and the start of the next. A cut that is none, in a text
    or in a list within a record, leaves a piece before it whose brackets do not close: if all pieces can be read, the
    array was read; if not, it has to be read as one.
    """
    head = HEAD.match(array) if len(array) >= 2 * size else None
    if head is None:
        return [array]
    between = re.compile(BETWEEN % (re.escape(head[1]), TEXT, re.escape(head[2])))
    found: list[bytes] = []
    begin = head.start()
    while len(array) - begin >= 2 * size and (cut := between.search(array, begin + size)):
        found.append(array[begin : cut.start(1)] if not found else b"[" + array[begin : cut.start(1)])
        found[-1] += b"]"
        begin = cut.end(1)
    return [*found, (b"[" if found else b"") + array[begin:]]
