"""A toy API for tests of the HTTP side: endpoints of no real service, a scripted server, a client on virtual time."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from quality.columns import INT, Field, Record
from quality.dataset import Endpoint, Param, Pattern
from tasks.errors import PipelineError
from tasks.requests import Request
from tasks.source.client import Client, Response
from tasks.source.fetch import Keep, Outcome, fetch_all
from tasks.source.limiter import Limiter
from tasks.source.responses import RetryPolicy
from tests.support.virtual_time import now, run

KEY = "t0p-secret-key-of-a-test"
NOON = datetime(2030, 1, 5, 12, tzinfo=UTC)
JSON = {"content-type": "application/json"}
RECORD = Record((Field("id", INT, "row"),))

WINDOWED = Endpoint(
    name="toys",
    path="/toys",
    record=RECORD,
    description="Rows in time.",
    params=(Param("season", "integer"), Param("startDateRange", "date-time"), Param("endDateRange", "date-time")),
    pattern=Pattern.WINDOWS,
    window_days=30,
    row_cap=70,
)
PORTAL = Endpoint(
    name="portal", path="/recruiting/portal", record=RECORD, description="By year.", params=(Param("year", "integer"),)
)
BY_ID = Endpoint(
    name="by_id",
    path="/toys/{toyId}/parts",
    record=RECORD,
    description="Parts of one toy.",
    params=(Param("toyId", "integer", required=True, in_path=True), Param("team"), Param("size", required=True)),
)
SEASONAL = Endpoint(
    name="seasonal", path="/seasonal", record=RECORD, description="By season.", params=(Param("season", "integer"),)
)
GATED = Endpoint(
    name="gated",
    path="/gated",
    record=RECORD,
    description="Tier 2.",
    params=(Param("season", "integer"),),
    min_tier=2,
)
SEASON = Request("seasonal", (("season", 2030),), 2030)

Reply = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


def rows(count: int) -> httpx.Response:
    """A good answer of so many records."""
    return httpx.Response(200, json=[{"id": number} for number in range(count)])


def refusal(status: int, message: str) -> httpx.Response:
    """An error as the API words it."""
    return httpx.Response(status, json={"message": message})


class Script(httpx.AsyncBaseTransport):
    """Answers calls with the replies in turn, the last one for ever; notes when and what was asked."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.asked: list[httpx.Request] = []
        self.times: list[float] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        reply = self.replies[min(len(self.asked), len(self.replies) - 1)]
        self.asked.append(request)
        self.times.append(now())
        if isinstance(reply, Exception):
            raise reply
        return reply if isinstance(reply, httpx.Response) else reply(request)


def client(
    transport: httpx.AsyncBaseTransport,
    *,
    limiter: Limiter | None = None,
    attempts: int = 5,
    max_calls: int | None = None,
    key: str | None = KEY,
) -> Client:
    """A client on virtual time whose waits are the longest that the policy allows."""
    return Client(
        "http://api.test/v1/",
        SecretStr(key) if key is not None else None,
        limiter=limiter or Limiter(None, 3, clock=now),
        transport=transport,
        clock=lambda: NOON,
        max_calls=max_calls,
        retry=RetryPolicy(attempts=attempts, random=lambda: 1.0),
    )


def replies(*statuses: int) -> Sequence[httpx.Response]:
    """Bare answers with these statuses."""
    return [rows(1) if status == 200 else httpx.Response(status) for status in statuses]


def ask(
    transport: httpx.AsyncBaseTransport, request: Request = SEASON, endpoint: Endpoint = SEASONAL, **options: Any
) -> Response:
    """One request through a client."""

    async def main() -> Response:
        async with client(transport, **options) as api:
            return await api.get(endpoint, request)

    return run(main())


def fail(transport: httpx.AsyncBaseTransport, **options: Any) -> PipelineError:
    """The error of one request that fails."""
    with pytest.raises(PipelineError) as caught:
        ask(transport, **options)
    return caught.value


class Shelf:
    """A `keep` that remembers, and counts records as the raw store does."""

    def __init__(self) -> None:
        self.good: dict[Request, bytes] = {}
        self.bad: dict[Request, bytes] = {}

    def __call__(self, endpoint: Endpoint, response: Response) -> int:
        assert endpoint.name == response.request.endpoint
        if response.defect:
            self.bad[response.request] = response.body
            return 0
        self.good[response.request] = response.body
        return len(json.loads(response.body))


def season(year: int, endpoint: Endpoint = SEASONAL) -> tuple[Endpoint, Request]:
    """One piece of work."""
    return endpoint, Request(endpoint.name, (("season", year),), year)


def fetch(
    transport: httpx.AsyncBaseTransport,
    work: Sequence[tuple[Endpoint, Request]],
    keep: Keep | None = None,
    *,
    in_flight: int = 3,
    **options: Any,
) -> list[Outcome]:
    """A whole list of requests through a client."""
    seen: list[Outcome] = []

    async def main() -> list[Outcome]:
        async with client(transport, limiter=Limiter(None, in_flight, clock=now), **options) as api:
            return await fetch_all(api, work, keep or Shelf(), seen.append)

    outcomes = run(main())
    assert seen == outcomes, "progress hears of every outcome"
    return outcomes
