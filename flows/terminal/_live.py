"""Two live lines of a terminal: what runs now, and the run as a whole. What is finished becomes a line above them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from flows.terminal.progress import Lines, title
from tasks.completeness.due import Todo
from tasks.layers.report import LayerReport
from tasks.source.fetch import Outcome

FRAMES_PER_SECOND = 4  # each frame is about 300 bytes, also over a slow connection
NAME, BAR = 32, 24  # columns; with counts they fit 80
SURE_AFTER_CALLS, SURE_AFTER_SECONDS = 20, 5.0  # before that, the time left would be a guess
ROOM = 79


class LiveLines(Lines):
    """One line per finished dataset, or per table of a run that only builds; below, what runs and the total."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._begun = self._dataset_begun = time.monotonic()
        self._ahead: dict[str, int] = {}
        self._now, self._calls, self._parts = "starting", 0, 0
        self._table, self._partitions, self._rows = "", 0, 0

    def plan(self, todos: Callable[[], list[Todo]]) -> None:
        """Take the calls that each dataset needs, for the total."""
        self.close()
        self._ahead = {title(item): len(item.due) + item.about for item in todos()}

    def begin(self, todo: Todo) -> None:
        """Finish the line of the dataset before, and show this one."""
        self.close()
        super().begin(todo)
        self._dataset_begun = time.monotonic()
        self._now = self.name
        before = list(self._ahead)
        for name in before[: before.index(self.name) + 1] if self.name in self._ahead else ():
            del self._ahead[name]

    def outcome(self, outcome: Outcome) -> None:
        """Count a request."""
        self._calls += outcome.calls
        super().outcome(outcome)

    def progressed(self, done: int, total: int, text: str) -> None:
        """The live lines show it already."""

    def built(self, report: LayerReport) -> None:
        """Name the table that was built; the dataset that was fetched for it is finished."""
        if self.name and self._done >= self._total:
            self.close()
        self._now, self._parts = f"building {report.table} {report.partition}", self._parts + 1
        if report.before_unreadable:
            super().built(report)
        if not self._calls:
            self._count(report)

    def close(self) -> None:
        """Finish the line of what ran last."""
        if self._done:
            seconds = clock(time.monotonic() - self._dataset_begun)
            requests = "request " if self._done == 1 else "requests"
            self.note(f"{self.name:<{NAME}}{self._done:>6,} {requests} {self._records:>11,} records {seconds:>7}")
        elif self._partitions:
            self.note(f"{self._table:<{NAME}}{self._partitions:>6,} partitions {self._rows:>11,} rows")
        self.name, self._done, self._partitions = "", 0, 0

    def __rich__(self) -> Group:
        """The two lines as they are now."""
        total = Text(self.total()[:ROOM])
        if not self.name:
            return Group(Text(self._now[:ROOM]), total)
        line = Table.grid(padding=(0, 1))
        bar = ProgressBar(total=self._total, completed=self._done, width=BAR)
        line.add_row(Text(self._now[: NAME - 1]), bar, Text(f"{self._done:,} of {self._total:,}"))
        return Group(line, total)

    def total(self) -> str:
        """The run as a whole: calls made and left, time gone and left."""
        seconds = time.monotonic() - self._begun
        left = sum(self._ahead.values()) + max(self._total - self._done, 0) * bool(self.name)
        parts = [f"{self._calls:,} calls" if self._calls else f"{self._parts:,} partitions"]
        if left:
            parts.append(f"about {left:,} left")
        parts.append(clock(seconds))
        if left and self._calls >= SURE_AFTER_CALLS and seconds >= SURE_AFTER_SECONDS:
            parts.append(f"about {clock(seconds * left / self._calls)} left")
        return " · ".join(parts)

    def _count(self, report: LayerReport) -> None:
        if report.table != self._table:
            self.close()
            self._table, self._rows = report.table, 0
        self._partitions += 1
        self._rows += report.rows_out


def clock(seconds: float) -> str:
    """Seconds as m:ss or h:mm:ss."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@contextmanager
def live_lines(console: Console) -> Iterator[LiveLines]:
    """Live lines until the context ends."""
    lines = LiveLines(console)
    with Live(lines, console=console, refresh_per_second=FRAMES_PER_SECOND, transient=True):
        try:
            yield lines
        finally:
            lines.close()
