"""What people see of a run while it works: plain lines, or two live lines in a terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from rich.console import Console

from flows.terminal.shell import is_silent
from tasks.completeness.due import Todo
from tasks.layers.report import LayerReport
from tasks.source.fetch import Outcome

EVERY_SECONDS = 10.0

_live: ContextVar[Reporter | None] = ContextVar("live", default=None)


class Reporter(Protocol):
    """Takes what happens as it happens."""

    def plan(self, todos: Callable[[], list[Todo]]) -> None:
        """What the run will fetch; only a reporter that shows how much is left calls `todos`."""

    def begin(self, todo: Todo) -> None:
        """A dataset's requests are about to be sent."""

    def outcome(self, outcome: Outcome) -> None:
        """One request is done."""

    def built(self, report: LayerReport) -> None:
        """One partition is built."""

    def note(self, text: str) -> None:
        """Something to know."""


def _difference(report: LayerReport) -> str:
    """What a partition has more, less and otherwise than before; empty for a new one, of which every row is added."""
    words = {"added": report.added, "removed": report.removed, "changed": report.changed}
    if report.before_unreadable:
        return ", in the place of files that could not be read"
    if report.added == report.rows_out:
        return ""
    return "".join(f", {count:,} {word}" for word, count in words.items() if count)


def title(todo: Todo) -> str:
    """Dataset and season as people say it."""
    return todo.endpoint.name if todo.season is None else f"{todo.endpoint.name} {todo.season}"


class Lines:
    """Plain lines, for pipes, logs and containers. `name` is the dataset and season under way."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.name, self._total, self._done, self._records = "", 0, 0, 0
        self._told = time.monotonic()

    def plan(self, todos: Callable[[], list[Todo]]) -> None:
        """Plain lines show no total."""

    def begin(self, todo: Todo) -> None:
        """Start counting a dataset."""
        self.name, self._total, self._done, self._records = title(todo), len(todo.due), 0, 0
        self._told = time.monotonic()

    def outcome(self, outcome: Outcome) -> None:
        """Count a request; report it at the end and every few seconds."""
        self._total += len(outcome.split_into)
        self._done += 1
        self._records += outcome.records
        now = time.monotonic()
        if self._done == self._total or now - self._told > EVERY_SECONDS:
            self._told = now
            text = f"{self.name}: {self._done} of {self._total} requests, {self._records:,} records"
            self.progressed(self._done, self._total, text)
        if outcome.status == "failed":
            self.note(f"{outcome.request}: {outcome.error}")

    def progressed(self, done: int, total: int, text: str) -> None:
        """Report how many of a dataset's requests are done."""
        self.note(text)

    def built(self, report: LayerReport) -> None:
        """One line per partition of silver and gold."""
        if report.table.startswith(("silver.", "gold.")):
            extra = f", {report.quarantined:,} quarantined" if report.quarantined else ""
            self.note(f"{report.table} {report.partition}: {report.rows_out:,} rows{_difference(report)}{extra}")

    def note(self, text: str) -> None:
        """A line of its own."""
        self._console.print(text, markup=False, highlight=False)


@contextmanager
def reporter(console: Console | None = None) -> Iterator[Reporter]:
    """Two live lines in a terminal, plain lines elsewhere, nothing with `--quiet`."""
    console = console or Console(stderr=True, soft_wrap=True)
    if is_silent():
        yield Lines(Console(quiet=True))
    elif (outer := _live.get()) is not None:  # the run of one season inside a backfill
        yield outer
    elif console.is_terminal:
        from flows.terminal._live import live_lines  # noqa: PLC0415  loads what only a terminal needs

        with live_lines(console) as lines:
            token = _live.set(lines)
            try:
                yield lines
            finally:
                _live.reset(token)
    else:
        yield Lines(console)
