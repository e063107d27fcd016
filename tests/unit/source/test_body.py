"""Bodies that are too large or compressed in a hostile way. Trap: 1 GB of blanks (1 MB of gzip) took 3 GB."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import AsyncIterator

import httpx
import pytest

from tasks.errors import Permanent
from tasks.parsing.bounds import BeyondBounds
from tasks.source import body
from tasks.source.body import read_body
from tests.support.toy_api import JSON, Script, fail
from tests.support.virtual_time import run

BLANKS = b" " * (1 << 20)


class Chunks(httpx.AsyncByteStream):
    """A body that arrives in chunks and is never whole in memory."""

    def __init__(self, chunk: bytes, times: int, end: bytes = b"") -> None:
        self.chunk, self.times, self.end, self.sent = chunk, times, end, 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(self.times):
            self.sent += 1
            yield self.chunk
        yield self.end


def reply(stream: Chunks, status: int = 200, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, stream=stream, headers=named, request=httpx.Request("GET", "http://api.test/v1/x"))


def refused(stream: Chunks, **headers: str) -> None:
    tracemalloc.start()
    with pytest.raises(BeyondBounds):
        run(read_body(reply(stream, **headers)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * body.MAX_BYTES


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "MAX_BYTES", 8 << 20)


def test_l4_blanks_are_refused_at_once():
    stream = Chunks(BLANKS, 1_000)
    refused(stream)
    assert stream.sent < 5, "the rest is not read"


def test_l4_a_large_body_is_refused_at_the_bound(small: None):
    stream = Chunks(b'{"a":1},' * (1 << 17), 1_000)
    refused(stream)
    assert stream.sent < 12


@pytest.mark.parametrize("level", [1, 9])
def test_l4_a_gzip_bomb_is_refused_at_the_bound(small: None, level: int):
    """The whole bomb comes in one chunk of the network."""
    refused(Chunks(gzip.compress(b"[" + BLANKS * 300, level), 1), content_encoding="gzip")
    refused(Chunks(gzip.compress(b'{"a":1},' * (1 << 25), level), 1), content_encoding="gzip")


def test_l4_a_bomb_in_a_bomb_and_other_packings_are_not_opened():
    inner = gzip.compress(gzip.compress(BLANKS))
    for name in ("gzip, gzip", "zstd", "br", "x" * 1_000):
        with pytest.raises(httpx.DecodingError, match="gzip was offered"):
            run(read_body(reply(Chunks(inner, 1), content_encoding=name)))


@pytest.mark.parametrize("size", [1, 3, 10_000])
def test_gzip_is_read_whole_however_it_is_cut_and_in_several_members(size: int):
    packed = gzip.compress(b"[1,") + gzip.compress(b"2]")

    class Cut(Chunks):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            for at in range(0, len(packed), size):
                yield packed[at : at + size]

    assert run(read_body(reply(Cut(b"", 0), content_encoding="gzip"))) == b"[1,2]"
    assert run(read_body(reply(Chunks(zlib.compress(b"[3]"), 1), content_encoding="deflate"))) == b"[3]"


def test_what_is_not_gzip_is_an_error_of_the_transfer():
    with pytest.raises(httpx.DecodingError, match="cannot be decompressed"):
        run(read_body(reply(Chunks(b"no gzip", 1), content_encoding="gzip")))


def test_the_page_of_an_error_is_read_up_to_a_limit():
    stream = Chunks(b"x" * 1_000, 100_000)
    assert len(run(read_body(reply(stream, 500)))) <= body.ERROR_BYTES + 1
    assert stream.sent < 100


def test_l4_a_request_with_such_a_body_fails_once_and_says_the_bound():
    script = Script(httpx.Response(200, stream=Chunks(BLANKS, 200), headers=JSON))
    error = fail(script)
    assert isinstance(error, Permanent)
    assert "begins with more than 1,048,576 blanks" in str(error)
    assert len(script.asked) == 1, "the same request would bring the same body"


class Drops(Chunks):
    """A body that arrives in many small chunks, each in memory of its own."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for number in range(self.times):
            yield b"%07d" % number


def test_a_body_in_drops_takes_no_more_memory_than_a_few_bodies():
    """Trap: a list of chunks of a few bytes takes ten times the memory of the body, and no bound counts it."""
    times = 300_000
    tracemalloc.start()
    found = run(read_body(reply(Drops(b"", times))))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (len(found), found[:7], found[-7:]) == (7 * times, b"0000000", b"0299999")
    assert peak < 3 * len(found)
