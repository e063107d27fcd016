"""What can go wrong, as types, and the one place that decides what is tried again."""

from __future__ import annotations


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


class QuotaExhausted(PipelineError):
    """The month's calls or `--max-calls` are spent: stop cleanly, resume later where it stopped."""


class ContractViolation(PipelineError):
    """Data breaks its contract beyond what quarantine may take."""


class LakeConflict(PipelineError):
    """Another writer changed the same partition, or the lake is not what it should be."""


class BadInput(PipelineError):
    """The caller asked for something that does not exist: refused before anything is written."""
