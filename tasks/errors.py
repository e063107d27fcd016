"""What can go wrong, as types, and the one place that decides what is tried again."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class PipelineError(Exception):
    """Base of all our errors.

    A message says what was tried, what came back and what to do next.
    """


class Transient(PipelineError):
    """Worth another attempt: 5xx, 408, a rate limit, a time-out, a broken connection, an unreadable body.

    Attributes:
        retry_after: seconds the server asked us to wait, or None.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Permanent(PipelineError):
    """This request will fail the same way again; others may succeed."""


class Unauthorized(Permanent):
    """The key is missing, unknown or blocked: every further call would fail too, so the run stops."""


class TierRequired(Permanent):
    """The key's subscription tier does not include this endpoint; everything else goes on."""


class Stopped(PipelineError):
    """Nothing more is asked in this run, and what is left is no failure: a later run resumes where it stopped."""


class QuotaExhausted(Stopped):
    """The month's calls or `--max-calls` are spent."""


class Outage(Stopped):
    """The API failed key after key with all attempts: further calls would only take time."""


class Interrupted(Stopped):
    """The process was told to end."""


class ReserveReached(QuotaExhausted):
    """The calls that are left this month are kept for the daily run."""


class ContractViolation(PipelineError):
    """Data breaks its contract beyond what quarantine may take."""


class LakeConflict(PipelineError):
    """Another writer changed the same partition, or the lake is not what it should be."""


class Overtaken(LakeConflict):
    """Another run replaced a partition while it was being built here: read its inputs again and rebuild it."""


class LakeUnavailable(PipelineError):
    """The lake's storage or catalog failed after its own retries: a full disk, S3 out of reach, no permission."""


class BadInput(PipelineError):
    """The caller asked for something that does not exist: refused before anything is written."""


class NoLake(BadInput):
    """There is no lake where one was named."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean games?` with the nearest of the known words, or nothing when none is near."""
    found = get_close_matches(word.lower(), list(known), n=1)
    return f"; did you mean {found[0]}?" if found else ""
