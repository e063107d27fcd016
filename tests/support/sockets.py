"""Servers on sockets of this machine, and a client that calls them: for what no simulated transport can show."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from pydantic import SecretStr

from tasks.errors import PipelineError
from tasks.source.client import Client
from tasks.source.limiter import Limiter
from tasks.source.network import CERTIFICATES
from tasks.source.responses import RetryPolicy
from tests.support.toy_api import KEY, SEASON, SEASONAL

VARIABLES = [*CERTIFICATES, *(f"{scheme}_PROXY" for scheme in ("HTTP", "HTTPS", "ALL", "NO"))]


def without_network_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy and no certificate of this machine."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setattr("tasks.source.network._before_exemption", {})


class Server:
    """Answers every request with the next of its replies, the last one for ever; counts them."""

    def __init__(self, *replies: bytes, context: ssl.SSLContext | None = None) -> None:
        self.replies, self.context, self.asked = list(replies), context, list[bytes]()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while words := await reader.read(65_536):
                self.asked.append(words)
                writer.write(self.replies.pop(0) if len(self.replies) > 1 else self.replies[0])
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    @asynccontextmanager
    async def started(self) -> AsyncIterator[int]:
        calls = set[asyncio.Task[None]]()

        def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            calls.add(asyncio.ensure_future(self._serve(reader, writer)))

        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=self.context)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            await asyncio.gather(*calls)


def http(status: int, body: bytes, kind: str = "application/json", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"content-type: {kind}", f"content-length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


GOOD = http(200, b'[{"id":1}]')


async def ask(url: str) -> tuple[int, PipelineError | None, Client]:
    """One request with at most three attempts: the attempts, the error, the client."""
    quick = RetryPolicy(attempts=3, sleep=lambda _: asyncio.sleep(0))
    async with Client(url, SecretStr(KEY), limiter=Limiter(None, 1), retry=quick) as api:
        try:
            response = await api.get(SEASONAL, SEASON)
        except PipelineError as error:
            return api.sent, error, api
        return response.attempts, None, api


def asked(server: Server, scheme: str = "http") -> tuple[int, PipelineError | None, Client]:
    async def main() -> tuple[int, PipelineError | None, Client]:
        async with server.started() as port:
            return await ask(f"{scheme}://127.0.0.1:{port}")

    return asyncio.run(main())
