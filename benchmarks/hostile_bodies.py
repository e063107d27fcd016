"""Time and memory that hostile responses take: read as the client reads them, then parsed as a build does.

usage: python benchmarks/hostile_bodies.py [--update]

Each body is made in pieces and read in a process of its own. Memory is compared with that of a small good response.
"""

from __future__ import annotations

import asyncio
import sys
import time
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
from common import parser, show, spend

from quality.contracts.plays import PLAYS
from tasks.errors import PipelineError
from tasks.parsing.parse import parse
from tasks.source.body import read_body

PLAY = b'{"id":%d,"gameId":%d,"season":2025,"playType":"JumpShot"%s}'


def plays(number: int, extra: Callable[[int], bytes] = lambda _: b"") -> Iterator[bytes]:
    """A list of plays, each with an extra text before its end."""
    yield b"["
    for row in range(number):
        yield (b"," if row else b"") + PLAY % (row + 1, row // 400 + 1, extra(row))
    yield b"]"


def nested(depth: int) -> bytes:
    """A field that no contract knows, so many objects deep."""
    return b',"extra":' + b'{"a":' * depth + b"1" + b"}" * depth


def packed(block: bytes, times: int, begin: bytes = b"") -> Iterator[bytes]:
    """A block many times over, as gzip; it is packed at once."""
    packer = zlib.compressobj(wbits=31)
    return iter([packer.compress(begin), *[packer.compress(block) for _ in range(times)], packer.flush()])


BODIES: dict[str, Callable[[], Iterator[bytes]]] = {
    "one good play": lambda: plays(1),
    "an unknown field 100,000 deep": lambda: plays(1, lambda _: nested(100_000)),
    "an unknown field 1,000 deep": lambda: plays(1, lambda _: nested(1_000)),
    "1 GB of blanks": lambda: (b" " * (1 << 20) for _ in range(1_000)),
    "1 MB of gzip that is 1 GB of blanks": lambda: packed(b" " * (1 << 20), 1_000),
    "1 MB of gzip that is 300 MB of records": lambda: packed(b'{"id":1},' * (1 << 17), 256, b"["),
    "300 MB of plays": lambda: plays(4_000_000),
    "600,000 empty records": lambda: iter([b"[", b"{}," * 599_999, b"{}]"]),
    "a text of 100 MB": lambda: iter([b'[{"id":1,"playText":"', *[b"x" * (1 << 20)] * 100, b'"}]']),
    "16,000 plays, each with a field of its own": lambda: plays(16_000, lambda row: b',"x%d":{"y%d":1}' % (row, row)),
    "16,000 plays, an object keyed by id": lambda: plays(16_000, lambda row: b',"extra":{"k%d":{"v":1}}' % row),
    "an array of 10,000,000 numbers": lambda: plays(1, lambda _: b',"extra":[' + b"1," * 9_999_999 + b"1]"),
}


class Pieces(httpx.AsyncByteStream):
    """A body that arrives piece by piece."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The pieces."""
        for piece in self._pieces:
            yield piece


def verdict(name: str, stream: Pieces) -> str:
    """What reading and parsing a body ends with."""
    headers = {"content-encoding": "gzip"} if "gzip" in name else {}
    response = httpx.Response(200, stream=stream, headers=headers, request=httpx.Request("GET", "http://api.test/"))
    try:
        parsed = parse(asyncio.run(read_body(response)), PLAYS)
    except PipelineError as error:
        return "refused: " + str(error).split(";", 1)[0]
    return f"{len(parsed.frame):,} rows, {len(parsed.rejects):,} rejected"


def main() -> None:
    """Print the table, or read one body in this process."""
    options = parser(__doc__ or "")
    options.add_argument("--one", choices=BODIES, help="read this body in this process")
    given = options.parse_args()
    if given.one:
        stream, begun = Pieces(BODIES[given.one]()), time.perf_counter()
        told = verdict(given.one, stream)
        sys.stdout.write(f"{time.perf_counter() - begun:.2f}\t{told}")
        return
    rows = [("body", "what became of it", "seconds", "GB more than a good play")]
    base = None
    for name in BODIES:
        done = spend([sys.executable, Path(__file__), "--one", name])
        seconds, told = done.out.split("\t")
        base = done.peak if base is None else base
        rows.append((name, told, seconds, f"{done.peak - base:.2f}"))
    show("hostile-bodies", rows, update=given.update, note="Making the body counts, but not packing it.")


if __name__ == "__main__":
    main()
