"""Reads the body of a reply within its bounds: it is decompressed in small pieces, so a bomb costs a few megabytes."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Iterator
from io import BytesIO

import httpx

from tasks.parsing.bounds import MAX_BYTES, MAX_TEXT_BYTES, require_not_blank, too_large

PIECE_BYTES = 1 << 20  # decompressed at a time
ERROR_BYTES = 1 << 16  # read of the body of an error; the rest is not needed to classify it
GZIP_OR_ZLIB = 47  # zlib's window bits for either header


async def read_body(reply: httpx.Response) -> bytes:
    """The decompressed body of a reply.

    Of a reply that is not a success only the beginning is read.

    Raises:
        BeyondBounds: when it has more than `MAX_BYTES`, or begins with nothing but blanks.
        httpx.DecodingError: when it is compressed in a way that was not offered, or not as it says.
    """
    limit = MAX_BYTES if reply.is_success else ERROR_BYTES
    body, size = BytesIO(), 0  # a server may send single bytes, so pieces are not kept; `getvalue` is no copy
    async for piece in _pieces(reply):
        before, size = size, size + body.write(piece[: limit + 1 - size])
        if size > limit:
            if reply.is_success:
                raise too_large("more bytes")
            break
        if before <= MAX_TEXT_BYTES < size:
            require_not_blank(body.getvalue())
    return body.getvalue()


async def _pieces(reply: httpx.Response) -> AsyncIterator[bytes]:
    if reply.is_stream_consumed:  # a transport without a network: the body is there
        yield reply.content
        return
    encoding = reply.headers.get("content-encoding", "").strip().lower()
    if encoding in {"", "identity"}:
        async for chunk in reply.aiter_raw():
            yield chunk
    elif encoding in {"gzip", "x-gzip", "deflate"}:
        opened = _Decompressor(reply)
        async for chunk in reply.aiter_raw():
            for piece in opened.pieces(chunk):
                yield piece
    else:
        raise httpx.DecodingError(
            f"the body is compressed with {encoding[:50]!r}, gzip was offered", request=reply.request
        )


class _Decompressor:
    """A stream of gzip members, or of zlib."""

    def __init__(self, reply: httpx.Response) -> None:
        self._reply = reply
        self._zlib = zlib.decompressobj(GZIP_OR_ZLIB)

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        """What a chunk decompresses to, in small pieces."""
        try:
            while chunk:
                if self._zlib.eof:
                    self._zlib = zlib.decompressobj(GZIP_OR_ZLIB)
                yield self._zlib.decompress(chunk, PIECE_BYTES)
                chunk = self._zlib.unconsumed_tail or self._zlib.unused_data
        except zlib.error as error:
            raise httpx.DecodingError(
                f"the body cannot be decompressed ({error})", request=self._reply.request
            ) from error
