"""Bounds of a response: bytes, depth, records and length of a text. A body beyond them is refused before it is parsed.

The check needs no recursion, and its memory does not depend on the body: it reads the text in blocks. Parsers of
JSON (Arrow, orjson, Python) recurse with the depth of a value or crash, so no body reaches them without this check.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tasks.errors import ContractViolation

MAX_BYTES = 128 << 20  # of a decompressed body; the largest response seen has 75 MB
MAX_DEPTH = 64  # of arrays and objects inside each other; contracts have up to 6
MAX_RECORDS = 500_000  # of a response; the busiest day of plays has 50,000
MAX_BRACKETS = 8_000_000  # of arrays and objects, opened and closed; the busiest day of plays has 2,000,000
MAX_TEXT_BYTES = 1 << 20  # without a quotation mark: a text, a number, white space or an array of numbers

BLOCK_BYTES = 4 << 20  # bytes that are examined at a time; no piece of a body is larger, so none is copied
MARKS = b'[]{}"'
LETTERS = b"NI"  # of NaN, Inf and Infinity, which Arrow reads as numbers; JSON has capital letters in texts only
NO_MARK = bytes(set(range(256)) - set(MARKS + LETTERS))
STEP = np.zeros(256, dtype=np.int8)  # change of depth at a mark
STEP[list(b"[{")], STEP[list(b"]}")] = 1, -1
QUOTE = MARKS[-1]
RECORD_LEVEL = 2  # depth inside a record: an object in the array


WHAT_NEXT = "the API sends nothing like it; run again later, and if it stays so, report it to the API's operator"


class BeyondBounds(ContractViolation):
    """A body that is beyond a bound, so that it must not be parsed."""


def require_bounds(array: bytes) -> bool:
    """Refuse an array that is too deep, or has too many records or too long texts.

    It is exact for JSON. Where the text is not JSON it is exact up to the error, and a parser gets no further.

    Returns whether any value may be NaN or infinite, which is no JSON either.

    Raises:
        BeyondBounds: with the bound.
    """
    text = without_escapes(array)
    _require_short_texts(text)
    return _require_flat(text)


def too_large(size: str) -> BeyondBounds:
    """The error for a body of more than `MAX_BYTES`."""
    return BeyondBounds(f"the body has {size}, and {MAX_BYTES:,} are the limit; {WHAT_NEXT}")


def require_not_blank(head: bytes | bytearray) -> None:
    """Refuse a body whose first `MAX_TEXT_BYTES` are blanks, before the rest of it is read.

    Raises:
        BeyondBounds: then.
    """
    if not head[:MAX_TEXT_BYTES].strip():
        raise BeyondBounds(f"the body begins with more than {MAX_TEXT_BYTES:,} blanks; {WHAT_NEXT}")


def require_number(records: int) -> None:
    """Refuse too many records.

    Raises:
        BeyondBounds: with the bound.
    """
    if records > MAX_RECORDS:
        raise BeyondBounds(f"the body has more than {MAX_RECORDS:,} records; {WHAT_NEXT}")


def without_escapes(text: bytes) -> bytes:
    r"""The text with blanks for `\\` and `\"`, so that each quotation mark begins or ends a text. Offsets stay."""
    if b"\\" not in text:
        return text
    return text.replace(b"\\\\", b"  ").replace(b'\\"', b"  ")


def _require_short_texts(text: bytes) -> None:
    """A stretch of `MAX_TEXT_BYTES` without a quotation mark covers one of the windows of half that length."""
    window = MAX_TEXT_BYTES // 2
    for start in range(0, len(text) - window + 1, window):
        if text.find(b'"', start, start + window) < 0:
            begin = text.rfind(b'"', 0, start) + 1
            end = text.find(b'"', start)
            length = (len(text) if end < 0 else end) - begin
            if length > MAX_TEXT_BYTES:
                raise BeyondBounds(
                    f"the body has {length:,} bytes in a row without a quotation mark, a text or blanks, and "
                    f"{MAX_TEXT_BYTES:,} are the limit; {WHAT_NEXT}"
                )


def _require_flat(text: bytes) -> bool:
    """Refuse too many brackets, or too deep ones; returns whether there are capital letters outside of texts."""
    depth, inside, records, total, letters = 0, 0, 0, 0, 0
    for start in range(0, len(text), BLOCK_BYTES):
        marks, inside = _outside(text[start : start + BLOCK_BYTES], inside)
        if not len(marks):
            continue
        steps = STEP[marks]
        levels = np.cumsum(steps, dtype=np.int32) + depth
        depth = int(levels[-1])
        if (deepest := int(levels.max())) > MAX_DEPTH:
            raise BeyondBounds(f"the body is nested {deepest:,} deep, and {MAX_DEPTH} is the limit; {WHAT_NEXT}")
        records += int(np.count_nonzero((levels == RECORD_LEVEL) & (steps > 0)))
        brackets = int(np.count_nonzero(steps))
        total, letters = total + brackets, letters + len(marks) - brackets
        require_number(records)
        if total > MAX_BRACKETS:
            raise BeyondBounds(f"the body has more than {MAX_BRACKETS // 2:,} arrays and objects; {WHAT_NEXT}")
    return letters > 0


def _outside(block: bytes, inside: int) -> tuple[npt.NDArray[np.uint8], int]:
    """The brackets and letters of a block that are not inside a text, and whether a text goes on after its end.

    Args:
        inside: whether the block begins inside a text: 0 or 1.
    """
    marks = np.frombuffer(block.translate(None, NO_MARK), dtype=np.uint8)
    others = np.flatnonzero(marks != QUOTE)
    quotes = others - np.arange(len(others))  # the number of quotation marks before each
    return marks[others[quotes & 1 == inside]], (len(marks) - len(others) + inside) & 1
