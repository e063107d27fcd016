"""Builds partitions one after the other, in a process of their own if the policy has one. A failure stops no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from tasks.build_process import Bounds, ProcessLost, run_apart
from tasks.errors import Overtaken, PipelineError, unexpected
from tasks.lake.damage import explaining
from tasks.lake.lake import Lake
from tasks.lake.storage import ANY, FAILURES, unavailable
from tasks.layers.guard import Hold
from tasks.layers.report import LayerReport, NotPublished

Progress = Callable[[LayerReport], None]
Piece = tuple[str, Callable[[], LayerReport]]  # the name of a partition, and the function that builds it

REBUILDS = 4  # maximum of repetitions after another run replaced a partition during the build


@dataclass(frozen=True)
class Built:
    """Result of building one dataset: a report per partition, and the partitions that failed, with their error.

    A partition that was built but not published is in both. `held` are the games for which newer responses are held
    back (tasks/layers/guard.py).
    """

    reports: list[LayerReport]
    failed: list[tuple[str, str]]
    held: list[Hold] = field(default_factory=list)


@dataclass(frozen=True)
class _Attempt:
    """What became of one partition: a report, the reason why it failed, or both."""

    report: LayerReport | None = None
    failure: str | None = None
    is_overtaken: bool = False


def _attempt(lake: Lake, build: Callable[[], LayerReport]) -> _Attempt:
    """Build one partition. This is all that the process for builds does."""
    try:
        with explaining(lake):
            return _Attempt(build())
    except ANY as error:
        report = error.report if isinstance(error, NotPublished) else None
        return _Attempt(report, _failure(error), isinstance(error, Overtaken))


def _failure(error: BaseException) -> str:
    """The reason of a failure, as a run reports it."""
    if isinstance(error, FAILURES):
        return str(unavailable(error))
    return str(error) if isinstance(error, PipelineError) else unexpected(error)


class Building:
    """Builds partitions one after the other. A failure, of whatever kind, does not stop the others."""

    def __init__(self, lake: Lake, progress: Progress, process: Bounds | None) -> None:
        self.reports: list[LayerReport] = []
        self.failed: list[tuple[str, str]] = []
        self._lake, self._progress, self._process = lake, progress, process

    @property
    def done(self) -> Built:
        """What was built and what failed so far."""
        return Built(self.reports, self.failed)

    def all_of(self, what: str, stale: Callable[[], Iterable[Piece]]) -> None:
        """Build the stale partitions. If another run replaced one meanwhile, find the stale partitions again.

        Args:
            what: the table, for a failure to find its stale partitions.
        """
        for turn in range(1 + REBUILDS):
            failed = {name for name, _ in self.failed}
            try:
                with explaining(self._lake):
                    pieces = [piece for piece in stale() if piece[0] not in failed]
            except ANY as error:
                self.failed.append((what, _failure(error)))
                return
            if not any([self._overtaken(*piece, last=turn == REBUILDS) for piece in pieces]):  # noqa: C419  build all
                return

    def _overtaken(self, name: str, build: Callable[[], LayerReport], *, last: bool) -> bool:
        done = self._attempt(name, build)
        if done.is_overtaken and not last:
            return True
        if done.report is not None:
            self.reports.append(done.report)
        if done.failure is not None:
            self.failed.append((name, done.failure))
        elif done.report is not None:
            self._progress(done.report)
        return False

    def _attempt(self, name: str, build: Callable[[], LayerReport]) -> _Attempt:
        if self._process is None:
            return _attempt(self._lake, build)
        try:
            return run_apart(partial(_attempt, self._lake, build), self._process)
        except ProcessLost as error:
            return _Attempt(
                failure=f"{name} was not built: its process {error}; the previous version stays in place. "
                "`cbbd-etl raw list` shows the responses that it is made from, and `cbbd-etl raw reject` withdraws one"
            )
