"""The HTTP client: every call to the API goes through `Client.get`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Any, Self

import httpx
from pydantic import SecretStr

from quality.dataset import Endpoint
from tasks.errors import (
    NoConnection,
    NotAvailable,
    Outage,
    Permanent,
    PipelineError,
    QuotaExhausted,
    ReserveReached,
    Transient,
    Unauthorized,
)
from tasks.masking import without, without_secret
from tasks.parsing.bounds import BeyondBounds
from tasks.requests import Request
from tasks.source._address import address, checked_token, checked_url, headers_with
from tasks.source._verdicts import Verdicts
from tasks.source.body import read_body
from tasks.source.limiter import Limiter
from tasks.source.network import connection, proxy_for
from tasks.source.responses import BadBody, RetryPolicy, transport_error

CONNECT_SECONDS = 30.0
KEEPALIVE_SECONDS = 30.0
OUTAGE_AFTER = 10  # if so many requests in a row fail after all retries, the API is down
LARGEST_COUNT = 12  # digits; a longer number of calls left is no count
CLOUDFLARE = ("cf-mitigated", "cf-ray", "server")  # show that a page is not from the API
KEPT_HEADERS = ("content-type", "date", "etag", "retry-after", "x-calllimit-remaining", *CLOUDFLARE)


@dataclass(frozen=True)
class Response:
    """One response of the API, with the facts that the raw store keeps about it.

    Args:
        url: as requested; it never contains the key.
        body: as sent, decompressed.
        fetched_at: UTC time at which the last byte arrived.
        elapsed_seconds: duration of the successful attempt.
        attempts: number of calls.
        headers: those in `KEPT_HEADERS`, names in lower case.
        defect: why the body is unusable and stored as rejected; None for a good body.
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
        """Calls left this month after this one, by the API's count."""
        text = self.headers.get("x-calllimit-remaining", "")
        return int(text) if text.isdecimal() and len(text) <= LARGEST_COUNT else None


class Unreadable(Permanent):
    """The body was not complete JSON twice in a row.

    Attributes:
        response: the last response with its `defect`, to be stored as rejected.
    """

    def __init__(self, message: str, response: Response) -> None:
        super().__init__(message)
        self.response = response


@dataclass
class Effort:
    """The calls that one request has taken so far, whether it succeeds or not."""

    calls: int = 0
    bad_bodies: int = 0
    bad: Response | None = None


class Client:
    """Client of the API: one limiter, retries by `tasks.source.responses`, a budget of calls, the key in a header only.

    After a response that ends the run (quota, budget, key) it sends nothing more; `stopped` has the reason.

    Args:
        base_url: scheme and host, without credentials.
        api_key: bearer token; None for a source without keys.
        transport: replaces the network in tests.
        clock: the current time, UTC.
        max_calls: maximum of calls, including retries.
        deadline_seconds: for one attempt, from connect to last byte. A read time-out alone never ends a slow trickle.

    Raises:
        BadInput: for a base URL or a key that is not valid.
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
        self.sent = 0  # calls sent, including retries; limited by `max_calls`
        self.calls = 0  # responses that cost a call of the monthly quota: the API refunds all but 2xx
        self.remaining: int | None = None
        self.reserve = 0  # calls of the month to leave unused
        self.stopped: PipelineError | None = None
        self.in_progress = 0  # calls without a response yet
        self._failed_in_a_row = 0  # requests
        self.gated: dict[str, str] = {}  # endpoints that this key does not get from this server, with the reason
        self._token = checked_token(api_key)
        self._clock = clock
        self._max_calls = max_calls
        self._retry = retry or RetryPolicy()
        self._deadline = deadline_seconds
        url = checked_url(base_url)
        proxy = proxy_for(url) if transport is None else None
        self._verdicts = Verdicts(url.host, proxy, self._token)
        options: dict[str, Any] = {
            "base_url": url,
            "headers": headers_with(self._token),
            "cookies": CookieJar(DefaultCookiePolicy(allowed_domains=())),  # none is kept: one may be unreadable
            "timeout": httpx.Timeout(read_timeout_seconds, connect=CONNECT_SECONDS, pool=None),
            "limits": httpx.Limits(max_connections=limiter.in_flight, keepalive_expiry=KEEPALIVE_SECONDS),
        }
        if transport is None:
            self._http = connection(proxy, **options)
        else:
            self._http = httpx.AsyncClient(transport=transport, trust_env=False, **options)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def get(self, endpoint: Endpoint, request: Request, effort: Effort | None = None) -> Response:
        """The response to one request, with retries.

        Args:
            effort: counts the calls, even if the request fails.

        Raises:
            BadInput: the request does not fit the endpoint; nothing was sent.
            QuotaExhausted, Unauthorized, NoConnection: this client sends nothing more.
            NotAvailable, Permanent, Unreadable: this request would fail the same way again.
            Transient: all attempts failed.
        """
        path, query = address(endpoint, request)
        effort = effort or Effort()
        while True:
            try:
                return await self._attempt(request, path, query, effort)
            except Transient as error:
                wait = self._wait_or_give_up(error, effort)
                if error.retry_after:
                    await self.limiter.hold(wait)  # the limit is for all callers together, so all of them pause
            await self._retry.sleep(wait)

    def _wait_or_give_up(self, error: Transient, effort: Effort) -> float:
        if not self._retry.should_retry(error, effort.calls, effort.bad_bodies):
            self._count_failure(error)
            if isinstance(error, BadBody) and effort.bad:
                raise Unreadable(
                    f"{error} It is stored as rejected; a later run requests it again.", effort.bad
                ) from error
            raise Transient(
                f"{error} Gave up after {effort.calls} attempts: run again later, it requests only what is missing."
            )
        return self._retry.wait_seconds(effort.calls, error.retry_after)

    def _count_failure(self, error: Transient) -> None:
        self._failed_in_a_row += 1
        if self._failed_in_a_row >= OUTAGE_AFTER and self.stopped is None:
            self.stopped = Outage(
                f"The API failed {self._failed_in_a_row} requests in a row, the last with: {error} "
                "Run again when it is up."
            )

    async def _attempt(self, request: Request, path: str, query: dict[str, str], effort: Effort) -> Response:
        async with self.limiter:
            self._admit()
            effort.calls += 1
            begun = time.perf_counter()
            self.in_progress += 1
            try:
                reply, body = await self._exchange(str(request), path, query)
            finally:
                self.in_progress -= 1
        response = Response(
            request=request,
            url=str(reply.url),
            status=reply.status_code,
            body=body,
            fetched_at=self._clock(),
            elapsed_seconds=time.perf_counter() - begun,
            attempts=effort.calls,
            headers={name: without(reply.headers[name], self._token) for name in KEPT_HEADERS if name in reply.headers},
        )
        self._check(response, effort)
        return response

    async def _exchange(self, request: str, path: str, query: dict[str, str]) -> tuple[httpx.Response, bytes]:
        try:
            async with asyncio.timeout(self._deadline), self._http.stream("GET", path, params=query) as reply:
                self.calls += reply.is_success
                body = await read_body(reply)
        except TimeoutError:
            raise Transient(f"{request}: no complete response within {self._deadline:g} s.") from None
        except httpx.HTTPError as error:
            found = self._without_key(transport_error(request, error, self._verdicts.host, self._verdicts.proxy))
            if isinstance(found, NoConnection):
                self.stopped = self.stopped or found
            raise found from None
        except BeyondBounds as error:
            raise Permanent(f"{request}: HTTP {reply.status_code}, but {error}.") from None
        return reply, body

    def set_reserve(self, reserve: int) -> None:
        """Leave this many calls of the month unused from now on. A stop because of an earlier reserve is cleared."""
        self.reserve = reserve
        if isinstance(self.stopped, ReserveReached):
            self.stopped = None

    def _check_reserve(self) -> None:
        if self.remaining is None or not self.reserve or self.stopped is not None:
            return
        if self.remaining - self.in_progress <= self.reserve:
            self.stopped = ReserveReached(
                f"{self.remaining:,} calls are left this month and {self.reserve:,} are reserved for the daily run "
                "(CBBD_QUOTA_RESERVE): run again next month to continue here, or set a smaller reserve."
            )

    def _admit(self) -> None:
        self._check_reserve()
        if self._max_calls is not None and self.sent >= self._max_calls and self.stopped is None:
            self.stopped = QuotaExhausted(
                f"The budget of {self._max_calls} calls (--max-calls) is used up: run again to continue here."
            )
        if self.stopped is not None:
            raise type(self.stopped)(str(self.stopped))
        self.sent += 1

    def _check(self, response: Response, effort: Effort) -> None:
        if response.remaining_calls is not None:
            self.remaining = response.remaining_calls
        error = self._verdicts.of(
            response.request, response.status, response.headers, response.body, response.fetched_at
        )
        if not isinstance(error, Transient):
            self._failed_in_a_row = 0
        if error is None:
            return
        self._without_key(error)
        if isinstance(error, BadBody):
            effort.bad_bodies += 1
            effort.bad = replace(response, body=without_secret(response.body, self._token), defect=str(error))
        elif isinstance(error, QuotaExhausted | Unauthorized | NoConnection):
            self.stopped = self.stopped or error
        elif isinstance(error, NotAvailable):
            self.gated[response.request.endpoint] = str(error)
        raise error

    def _without_key(self, error: PipelineError) -> PipelineError:
        """An error whose message does not contain the key: it may quote what the server sent."""
        if self._token:
            error.args = (without(str(error), self._token),)
        return error
