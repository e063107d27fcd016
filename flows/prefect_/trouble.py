"""Prefect's server fails: which errors are of it, one sentence for each, and what is asked again.

Prefect's client repeats a request five times, with growing waits, after 408, 429, 502, 503, a time-out and a connection
that breaks. What arrives here is what the client gave up on, and what it does not repeat: a connection that is refused,
500, 504.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import ClassVar, TypeVar

from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL

from flows.prefect_.server import NotStarted, has_server
from tasks.errors import PipelineError
from tasks.source.server_failures import in_words, is_server_failure, status_of

T = TypeVar("T")

CLIENT = "prefect.client"
NO_EVENTS = "takes no events; its UI may lack tasks of this run, which goes on"
# Prefect's logs: words of a message, and what to say of it.
NOTICES = {
    CLIENT: (
        "Another attempt will be made",
        "is slow or fails; Prefect repeats its requests, for minutes if necessary",
    ),
    "prefect.events.clients": ("Unable to connect to", NO_EVENTS),
    "prefect._internal.concurrency": ("Service 'EventsWorker' failed", NO_EVENTS),
}
PAUSES = (2.0,)  # seconds before a request, or the start of a run, is repeated
REFUSED = {401, 403}
BAD_REQUESTS = range(400, 500)
PASSING = {408, 425, 429}  # of those
SAID = ("Failed to reach API", "ephemeral Prefect API server")  # Prefect's own errors without the exchange behind them


class PrefectDown(PipelineError):
    """Prefect's server did not do what it was asked for. The work in the lake does not depend on it."""


def announce(say: Callable[[str], None]) -> None:
    """Say one line for each of NOTICES that comes up, in place of what Prefect logs: nothing of repeated requests,
    for minutes, and two lines of events every few seconds.
    """
    for log, (words, text) in NOTICES.items():
        logger = logging.getLogger(log)
        if not any(isinstance(item, _Notice) for item in logger.filters):
            logger.addFilter(_Notice(words, text, say))
    logging.getLogger(CLIENT).setLevel(logging.DEBUG)


class _Notice(logging.Filter):
    """Takes messages with certain words out of a log, and says a line for the first of them."""

    _said: ClassVar[set[str]] = set()

    def __init__(self, words: str, text: str, say: Callable[[str], None]) -> None:
        super().__init__()
        self._words, self._text, self._say = words, text, say

    def filter(self, record: logging.LogRecord) -> bool:
        if self._words not in record.getMessage():
            return record.levelno > logging.DEBUG
        if self._text not in self._said:
            self._said.add(self._text)
            self._say(f"{server_name()} {self._text}")
        return False


def server_name() -> str:
    """The server, for a message."""
    return f"the Prefect server {PREFECT_API_URL.value()}" if has_server() else "Prefect's temporary server"


def is_of_prefect(error: BaseException) -> bool:
    """Whether Prefect's server is what failed. The API's failures are errors of ours, and reported by request."""
    if isinstance(error, PrefectDown | NotStarted):
        return True
    if isinstance(error, PipelineError):
        return False
    return is_server_failure(error) or any(words in str(error) for words in SAID)


def sentence(tried: str, error: BaseException) -> str:
    """What was tried, what came back, and what to do next.

    Args:
        tried: in words that follow "Prefect was asked".
    """
    return f"Prefect was asked {tried}: {server_name()} failed: {in_words(error)}; {_cure(status_of(error))}"


def _cure(status: int | None) -> str:
    if not has_server():
        return "wait until the machine is less busy, or start a server (`prefect server start`) and set PREFECT_API_URL"
    if status in REFUSED:
        return "check PREFECT_API_KEY and what its account may do"
    if status in BAD_REQUESTS and status not in PASSING:
        return "check PREFECT_API_URL, which ends in /api, and use the same version of Prefect on both sides"
    if status is not None:
        return "look at the server's log, then run again"
    return "start it, wait until it is less busy, or unset PREFECT_API_URL to run without one"


@contextmanager
def asking(tried: str) -> Iterator[None]:
    """Make one sentence of what Prefect's server does wrong inside. That it has no such object is a response.

    Raises:
        PrefectDown: then.
    """
    try:
        yield
    except Exception as error:
        if isinstance(error, PipelineError | ObjectNotFound) or not is_of_prefect(error):
            raise
        raise PrefectDown(sentence(tried, error)) from error


def patiently(
    ask: Callable[[], T],
    say: Callable[[str], None],
    *,
    pauses: Sequence[float] | None = None,
    may_repeat: Callable[[], bool] = lambda: True,
) -> T:
    """Do what Prefect's server may be asked for twice, and repeat it after a pause where only that server failed.

    Args:
        say: takes a line about each failure that is not the last.
        pauses: seconds before each further attempt; default: PAUSES.
        may_repeat: asked after a failure.
    """
    for pause in PAUSES if pauses is None else pauses:
        try:
            return ask()
        except Exception as error:
            if not _may_pass(error) or not may_repeat():
                raise
            say(f"{server_name()} failed: {in_words(error)}; trying again in {pause:g} s")
        time.sleep(pause)
    return ask()


def _may_pass(error: BaseException) -> bool:
    """Whether another attempt can end in another way: not when the server says what is wrong with the request."""
    status = status_of(error)
    return is_of_prefect(error) and (status not in BAD_REQUESTS or status in PASSING)
