"""Exception types of the pipeline. `tasks.source.responses` decides which of them are retried."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator
from difflib import get_close_matches

LONGEST_MESSAGE = 300  # characters of another library's error that ours quote


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


class NotAvailable(Permanent):
    """This source does not give this endpoint to this key. Other endpoints continue, and the run does not fail."""


class TierRequired(NotAvailable):
    """The key's subscription tier does not include this endpoint."""


class NotOffered(NotAvailable):
    """The server does not know the endpoint's path: it is an older release, or the endpoint was removed."""


class NoConnection(Permanent):
    """The way to the API is closed: an untrusted certificate, a proxy that requires credentials, not the API's server.

    Every further call would fail in the same way, so the run stops.
    """


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


class LeaseTaken(LakeConflict):
    """Another run works on the same dataset and season, and has not finished in time."""


class LeaseLost(LakeConflict):
    """Another run has taken over the dataset and season of this one, which was silent for too long."""


class LakeUnavailable(PipelineError):
    """The lake's storage or catalog failed after its own retries: disk full, S3 unreachable, permission denied."""


class LakeDamaged(LakeUnavailable):
    """A file of the catalog or of a table is missing or cannot be read. `cbbd-etl rebuild` rebuilds it from raw."""


class BadInput(PipelineError):
    """The input is not valid. It is refused before anything is written."""


class NoLake(BadInput):
    """There is no lake where one was named."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean games?` with the nearest of the known words, or nothing when none is near."""
    found = get_close_matches(word.lower(), list(known), n=1)
    return f"; did you mean {found[0]}?" if found else ""


def one_line(said: object, most: int = LONGEST_MESSAGE) -> str:
    """The text of an error in one line, cut to so many characters."""
    return " ".join(str(said).split())[:most]


def behind(error: BaseException | None) -> Iterator[BaseException]:
    """An error and all errors behind it (causes, contexts, members of groups), each once, the nearest first.

    Two errors can name each other as cause and context. A loop that only follows the names never ends then, so
    nothing else in the project walks these chains.
    """
    seen, todo = set[int](), [error]
    while todo:
        found = todo.pop(0)
        if found is None or id(found) in seen:
            continue
        seen.add(id(found))
        yield found
        todo += [found.__cause__, found.__context__]
        if isinstance(found, BaseExceptionGroup):
            todo += found.exceptions


def unexpected(error: BaseException) -> str:
    """An error that no code expects, in one sentence: its type, its message, and the line that raised it.

    A run goes on after it, because one partition or request must not end the others.
    """
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "site-packages" not in frame.filename] or frames
    place = f" at {own[-1].filename.rpartition('/')[2]}:{own[-1].lineno}" if own else ""
    message = one_line(error)
    return f"unexpected {type(error).__name__}{place}: {message or 'without a message'}; report it with this line"
