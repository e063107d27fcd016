"""Where the records of an array begin and end, found without parsing them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tasks.parsing.bounds import BLOCK_BYTES, MARKS, QUOTE, RECORD_LEVEL, STEP, without_escapes

IS_MARK = np.zeros(256, dtype=np.bool_)
IS_MARK[list(MARKS)] = True


def spans(array: bytes) -> Iterator[tuple[int, int]]:
    """Begin and end of each record that is complete. The text may end within a record."""
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
