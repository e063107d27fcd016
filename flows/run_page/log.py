"""A run's progress in the log of its flow run, and as a progress artifact while it fetches."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast
from uuid import UUID

from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.exceptions import MissingContextError
from prefect.logging import get_run_logger
from prefect.logging.loggers import LoggingAdapter
from prefect.runtime import flow_run
from rich.console import Console

from flows.prefect_.trouble import is_of_prefect, server_name
from flows.terminal.progress import Lines, Reporter
from flows.terminal.progress import reporter as terminal_reporter
from flows.terminal.shell import warn
from tasks.completeness.due import Todo
from tasks.source.server_failures import in_words

Log = LoggingAdapter | logging.Logger


@contextmanager
def reporter() -> Iterator[Reporter]:
    """The log of the run where Prefect keeps one, as for a run that a worker starts; else the terminal.

    Prefect writes its log to standard error, too, so the log of a container has each line once.
    """
    log = _log()
    if log is not None:
        yield RunLog(log)
        return
    with terminal_reporter() as say:
        yield say


@contextmanager
def dispensable(what: str, log: Log | None = None) -> Iterator[None]:
    """Show something in Prefect's UI. Where its server does not take it, a warning says so and the run goes on.

    Args:
        log: takes the warning; by default the run's log, outside of a run the terminal.
    """
    try:
        yield
    except Exception as error:
        if not is_of_prefect(error):
            raise
        text = (
            f"{server_name()} did not take {what} ({in_words(error)}); it is not in Prefect's UI, and the run goes on"
        )
        log = log or _log()
        (log.warning if log else warn)(text)


def _log() -> Log | None:
    """The run's log; None outside of a run, and on the command line, which turns that log off."""
    try:
        log = get_run_logger()
    except MissingContextError:
        return None
    return log if log.isEnabledFor(logging.INFO) else None


class RunLog(Lines):
    """Plain lines in a log, and one progress artifact: of the dataset that is fetched now."""

    def __init__(self, log: Log) -> None:
        super().__init__(Console(quiet=True))
        self._log = log
        self._artifact: UUID | None = None

    def begin(self, todo: Todo) -> None:
        """Start counting a dataset."""
        super().begin(todo)
        self._show(0.0, f"{self.name}: {len(todo.due)} requests")

    def note(self, text: str) -> None:
        """A line of its own."""
        self._log.info("%s", text)

    def progressed(self, done: int, total: int, text: str) -> None:
        """A line, and the progress in percent of the dataset's requests."""
        super().progressed(done, total, text)
        self._show(100 * done / total, text)

    def _show(self, percent: float, text: str) -> None:
        with dispensable("the progress", self._log):
            if self._artifact is None:
                made = create_progress_artifact(percent, f"{flow_run.flow_name}-progress", text)
                self._artifact = cast("UUID", made)  # a coroutine only in an event loop
            else:
                update_progress_artifact(self._artifact, percent, text)
