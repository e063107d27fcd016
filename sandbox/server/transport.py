"""Transport of responses: in process (httpx, sync and async) or over HTTP (ASGI)."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import httpx

from sandbox.server.api import Api
from sandbox.server.faults import Call, Reply

Message = MutableMapping[str, Any]


class SandboxTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """An httpx transport without a port. A delay above the client's read timeout raises at once, without sleeping."""

    def __init__(self, api: Api) -> None:
        self.api = api

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Respond to a synchronous client."""
        reply = self._reply(request)
        if reply.delay:
            time.sleep(reply.delay)
        return httpx.Response(reply.status, headers=_headers(reply), stream=_Stream(request, reply))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Respond to an asynchronous client."""
        reply = self._reply(request)
        if reply.delay:
            await asyncio.sleep(reply.delay)
        return httpx.Response(reply.status, headers=_headers(reply), stream=_Stream(request, reply))

    def _reply(self, request: httpx.Request) -> Reply:
        headers = {name.lower(): value for name, value in request.headers.items()}
        call = Call.of(request.method, request.url.path, request.url.params.multi_items(), headers)
        reply = self.api.respond(call)
        if reply.broken:
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)
        limit = request.extensions.get("timeout", {}).get("read")
        if limit is not None and reply.delay > limit:
            raise httpx.ReadTimeout("The read operation timed out", request=request)
        return reply


class _Stream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body, sent at once or byte by byte. A body that ends too early breaks the connection.

    The response and the stream of httpx refer to each other, so a body that is not released at the end of the exchange
    stays in memory until Python collects cycles, and a day of plays has 75 MB.
    """

    def __init__(self, request: httpx.Request, reply: Reply) -> None:
        self.request, self.reply = request, reply

    def __iter__(self) -> Iterator[bytes]:
        for part in _parts(self.reply):
            if self.reply.drip:
                time.sleep(self.reply.drip)
            yield part
        self._check()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in _parts(self.reply):
            if self.reply.drip:
                await asyncio.sleep(self.reply.drip)
            yield part
        self._check()

    def close(self) -> None:
        """Release the body."""
        self.reply = replace(self.reply, body=b"")

    async def aclose(self) -> None:
        """Release the body."""
        self.close()

    def _check(self) -> None:
        if self.reply.promised is not None:
            text = "peer closed connection without sending complete message body"
            raise httpx.RemoteProtocolError(text, request=self.request)


def _parts(reply: Reply) -> Iterator[bytes]:
    if not reply.drip:
        yield reply.body
        return
    for place in range(len(reply.body)):
        yield reply.body[place : place + 1]


def _headers(reply: Reply) -> list[tuple[str, str]]:
    length = len(reply.body) if reply.promised is None else reply.promised
    return [*reply.headers.items(), ("content-length", str(length))]


class App:
    """The ASGI application."""

    def __init__(self, api: Api) -> None:
        self.api = api

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Serve one ASGI connection."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
        pairs = parse_qsl(scope["query_string"].decode(), keep_blank_values=True)
        # In a thread, so that a response that takes minutes does not block the others.
        reply = await asyncio.to_thread(self.api.respond, Call.of(scope["method"], scope["path"], pairs, headers))
        await asyncio.sleep(reply.delay)
        if reply.broken:
            # The promised byte is never sent, so the server closes the connection.
            reply = Reply(200, b"", promised=1)
        raw = [(name.encode(), value.encode("latin-1")) for name, value in _headers(reply)]
        await send({"type": "http.response.start", "status": reply.status, "headers": raw})
        for part in _parts(reply):
            await asyncio.sleep(reply.drip)
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _lifespan(receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
