"""Exception types of the pipeline. `tasks.source.responses` decides which of them are retried."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class PipelineError(Exception):
    """Base class of the pipeline's errors.

    A message says what was tried, what came back and what to do next.
    """


class Transient(PipelineError):
    """A failure that may pass: 5xx, 408, a rate limit, a time-out, a broken connection, an unreadable body.

    Attributes:
        retry_after: seconds to wait, as requested by the server, or None.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Permanent(PipelineError):
    """The request fails the same way every time. Other requests may succeed."""


class Unauthorized(Permanent):
    """The API key is missing, unknown or blocked. Every further call would fail, so the run stops."""


class TierRequired(Permanent):
    """The key's subscription tier does not include this endpoint. Other endpoints continue."""


class NotFound(Permanent):
    """The server has no such path."""


class NotOffered(Permanent):
    """The server does not have this operation, which not every server has. Other endpoints continue."""


class Stopped(PipelineError):
    """The run sends no more requests. The remaining ones are not failures: a later run sends them."""


class QuotaExhausted(Stopped):
    """The monthly quota or `--max-calls` is used up."""


class Outage(Stopped):
    """The API failed on several requests in a row, after all retries. Further calls would waste time."""


class Interrupted(Stopped):
    """The process received SIGTERM."""


class ReserveReached(QuotaExhausted):
    """The calls left this month are reserved for the daily run."""


class ContractViolation(PipelineError):
    """Data violates its contract by more than quarantine accepts."""


class LakeConflict(PipelineError):
    """Another writer changed the same partition, or the lake is in an unexpected state."""


class Overtaken(LakeConflict):
    """Another run replaced the partition during this build. Read the inputs again and rebuild it."""


class LakeUnavailable(PipelineError):
    """The lake's storage or catalog failed after its own retries: disk full, S3 unreachable, permission denied."""


class BadInput(PipelineError):
    """The input is not valid. It is refused before anything is written."""


class NoLake(BadInput):
    """There is no lake where one was named."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean games?` with the nearest of the known words, or nothing when none is near."""
    found = get_close_matches(word.lower(), list(known), n=1)
    return f"; did you mean {found[0]}?" if found else ""
