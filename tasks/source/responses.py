"""The one place that decides what is asked again, how long to wait before it, and what an answer means.

| what came back | verdict | why |
|---|---|---|
| 2xx, whole JSON | fine | |
| 2xx, empty, not JSON or cut off | one more try | a proxy's page or a broken transfer; twice the same is no accident |
| 5xx, 408, time-out, broken connection | try again | the API's 500 and 503 pass; failed calls cost no quota |
| 429 | try again | a proxy's rate limit, JSON or HTML; `Retry-After` is honoured |
| 429 "Monthly call quota exceeded." | stop the run | nothing changes before the first of the next month |
| 401 naming a subscription tier | skip the endpoint | the key is good, the tier is not enough |
| other 401, 403 | stop the run | every further call would be refused as well |
| other 3xx, 4xx | fail the key | the same question gets the same answer |
"""

from __future__ import annotations

import asyncio
import json
import math
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from tasks.errors import Permanent, PipelineError, QuotaExhausted, TierRequired, Transient, Unauthorized

MAX_RETRY_AFTER_SECONDS = 120.0
EXCERPT = 200  # characters of a body that a message may quote
PARSED_ERROR_BYTES = 65_536  # the API's own error bodies are far smaller; a longer one is a proxy's page
CLOSING = {b"[": b"]", b"{": b"}"}
JSON_SPACE = b" \t\r\n"


class BadBody(Transient):
    """A 2xx whose body is not whole JSON: worth exactly one more try."""


@dataclass(frozen=True)
class RetryPolicy:
    """How often and after what wait: exponential back-off with full jitter above a floor.

    Args:
        attempts: attempts in all for one request.
        floor_seconds: no wait is shorter, whatever the server says.
        cap_seconds: no wait of our own is longer; the server's `Retry-After` may ask for up to 120 s.
    """

    attempts: int = 5
    floor_seconds: float = 0.5
    cap_seconds: float = 30.0
    random: Callable[[], float] = random.random
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    def wait_seconds(self, failures: int, retry_after: float | None) -> float:
        """Seconds to wait after so many failures in a row, at least what the server asked for."""
        ceiling = min(self.cap_seconds, self.floor_seconds * 2.0**failures)
        own = self.floor_seconds + self.random() * max(0.0, ceiling - self.floor_seconds)
        return max(own, retry_after or 0.0)

    def again(self, error: Transient, failures: int, bad_bodies: int) -> bool:
        """Whether a request that failed so often, `bad_bodies` times with a bad body, is tried once more."""
        return failures < self.attempts and not (isinstance(error, BadBody) and bad_bodies > 1)


def response_error(
    asked: str, status: int, headers: Mapping[str, str], body: bytes, *, now: datetime
) -> PipelineError | None:
    """What an answer means: None when it is fine, else the error to raise. Reasons: see the table of the module.

    Args:
        asked: the request, for the message.
        headers: response headers, looked up in lower case.
        now: when it came, for a `Retry-After` date of a server that sends no `Date`.
    """
    if 200 <= status < 300:
        defect = body_defect(headers.get("content-type", ""), body)
        return BadBody(f"{asked}: HTTP {status}, but {defect}.") if defect else None
    said = api_message(body)
    came = f"{asked}: HTTP {status}, {said!r}." if said else f"{asked}: HTTP {status}."
    if status == 429 and "call quota exceeded" in said.lower():
        return QuotaExhausted(
            f"{came} The month's calls are spent: run again after the 1st, it resumes where it stopped."
        )
    if status >= 500 or status in {408, 429}:
        return Transient(came, retry_after_seconds(headers, now))
    return _refusal(came, status, said)


def _refusal(came: str, status: int, said: str) -> PipelineError:
    if status == 401 and "patreon subscription at tier" in said.lower():
        return TierRequired(f"{came} The key's tier does not include it: leave the endpoint out or raise the tier.")
    if status in {401, 403}:
        return Unauthorized(f"{came} Check the API key: it is missing, unknown or blocked.")
    if 300 <= status < 400:
        return Permanent(f"{came} Check the base URL: the API itself never redirects.")
    return Permanent(f"{came} The same request would fail again: check its parameters against the contract.")


def transport_error(asked: str, error: httpx.HTTPError) -> PipelineError:
    """What a failed exchange means: broken connections and time-outs pass, a request that cannot be sent does not."""
    came = f"{asked}: {type(error).__name__}" + (f", {error}." if str(error) else ".")
    if isinstance(error, httpx.LocalProtocolError | httpx.UnsupportedProtocol):
        return Permanent(f"{came} The request cannot be sent: check the base URL and the key.")
    return Transient(came)


def is_transport_error(error: BaseException) -> bool:
    """Whether no answer came, of whatever server was asked: refused, broken off, timed out."""
    return isinstance(error, httpx.TransportError)


def retry_after_seconds(headers: Mapping[str, str], now: datetime) -> float | None:
    """Wait that `Retry-After` asks for, seconds or HTTP date, held within 0 and 120 s; None when it says nothing.

    A date is compared with the server's own `Date`, so that a wrong clock on either side does not matter.
    """
    text = headers.get("retry-after", "").strip()
    try:
        seconds = float(text)
    except ValueError:
        moment = _http_date(text)
        if moment is None:
            return None
        seconds = (moment - (_http_date(headers.get("date", "")) or now)).total_seconds()
    return None if math.isnan(seconds) else min(max(seconds, 0.0), MAX_RETRY_AFTER_SECONDS)


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC)


def body_defect(content_type: str, body: bytes) -> str | None:
    """What keeps a body from being one whole JSON array or object; None when nothing does.

    Looks at the two ends only, at no cost for 53 MB: a connection cut short is an error of HTTP already, and bronze
    parses strictly. What it is for: pages of a proxy, empty bodies, bodies cut off before they were framed.
    """
    kind = content_type.partition(";")[0].strip().lower()
    head, tail = body[:EXCERPT].strip(JSON_SPACE), body[-EXCERPT:].strip(JSON_SPACE)
    if not head:
        return "the body is empty"
    if kind and kind != "application/json" and not kind.endswith("+json"):
        return f"the body is {kind}, not JSON: {_excerpt(body)!r}"
    if head[:1] not in CLOSING:
        return f"the body is not a JSON array or object: {_excerpt(body)!r}"
    closing = CLOSING[head[:1]]
    if head[:1] == b"[" and head[1:].lstrip(JSON_SPACE)[:1] == b"{":
        whole = tail.endswith(closing) and tail[:-1].rstrip(JSON_SPACE).endswith(b"}")
    else:
        whole = tail.endswith(closing)
    return None if whole else f"the JSON is cut off: {len(body):,} bytes that end in {_excerpt(tail[-20:])!r}"


def api_message(body: bytes) -> str:
    """The API's `message` with its `details` by parameter, or the beginning of any other body."""
    try:
        answer = json.loads(body) if len(body) <= PARSED_ERROR_BYTES else None
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict) or "message" not in answer:
        return _excerpt(body)
    details = answer.get("details")
    named = [f"{name}: {_reason(detail)}" for name, detail in details.items()] if isinstance(details, dict) else []
    return "; ".join([str(answer["message"]), *named])[: 5 * EXCERPT]


def _reason(detail: object) -> object:
    return detail.get("message", detail) if isinstance(detail, dict) else detail


def _excerpt(body: bytes) -> str:
    text = " ".join(body[: 5 * EXCERPT].decode("utf-8", "replace").split())
    return text if len(text) <= EXCERPT else f"{text[:EXCERPT]}…"
