"""Progress of a run: two live lines that fit a small terminal, a line per finished dataset, plain lines in a pipe."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from flows.terminal._live import LiveLines, clock
from flows.terminal.progress import reporter
from flows.terminal.shell import complain, silenced
from sandbox import SandboxConfig
from tasks.layers.report import LayerReport
from tasks.runs.engine import Engine
from tests.support.engine import SEASON, job_of, sandbox_settings

WIDTH, HEIGHT = 80, 24


def terminal() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=WIDTH, height=HEIGHT, color_system=None)


def written(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def report(table: str, partition: str) -> LayerReport:
    return LayerReport(table=table, partition=partition, rows_in=7, rows_out=7, quarantined=0, deduplicated=0, added=7)


class Watched(LiveLines):
    """Live lines that are drawn after every event."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self.frames: list[list[str]] = []
        self._screen = console

    def outcome(self, outcome: Any) -> None:
        super().outcome(outcome)
        self._look()

    def built(self, report: LayerReport) -> None:
        super().built(report)
        self._look()

    def _look(self) -> None:
        lines = self._screen.render_lines(self, pad=False)
        self.frames.append(["".join(part.text for part in line).rstrip() for line in lines])


def ingest(folder: Path, say: LiveLines) -> None:
    settings = sandbox_settings(folder, datetime(2025, 5, 1, tzinfo=UTC), SandboxConfig(size="tiny"))
    job = job_of(settings, "games", "game_teams")
    lake = job.open_lake()
    with Engine(settings, lake) as engine:
        say.plan(lambda: job.plan_of(lake))
        for endpoint, season in job.order():
            todo = job.todo(lake, endpoint, season, engine.clock())
            if todo.due:
                say.begin(todo)
                engine.fetch(todo, say.outcome)
            engine.build(endpoint, season, say.built)
    say.close()


def test_live_lines_fit_a_small_terminal_and_finished_datasets_stay(tmp_path: Path):
    """Trap: a bar per dataset needs more rows than the terminal has, and the running one is off screen."""
    console = terminal()
    say = Watched(console)
    ingest(tmp_path, say)
    assert len(say.frames) > 10
    assert {len(frame) for frame in say.frames} == {2}
    assert max(len(line) for frame in say.frames for line in frame) <= WIDTH
    finished = written(console).splitlines()
    assert [line.split()[:2] for line in finished if " requests " in line][-2:] == [
        ["games", str(SEASON)],
        ["game_teams", str(SEASON)],
    ]
    assert max(len(line) for line in finished) <= WIDTH
    calls = [int(match[1]) for frame in say.frames if (match := re.match(r"(\d+) calls", frame[1]))]
    assert calls == sorted(calls)
    assert " left" not in say.frames[-1][1]  # nothing is left at the end


def test_a_run_that_only_builds_has_a_line_per_table():
    console = terminal()
    say = LiveLines(console)
    for table, partition in (("gold.a", "2024"), ("gold.a", "2025"), ("gold.b", "2025")):
        say.built(report(table, partition))
    say.close()
    lines = [line.split() for line in written(console).splitlines()]
    assert lines == [["gold.a", "2", "partitions", "14", "rows"], ["gold.b", "1", "partitions", "7", "rows"]]


def test_a_run_inside_a_run_shows_its_progress_in_the_same_lines():
    """Trap: the run of a season inside a backfill would draw two lines of its own."""
    with reporter(terminal()) as outer, reporter(terminal()) as inner:
        assert inner is outer


def test_in_a_pipe_there_are_plain_lines():
    console = Console(file=io.StringIO(), width=WIDTH)
    with reporter(console) as say:
        say.built(report("silver.fct_games", "2025"))
    assert written(console) == "silver.fct_games 2025: 7 rows\n"


def test_quiet_prints_errors_only(capsys: pytest.CaptureFixture[str]):
    with silenced(), reporter(Console(stderr=True, force_terminal=True)) as say:
        say.note("a note")
        say.built(report("silver.fct_games", "2025"))
        print("a summary")  # noqa: T201
        complain("an error")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "error: an error\n")


@pytest.mark.parametrize(("seconds", "shown"), [(0.4, "0:00"), (61, "1:01"), (3661, "1:01:01")])
def test_durations_are_clock_times(seconds: float, shown: str):
    assert clock(seconds) == shown
