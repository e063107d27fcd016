"""What people see of a run: progress while it works, the summary at its end, the Prefect artifact."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from quality.report import in_words, rule_status
from tasks.completeness.due import Todo
from tasks.layers.report import LayerReport
from tasks.runs.gap_summary import GapSummary
from tasks.runs.summary import RunSummary
from tasks.source.fetch import Outcome

EVERY_SECONDS = 10.0
FIRST_TABLE = "silver.fct_games"


class Reporter(Protocol):
    """Takes what happens as it happens."""

    def begin(self, todo: Todo) -> None:
        """A dataset's requests are about to be sent."""

    def outcome(self, outcome: Outcome) -> None:
        """One request is done."""

    def built(self, report: LayerReport) -> None:
        """One partition is built."""

    def note(self, text: str) -> None:
        """Something to know."""


def _difference(report: LayerReport) -> str:
    """What a partition has more, less and otherwise than before; of a new one every row is added: nothing to tell."""
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

    def begin(self, todo: Todo) -> None:
        """Start counting a dataset."""
        self.name, self._total, self._done, self._records = title(todo), len(todo.due), 0, 0
        self._told = time.monotonic()

    def outcome(self, outcome: Outcome) -> None:
        """Count a request; tell about it at the end and every few seconds."""
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


class Bars(Lines):
    """A progress bar per dataset, for terminals."""

    def __init__(self, console: Console, progress: Progress) -> None:
        super().__init__(console)
        self._progress = progress
        self._bar = self._start = progress.add_task("starting", total=None)

    def begin(self, todo: Todo) -> None:
        """A new bar."""
        super().begin(todo)
        self._progress.update(self._start, visible=False)
        self._bar = self._progress.add_task(title(todo), total=len(todo.due))

    def outcome(self, outcome: Outcome) -> None:
        """Advance the bar."""
        self._total += len(outcome.split_into)
        self._progress.update(self._bar, total=self._total, advance=1)
        if outcome.status == "failed":
            self.note(f"{outcome.request}: {outcome.error}")

    def built(self, report: LayerReport) -> None:
        """Name the table that was built."""
        self._progress.update(self._bar, description=f"{report.table} {report.partition}")
        if report.before_unreadable:
            super().built(report)


@contextmanager
def reporter(console: Console | None = None) -> Iterator[Reporter]:
    """A progress bar in a terminal, plain lines elsewhere."""
    console = console or Console(stderr=True, soft_wrap=True)
    if not console.is_terminal:
        yield Lines(console)
        return
    columns = (TextColumn("{task.description:<34}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        yield Bars(console, progress)


def wide_console() -> Console:
    """Standard output; where it is no terminal, wide enough for a table."""
    console = Console(file=sys.stdout, soft_wrap=True, highlight=False)
    return console if console.is_terminal else Console(file=sys.stdout, soft_wrap=True, highlight=False, width=120)


def print_summary(run: RunSummary) -> None:
    """The end of a run, for people: tables with rows, calls, quarantine, where the lake is, what to try next."""
    console = Console(file=sys.stdout, soft_wrap=True, highlight=False)
    if run.tables:
        table = Table("table", "rows", box=None, header_style="bold")
        table.columns[1].justify = "right"
        for name, rows in run.tables.items():
            table.add_row(name, f"{rows:,}")
        console.print(table)
        console.print()
    for line in summary_lines(run):
        console.print(line, markup=False)


def summary_lines(run: RunSummary) -> list[str]:
    """The facts of a run, one line each."""
    left = f", {run.remaining_calls:,} left this month" if run.remaining_calls is not None else ""
    lines = [
        f"API calls made:    {run.calls}{left}",
        f"quarantined rows:  {run.quarantined}" + (", see ops.quarantine" if run.quarantined else ""),
        f"lake:              {run.lake} ({run.source['source']})",
    ]
    lines += details(run)
    if run.status == "completed":
        lines.append(f"try next:          {_command()} {_example(run)}")
    return lines


def details(run: RunSummary) -> list[str]:
    """What a run found and what it left, one line each."""
    lines = [f"gaps: {gap_line(gaps)}" for gaps in run.gaps if gaps.found]
    lines += [*run.notes, *_waiting(run), *_doubts(run)]
    if run.not_asked:
        lines.append(f"left for later:    {run.not_asked} requests ({run.stopped_because}); run again to resume")
    return lines


def _waiting(run: RunSummary) -> Iterator[str]:
    """Tables that were not built because the lake lacks an input, and what fetches it."""
    yield from (f"waits:             {name} for {', '.join(inputs)}" for name, inputs in run.waiting.items())
    if run.to_fetch:
        yield f"to fetch for them: {_command()} ingest --endpoints {','.join(run.to_fetch)}"


def _doubts(run: RunSummary) -> Iterator[str]:
    """What is wrong or may be."""
    yield from (f"warning:           {text}" for text in run.warnings)
    yield from (f"held back:         {text}" for text in run.held_back)
    yield from (f"contract drift:    {text}" for text in run.drift)
    yield from (f"not available:     {name}: {why}" for name, why in run.not_available.items())
    yield from (f"failed:            {key.dataset} {key.key}: {key.error}" for key in run.failed)
    yield from (f"rule {rule_status(found) + ':':<14}{in_words(found)}" for found in run.rules if not found.passed)


def _example(run: RunSummary) -> str:
    name = next(iter(run.tables)) if run.tables and FIRST_TABLE not in run.tables else FIRST_TABLE
    return f'query "select * from {name} limit 5"'  # noqa: S608  shown, not run


def gap_line(gaps: GapSummary) -> str:
    """What became of the gaps of one dataset and season."""
    name = f"{gaps.dataset} {gaps.season or ''}".strip() + ":"
    aside = f", {gaps.quarantined:,} quarantined" if gaps.quarantined else ""
    return (
        f"{name:<35} {gaps.found:,} of {gaps.expected:,}, {gaps.asked:,} asked for, {gaps.filled:,} filled, "
        f"{gaps.known_absent:,} known absent, {gaps.unexplained:,} unexplained{aside}"
    )


def _command() -> str:
    """`cbbd-etl` as the reader can type it: by its path where it is not on PATH."""
    if shutil.which("cbbd-etl"):
        return "cbbd-etl"
    beside = Path(sys.executable).with_name("cbbd-etl")
    return str(beside.relative_to(Path.cwd()) if beside.is_relative_to(Path.cwd()) else beside)
