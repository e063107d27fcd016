"""Splits a large JSON array into smaller ones that fit in the processor's cache and are read in parallel."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import overload

TEXT = rb'"[^"\\]*"'
# Start of a record: its first name with a scalar value, and its second name. Nested objects rarely start the same way.
HEAD = re.compile(rb"\s*\[\s*\{\s*(%b)\s*:\s*(?:%b|[^\s\"\[\]{},]+)\s*,\s*(%b)\s*:" % (TEXT, TEXT, TEXT))
BETWEEN = rb"\}\s*(,)\s*\{\s*%b\s*:\s*(?:%b|[^\s\"\[\]{},]+)\s*,\s*%b\s*:"


class Pieces(Sequence[bytes]):
    """A JSON array split into arrays of at least `size` bytes, in order. A smaller array stays whole.

    Each piece is created on access, because all pieces together would be a second copy of the text.

    The array is split where the text looks like the end of one record and the start of the next. A wrong split, inside
    a string or a nested list, leaves a piece with unbalanced brackets. So if every piece can be parsed, the splits were
    right; otherwise the array must be parsed as a whole.
    """

    def __init__(self, array: bytes, size: int) -> None:
        self._array = array
        self._cuts = _cuts(array, size)  # offsets of the commas between the pieces

    def __len__(self) -> int:
        return len(self._cuts) + 1

    @overload
    def __getitem__(self, place: int) -> bytes: ...
    @overload
    def __getitem__(self, place: slice) -> list[bytes]: ...
    def __getitem__(self, place: int | slice) -> bytes | list[bytes]:
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(len(self)))]
        if not 0 <= place < len(self):
            raise IndexError(place)
        begin = self._cuts[place - 1] + 1 if place else 0
        end = self._cuts[place] if place < len(self._cuts) else len(self._array)
        if (begin, end) == (0, len(self._array)):
            return self._array
        text = memoryview(self._array)[begin:end]
        return b"".join([b"[" if place else b"", text, b"]" if place < len(self._cuts) else b""])


def _cuts(array: bytes, size: int) -> list[int]:
    head = HEAD.match(array) if len(array) >= 2 * size else None
    if head is None:
        return []
    between = re.compile(BETWEEN % (re.escape(head[1]), TEXT, re.escape(head[2])))
    cuts: list[int] = []
    begin = head.start()
    while len(array) - begin >= 2 * size and (cut := between.search(array, begin + size)):
        cuts.append(cut.start(1))
        begin = cut.end(1)
    return cuts
