"""What a response means in the light of those before it: a server that does not know one path, or none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tasks.errors import NoConnection, NotOffered, Permanent, PipelineError
from tasks.masking import repeats
from tasks.requests import Request
from tasks.source.network import ProxyInUse
from tasks.source.responses import BadBody, response_error

STRANGERS = 3  # if so many endpoints are unknown to the server and none is known, it is not the API


@dataclass
class Verdicts:
    """Judges the responses of one client.

    Args:
        host: of the server.
        proxy: what the calls go through.
        token: the key; a response that repeats it is not used.
    """

    host: str
    proxy: ProxyInUse | None
    token: str = field(repr=False)
    _offered: set[str] = field(default_factory=set)  # endpoints that gave a good response
    _unknown: set[str] = field(default_factory=set)  # endpoints whose path the server does not know

    def of(
        self, request: Request, status: int, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> PipelineError | None:
        """None for a good response, otherwise the error to raise."""
        error = response_error(str(request), status, headers, body, now=now, proxy=self.proxy)
        if error is None and repeats(body, self.token):
            return BadBody(f"{request}: HTTP {status}, but the body repeats the API key.")
        if error is None:
            self._offered.add(request.endpoint)
        return self._not_offered(request.endpoint, error) if isinstance(error, NotOffered) else error

    def _not_offered(self, endpoint: str, error: NotOffered) -> PipelineError:
        if endpoint in self._offered:
            return Permanent(f"{error} It did earlier in this run: run again later.")
        self._unknown.add(endpoint)
        if self._offered or len(self._unknown) < STRANGERS:
            return error
        return NoConnection(
            f"{error} The server at {self.host} knows none of {len(self._unknown)} paths of the API, so it is not the "
            "API: check CBBD_BASE_URL."
        )
