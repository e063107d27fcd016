"""A large JSON array as several smaller ones: they fit in the processor's cache and are read at the same time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import overload

TEXT = rb'"[^"\\]*"'
# A record's start: its first name, that name's plain value, and its second name. Objects inside rarely start alike.
HEAD = re.compile(rb"\s*\[\s*\{\s*(%b)\s*:\s*(?:%b|[^\s\"\[\]{},]+)\s*,\s*(%b)\s*:" % (TEXT, TEXT, TEXT))
BETWEEN = rb"\}\s*(,)\s*\{\s*%b\s*:\s*(?:%b|[^\s\"\[\]{},]+)\s*,\s*%b\s*:"


class Pieces(Sequence[bytes]):
    """The text of a JSON array as arrays of at least `size` bytes that hold its records in order; itself if smaller.

    A piece is made when it is asked for: all of them at once would be a second copy of the text.

    It is cut where the text looks like the end of one record and the start of the next. A cut that is none, in a text
    or in a list within a record, leaves a piece before it whose brackets do not close: if all pieces can be read, the
    array was read; if not, it has to be read as one.
    """

    def __init__(self, array: bytes, size: int) -> None:
        self._array = array
        self._cuts = _cuts(array, size)  # places of the commas between the pieces

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
