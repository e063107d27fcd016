"""What a server that failed said, in words: of the API, of Prefect, of any other that httpx was used for."""

from __future__ import annotations

import httpx

from tasks.errors import behind, one_line


def server_failure(error: BaseException) -> httpx.HTTPError | None:
    """The failed exchange behind an error: no connection, a time-out, an error as its response; None for no such."""
    return next((found for found in behind(error) if isinstance(found, httpx.HTTPError)), None)


def is_server_failure(error: BaseException) -> bool:
    """Whether a server, the API or another, failed or refused."""
    return server_failure(error) is not None


def status_of(error: BaseException) -> int | None:
    """The HTTP status behind an error; None where no response came."""
    found = server_failure(error)
    return found.response.status_code if isinstance(found, httpx.HTTPStatusError) else None


def in_words(error: BaseException) -> str:
    """What came back: `HTTP 503 Service Unavailable`, `no response in time (ReadTimeout)`, `no connection (...)`."""
    found = server_failure(error)
    if isinstance(found, httpx.HTTPStatusError):
        return f"HTTP {found.response.status_code} {found.response.reason_phrase}".strip()
    if isinstance(found, httpx.TimeoutException):
        return f"no response in time ({type(found).__name__})"
    said = one_line(found or error)
    kind = type(found or error).__name__
    fact = (
        "no connection" if isinstance(found, httpx.ConnectError) else "a broken connection" if found else "no response"
    )
    return f"{fact} ({kind}: {said})" if said else f"{fact} ({kind})"
