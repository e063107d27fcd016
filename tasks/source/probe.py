"""One call that costs nothing and shows much: whether the API responds, and what it says of key, tier, quota and time.

The call is to the endpoint with the highest tier and has a parameter that is not valid. The API checks the key first,
then the tier, then the parameter, and counts only successful calls.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import httpx
from pydantic import SecretStr

from quality.dataset import Endpoint, registry
from tasks.errors import PipelineError, Transient
from tasks.masking import without
from tasks.source._address import checked_token, checked_url, headers_with
from tasks.source.network import ProxyInUse, connection, proxy_for
from tasks.source.responses import api_message, http_date, response_error, transport_error

NOT_VALID = "x"  # no season
LARGEST_COUNT = 12  # digits


@dataclass(frozen=True)
class Probe:
    """What the call brought.

    Args:
        status: of the response; None if there was none.
        error: what a run would make of it. A refused parameter is a Permanent error, and means that all is well.
        seconds: duration.
        said: the API's message.
        skew: seconds by which this machine's clock is ahead of the server's; None if the server sent no date.
    """

    endpoint: str
    path: str
    tier: str
    status: int | None = None
    error: PipelineError | None = None
    seconds: float = 0.0
    said: str = ""
    skew: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def remaining(self) -> int | None:
        """Calls left this month, if the response says so."""
        text = self.headers.get("x-calllimit-remaining", "")
        return int(text) if text.isdecimal() and len(text) <= LARGEST_COUNT else None


def proxy_of(base_url: str) -> ProxyInUse | None:
    """The proxy for a base URL, or None.

    Raises:
        BadInput: when the base URL is not valid, or no connection can be made through the proxy.
    """
    return proxy_for(checked_url(base_url))


def probe(base_url: str, api_key: SecretStr | None, seconds: float = 20.0) -> Probe:
    """Make the call.

    Raises:
        BadInput: when none can be made: for the base URL, the key, a proxy or a certificate.
    """
    return asyncio.run(_probe(base_url, checked_token(api_key), seconds))


async def _probe(base_url: str, token: str, seconds: float) -> Probe:
    endpoint, url = _highest(), checked_url(base_url)
    proxy, begun, sent = proxy_for(url), time.perf_counter(), datetime.now(UTC)
    made = Probe(endpoint.name, endpoint.path, f"tier {endpoint.min_tier}")
    async with connection(proxy, base_url=url, headers=headers_with(token), timeout=seconds) as http:
        try:
            async with asyncio.timeout(seconds):
                reply = await http.get(endpoint.path, params={_refused(endpoint): NOT_VALID})
        except TimeoutError:
            return replace(made, error=Transient(f"{endpoint.path}: no response within {seconds:g} s."))
        except httpx.HTTPError as error:
            return replace(made, error=transport_error(endpoint.path, error, url.host, proxy))
    took = time.perf_counter() - begun
    headers = {name.lower(): without(value, token) for name, value in reply.headers.items()}
    verdict = response_error(endpoint.path, reply.status_code, headers, reply.content, now=sent, proxy=proxy)
    if verdict is not None:
        verdict.args = (without(str(verdict), token),)
    date = http_date(headers.get("date", ""))
    # The server's date is that of some moment between the two ends of the call.
    ahead = (sent - date).total_seconds() + took / 2 if date else None
    return replace(
        made,
        status=reply.status_code,
        error=verdict,
        seconds=took,
        said=without(api_message(reply.content), token),
        skew=ahead,
        headers=headers,
    )


def _highest() -> Endpoint:
    return max(registry(), key=lambda endpoint: endpoint.min_tier or 0)


def _refused(endpoint: Endpoint) -> str:
    """A parameter that takes numbers only."""
    return next(param.name for param in endpoint.params if param.type == "integer")
