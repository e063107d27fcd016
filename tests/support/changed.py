"""A sandbox whose responses are changed on their way: by path, parameters and rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest

from sandbox import Sandbox, SandboxConfig
from tasks.runs import engine
from tasks.settings import Settings

OF_THE_BODY = ("content-length", "content-encoding")
Change = Callable[[str, dict[str, str], Any], Any]  # path, parameters and rows to rows


class ChangedTransport(httpx.AsyncBaseTransport):
    """The sandbox's transport, with each JSON body of a good response replaced by what `change` makes of it."""

    def __init__(self, inner: httpx.AsyncBaseTransport, change: Change) -> None:
        self._inner, self._change = inner, change

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        body = await response.aread()
        await response.aclose()
        if response.status_code == httpx.codes.OK:
            rows = self._change(request.url.path.rstrip("/"), dict(request.url.params), orjson.loads(body))
            body = rows if isinstance(rows, bytes) else orjson.dumps(rows)
        headers = [(name, value) for name, value in response.headers.items() if name not in OF_THE_BODY]
        return httpx.Response(response.status_code, headers=headers, content=body)


def change_responses(patch: pytest.MonkeyPatch, change: Change) -> None:
    """Every sandbox of a run from now on sends what `change` makes of its responses."""
    patch.setattr(engine, "_simulated", lambda settings: ChangedTransport(_sandbox(settings).transport(), change))


def _sandbox(settings: Settings) -> Sandbox:
    return Sandbox(SandboxConfig(seed=settings.sandbox_seed, size=settings.sandbox_size, now=settings.sandbox_now))
