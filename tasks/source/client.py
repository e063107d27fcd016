"""The one HTTP client: every call to the API goes through `Client.get`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import httpx
from pydantic import SecretStr

from quality.dataset import Endpoint
from tasks.errors import (
    Outage,
    Permanent,
    PipelineError,
    QuotaExhausted,
    ReserveReached,
    TierRequired,
    Transient,
    Unauthorized,
)
from tasks.requests import Request
from tasks.source._address import address, checked_token, checked_url, headers_with
from tasks.source.limiter import Limiter
from tasks.source.responses import BadBody, RetryPolicy, response_error, transport_error

CONNECT_SECONDS = 30.0
KEEPALIVE_SECONDS = 30.0
OUTAGE_AFTER = 10  # requests in a row that failed with all their attempts: the API is down, not the request bad
KEPT_HEADERS = ("content-type", "date", "etag", "retry-after", "x-calllimit-remaining")


@dataclass(frozen=True)
class Response:
    """One answer of the API, with what raw keeps about it.

    Args:
        url: as asked; the key is never part of it.
        body: as sent, gzip undone.
        fetched_at: UTC, when the last byte had come: what the body says was known by then.
        elapsed_seconds: of the attempt that brought it.
        attempts: calls that it took.
        headers: the few that matter, names in lower case.
        defect: why the body is of no use and belongs into quarantine; None for a good one.
    """

    request: Request
    url: str
    status: int
    body: bytes = field(repr=False)
    fetched_at: datetime
    elapsed_seconds: float
    attempts: int
    headers: Mapping[str, str]
    defect: str | None = None

    @property
    def remaining_calls(self) -> int | None:
        """Calls left this month after this one, as the API counts."""
        text = self.headers.get("x-calllimit-remaining", "")
        return int(text) if text.isdecimal() else None

    @property
    def etag(self) -> str | None:
        """The API's hash of the body."""
        return self.headers.get("etag")


class Unreadable(Permanent):
    """Twice the answer was not whole JSON; the last one is handed over, to be kept apart.

    Attributes:
        response: the last answer, its `defect` set.
    """

    def __init__(self, message: str, response: Response) -> None:
        super().__init__(message)
        self.response = response


@dataclass
class Effort:
    """What one request has cost so far, whether it succeeds or not."""

    calls: int = 0
    bad_bodies: int = 0
    bad: Response | None = None


class Client:
    """Asks the API: key in the header only, one limiter, retries by verdict, a budget of calls.

    After a verdict that ends the run (quota, budget, key) nothing more is sent; `stopped` says why.

    Args:
        base_url: scheme and host, without credentials.
        api_key: bearer token; None for a source that wants none.
        transport: replaces the network in tests.
        clock: UTC now.
        max_calls: calls that may be sent in all, retries included.
        deadline_seconds: for one attempt, from connect to last byte; a read time-out alone never ends a slow drip.

    Raises:
        BadInput: for a base URL or a key that cannot be sent.
    """

    def __init__(
        self,
        base_url: str,
        api_key: SecretStr | None,
        *,
        limiter: Limiter,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        max_calls: int | None = None,
        retry: RetryPolicy | None = None,
        deadline_seconds: float = 600,
        read_timeout_seconds: float = 180,
    ) -> None:
        self.limiter = limiter
        self.sent = 0  # calls that went out, retries included: what `max_calls` bounds
        self.calls = 0  # answers that cost a call of the month's quota: the API refunds all but 2xx
        self.remaining: int | None = None
        self.reserve = 0  # calls of the month that are not to be spent
        self.stopped: PipelineError | None = None
        self._under_way = 0
        self._given_up = 0  # requests in a row
        self.gated: dict[str, str] = {}  # endpoints beyond the key's tier, with the API's reason
        self._token = checked_token(api_key)
        self._clock = clock
        self._max_calls = max_calls
        self._retry = retry or RetryPolicy()
        self._deadline = deadline_seconds
        self._http = httpx.AsyncClient(
            base_url=checked_url(base_url),
            headers=headers_with(self._token),
            timeout=httpx.Timeout(read_timeout_seconds, connect=CONNECT_SECONDS, pool=None),
            limits=httpx.Limits(max_connections=limiter.in_flight, keepalive_expiry=KEEPALIVE_SECONDS),
            transport=transport,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def get(self, endpoint: Endpoint, request: Request, effort: Effort | None = None) -> Response:
        """The answer to one request, asked again as `tasks.source.responses` says.

        Args:
            effort: counts the calls, also of a request that fails.

        Raises:
            BadInput: the request does not fit the endpoint; nothing was sent.
            QuotaExhausted, Unauthorized: this client sends nothing more.
            TierRequired, Permanent, Unreadable: this request would fail the same way again.
            Transient: all attempts failed.
        """
        path, query = address(endpoint, request)
        effort = effort or Effort()
        while True:
            try:
                return await self._attempt(request, path, query, effort)
            except Transient as error:
                wait = self._wait_or_give_up(error, effort)
            await self._retry.sleep(wait)

    def _wait_or_give_up(self, error: Transient, effort: Effort) -> float:
        if not self._retry.again(error, effort.calls, effort.bad_bodies):
            self._count_failure(error)
            if isinstance(error, BadBody) and effort.bad:
                raise Unreadable(
                    f"{error} It is kept in quarantine; ask again with a later run.", effort.bad
                ) from error
            raise Transient(f"{error} Gave up after {effort.calls} attempts: run again later, only gaps are asked.")
        wait = self._retry.wait_seconds(effort.calls, error.retry_after)
        if error.retry_after:
            self.limiter.hold(wait)  # the server is asked by all callers together, so all of them pause
        return wait

    def _count_failure(self, error: Transient) -> None:
        self._given_up += 1
        if self._given_up >= OUTAGE_AFTER and self.stopped is None:
            self.stopped = Outage(
                f"The API failed {self._given_up} requests in a row, the last with: {error} Run again when it is up."
            )

    async def _attempt(self, request: Request, path: str, query: dict[str, str], effort: Effort) -> Response:
        async with self.limiter:
            self._admit()
            effort.calls += 1
            begun = time.perf_counter()
            self._under_way += 1
            try:
                answer, body = await self._exchange(str(request), path, query)
            finally:
                self._under_way -= 1
        response = Response(
            request=request,
            url=str(answer.url),
            status=answer.status_code,
            body=body,
            fetched_at=self._clock(),
            elapsed_seconds=time.perf_counter() - begun,
            attempts=effort.calls,
            headers={name: answer.headers[name] for name in KEPT_HEADERS if name in answer.headers},
        )
        self._judge(response, effort)
        return response

    async def _exchange(self, asked: str, path: str, query: dict[str, str]) -> tuple[httpx.Response, bytes]:
        try:
            async with asyncio.timeout(self._deadline), self._http.stream("GET", path, params=query) as answer:
                self.calls += answer.is_success
                chunks = [chunk async for chunk in answer.aiter_bytes()]
        except TimeoutError:
            raise Transient(f"{asked}: no whole answer within {self._deadline:g} s.") from None
        except httpx.HTTPError as error:
            raise self._without_key(transport_error(asked, error)) from None
        return answer, b"".join(chunks)

    def keep_back(self, reserve: int) -> None:
        """Leave this many calls of the month unspent from now on; a stop for the sake of a reserve is lifted."""
        self.reserve = reserve
        if isinstance(self.stopped, ReserveReached):
            self.stopped = None

    def _spare(self) -> None:
        if self.remaining is None or not self.reserve or self.stopped is not None:
            return
        if self.remaining - self._under_way <= self.reserve:
            self.stopped = ReserveReached(
                f"{self.remaining:,} calls are left this month and {self.reserve:,} are kept for the daily run "
                "(CBBD_QUOTA_RESERVE): run again next month, it goes on here, or set a smaller reserve."
            )

    def _admit(self) -> None:
        self._spare()
        if self._max_calls is not None and self.sent >= self._max_calls and self.stopped is None:
            self.stopped = QuotaExhausted(
                f"The budget of {self._max_calls} calls (--max-calls) is spent: run again to go on where it stopped."
            )
        if self.stopped is not None:
            raise type(self.stopped)(str(self.stopped))
        self.sent += 1

    def _judge(self, response: Response, effort: Effort) -> None:
        if response.remaining_calls is not None:
            self.remaining = response.remaining_calls
        error = response_error(
            str(response.request), response.status, response.headers, response.body, now=response.fetched_at
        )
        if not isinstance(error, Transient):
            self._given_up = 0
        if error is None:
            return
        self._without_key(error)
        if isinstance(error, BadBody):
            effort.bad_bodies += 1
            effort.bad = replace(response, body=self._masked(response.body), defect=str(error))
        elif isinstance(error, QuotaExhausted | Unauthorized):
            self.stopped = self.stopped or error
        elif isinstance(error, TierRequired):
            self.gated[response.request.endpoint] = str(error)
        raise error

    def _masked(self, body: bytes) -> bytes:
        """A body that is of no use, to be kept for people to look at: a page may repeat what it was sent."""
        return body.replace(self._token.encode(), b"***") if self._token else body

    def _without_key(self, error: PipelineError) -> PipelineError:
        if self._token:
            error.args = (str(error).replace(self._token, "***"),)
        return error
