"""Classifies responses: which requests are retried, after which wait, and what each response means. Nothing else does.

| response | action | reason |
|---|---|---|
| 2xx, complete JSON | accept | |
| 2xx, empty, not JSON or truncated | retry once | a proxy's page or a broken transfer; a second one is no accident |
| 5xx, 408, time-out, broken connection | retry | the API's 500 and 503 pass; failed calls cost no quota |
| 429 | retry | rate limit of a proxy, JSON or HTML; `Retry-After` is honoured |
| 429 "Monthly call quota exceeded." | stop the run | the quota is reset on the first of the next month |
| 401 naming a subscription tier | skip the endpoint | the key is valid, its tier is too low |
| 401, 403 with the API's own message | stop the run | every further call would be refused as well |
| 401, 403 with any other body | retry | a challenge page of Cloudflare or a firewall says nothing about the key |
| 404 that is not the API's own message | skip the endpoint | the server does not know the path |
| 407, an untrusted certificate | stop the run | the way to the API is closed, see `tasks.source.obstacles` |
| other 3xx, 4xx | fail the request | the same request gets the same response |
"""

from __future__ import annotations

import asyncio
import json
import math
import random
from codecs import BOM_UTF8
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from tasks.errors import (
    NotOffered,
    Permanent,
    PipelineError,
    QuotaExhausted,
    TierRequired,
    Transient,
    Unauthorized,
)
from tasks.source.network import ProxyInUse
from tasks.source.obstacles import credentials_missing, obstacle, page_of

MAX_RETRY_AFTER_SECONDS = 120.0
EXCERPT = 200  # maximum of characters that a message quotes from a body
PARSED_ERROR_BYTES = 65_536  # error bodies of the API are far smaller; a longer one is a proxy's page
CLOSING = {b"[": b"]", b"{": b"}"}
JSON_SPACE = b" \t\r\n"


class BadBody(Transient):
    """A 2xx response whose body is not complete JSON. It is retried exactly once."""


@dataclass(frozen=True)
class RetryPolicy:
    """Number of attempts and wait between them: exponential back-off with full jitter above a minimum.

    Args:
        attempts: maximum of attempts for one request.
        floor_seconds: shortest wait, whatever the server says.
        cap_seconds: longest wait of the back-off; the server's `Retry-After` may request up to 120 s.
    """

    attempts: int = 5
    floor_seconds: float = 0.5
    cap_seconds: float = 30.0
    random: Callable[[], float] = random.random
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    def wait_seconds(self, failures: int, retry_after: float | None) -> float:
        """Seconds to wait after a number of failures in a row; at least what the server requested."""
        ceiling = min(self.cap_seconds, self.floor_seconds * 2.0**failures)
        own = self.floor_seconds + self.random() * max(0.0, ceiling - self.floor_seconds)
        return max(own, retry_after or 0.0)

    def should_retry(self, error: Transient, failures: int, bad_bodies: int) -> bool:
        """Whether to retry after `failures` failed attempts, `bad_bodies` of them with a bad body."""
        return failures < self.attempts and not (isinstance(error, BadBody) and bad_bodies > 1)


def response_error(
    request: str,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    now: datetime,
    proxy: ProxyInUse | None = None,
) -> PipelineError | None:
    """Classify a response: None if it is good, otherwise the error to raise. The module's table has the reasons.

    Args:
        request: for the message.
        headers: response headers, names in lower case.
        now: time of arrival, for a `Retry-After` date from a server that sends no `Date`.
        proxy: what the call went through.
    """
    if 200 <= status < 300:
        defect = body_defect(headers.get("content-type", ""), body)
        return BadBody(f"{request}: HTTP {status}, but {defect}.") if defect else None
    message = api_message(body)
    fact = f"{request}: HTTP {status}, {message!r}." if message else f"{request}: HTTP {status}."
    if status == 429 and "call quota exceeded" in message.lower():
        return QuotaExhausted(f"{fact} The monthly quota is used up: run again after the 1st, the run continues there.")
    if status >= 500 or status in {408, 429}:
        return Transient(fact, retry_after_seconds(headers, now))
    if status in {401, 403} and _own_message(body) is None:
        return Transient(f"{fact} {page_of(headers, body)}", retry_after_seconds(headers, now))
    return credentials_missing(fact, proxy) if status == 407 else _refusal(fact, status, message, body)


def _refusal(fact: str, status: int, message: str, body: bytes) -> PipelineError:
    if status == 401 and "patreon subscription at tier" in message.lower():
        return TierRequired(f"{fact} The key's tier does not include it: leave the endpoint out or raise the tier.")
    if status in {401, 403}:
        return Unauthorized(f"{fact} Check the API key: it is missing, unknown or blocked.")
    if 300 <= status < 400:
        return Permanent(f"{fact} Check the base URL: the API itself never redirects.")
    if status == 404 and _is_unknown_path(body):
        return NotOffered(f"{fact} The server does not offer this endpoint.")
    return Permanent(f"{fact} The same request would fail again: check its parameters against the contract.")


def _is_unknown_path(body: bytes) -> bool:
    """Whether a 404 is about the path. The API never says 404 about a value: an unknown game or team is empty."""
    message = _own_message(body)
    return message is None or message.lower().startswith(("cannot get", "not found"))


def transport_error(
    request: str, error: httpx.HTTPError, host: str = "the server", proxy: ProxyInUse | None = None
) -> PipelineError:
    """Classify a failed exchange: broken connections and time-outs are transient, an unsendable request is not.

    Args:
        host: the server's, for the message.
        proxy: what the call went through.
    """
    fact = f"{request}: {type(error).__name__}"
    if found := obstacle(fact, error, host, proxy):
        return found
    fact += f", {error}." if str(error) else "."
    if isinstance(error, httpx.LocalProtocolError | httpx.UnsupportedProtocol):
        return Permanent(f"{fact} The request cannot be sent: check the base URL and the key.")
    return Transient(fact)


def retry_after_seconds(headers: Mapping[str, str], now: datetime) -> float | None:
    """Wait requested by `Retry-After` (seconds or HTTP date), limited to 0-120 s; None if the header has none.

    A date is compared with the server's own `Date`, so a wrong clock on either side does not matter.
    """
    text = headers.get("retry-after", "").strip()
    try:
        seconds = float(text)
    except ValueError:
        moment = http_date(text)
        if moment is None:
            return None
        seconds = (moment - (http_date(headers.get("date", "")) or now)).total_seconds()
    return None if math.isnan(seconds) else min(max(seconds, 0.0), MAX_RETRY_AFTER_SECONDS)


def http_date(text: str) -> datetime | None:
    """The moment of a header's date; None for any other text."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC)


def body_defect(content_type: str, body: bytes) -> str | None:
    """Why a body is not one complete JSON array or object; None if it is.

    Only the two ends are checked, so 53 MB cost nothing: HTTP reports a connection that breaks, and bronze parses
    strictly. The check finds pages of a proxy, empty bodies, and bodies that were truncated before HTTP framed them.
    """
    kind = content_type.partition(";")[0].strip().lower()
    head = body[:EXCERPT].removeprefix(BOM_UTF8).strip(JSON_SPACE)  # a byte order mark is no defect
    tail = body[-EXCERPT:].strip(JSON_SPACE)
    if not head:
        return "the body is empty"
    if kind and kind != "application/json" and not kind.endswith("+json"):
        return f"the body is {kind}, not JSON: {_excerpt(body)!r}"
    if head[:1] not in CLOSING:
        return f"the body is not a JSON array or object: {_excerpt(body)!r}"
    if not _is_closed(head, tail):
        return f"the JSON is truncated: {len(body):,} bytes that end in {_excerpt(tail[-20:])!r}"
    return None


def _is_closed(head: bytes, tail: bytes) -> bool:
    """Whether the last bracket closes the first one; in an array of objects the last object is closed as well."""
    if not tail.endswith(CLOSING[head[:1]]):
        return False
    of_objects = head[:1] == b"[" and head[1:].lstrip(JSON_SPACE)[:1] == b"{"
    return not of_objects or tail[:-1].rstrip(JSON_SPACE).endswith(b"}")


def api_message(body: bytes) -> str:
    """The API's `message` and its `details` by parameter; for any other body its beginning."""
    content = _error_object(body)
    if content is None:
        return _excerpt(body)
    details = content.get("details")
    named = [f"{name}: {_reason(detail)}" for name, detail in details.items()] if isinstance(details, dict) else []
    return "; ".join([str(content["message"]), *named])[: 5 * EXCERPT]


def _own_message(body: bytes) -> str | None:
    """The API's `message`; None for a page or any other body that the API does not send."""
    content = _error_object(body)
    return None if content is None else str(content["message"])


def _error_object(body: bytes) -> dict[str, object] | None:
    try:
        content = json.loads(body) if len(body) <= PARSED_ERROR_BYTES else None
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) and "message" in content else None


def _reason(detail: object) -> object:
    return detail.get("message", detail) if isinstance(detail, dict) else detail


def _excerpt(body: bytes) -> str:
    text = " ".join(body[: 5 * EXCERPT].decode("utf-8", "replace").split())
    return text if len(text) <= EXCERPT else f"{text[:EXCERPT]}…"
