"""What the benchmarks share: a command's time and memory, and its table in docs/performance.md."""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "performance.md"


@dataclass(frozen=True)
class Spent:
    """What a command took.

    Attributes:
        wall, cpu: seconds; of the command and the processes that it waited for.
        peak: greatest resident memory of one process, GB.
        out: what it printed.
        together: greatest memory of all its processes together, GB; 0 where it was not asked for, or not on Linux.
    """

    wall: float
    cpu: float
    peak: float
    out: str
    together: float = 0.0


class Memory(threading.Thread):
    """Samples the memory of a process and of all that come from it, shared pages counted once, until it is stopped."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.peak, self._pid, self._stopped = 0, pid, threading.Event()

    def run(self) -> None:
        """Sample ten times a second."""
        while not self._stopped.wait(0.1):
            self.peak = max(self.peak, sum(self._kilobytes(pid) for pid in self._family(self._pid)))

    def stop(self) -> float:
        """End the sampling: the peak in GB."""
        self._stopped.set()
        self.join()
        return self.peak * 1024 / 1e9

    def _family(self, pid: int) -> list[int]:
        with suppress(OSError):
            tasks = Path(f"/proc/{pid}/task").glob("*/children")
            children = [int(child) for task in tasks for child in task.read_text().split()]
            return [pid, *(one for child in children for one in self._family(child))]
        return []

    @staticmethod
    def _kilobytes(pid: int) -> int:
        with suppress(OSError):
            found = re.search(r"^Pss: +(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
            return int(found[1]) if found else 0
        return 0


def spend(command: Sequence[str | Path], *, together: bool = False, **environment: str) -> Spent:
    """Run a command in a process of its own and say what it took.

    Args:
        together: sample the memory of all its processes, too; it costs some CPU outside of them.

    Raises:
        SystemExit: with its output, when it fails.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CBBD_", "PREFECT_API"))}
    begun = time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command],
        env=kept | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    memory = Memory(process.pid)
    if together:
        memory.start()
    out = process.stdout.read()
    sampled = memory.stop() if together else 0.0
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} ended with {process.returncode}:\n{out[-4000:]}")
    unit = 1e9 if sys.platform == "darwin" else 1e6
    return Spent(time.perf_counter() - begun, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit, out, sampled)


def machine() -> str:
    """Cores, memory and versions that the numbers belong to."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return f"{os.cpu_count()} cores, {memory:.0f} GB memory, {platform.system()}, Python {platform.python_version()}"


def parser(text: str) -> argparse.ArgumentParser:
    """A parser with the option that all benchmarks know."""
    made = argparse.ArgumentParser(description=text.split("\n", 1)[0])
    made.add_argument("--update", action="store_true", help="write the table into docs/performance.md")
    return made


def show(name: str, rows: Sequence[Sequence[str]], *, update: bool, note: str = "", page: Path = PAGE) -> None:
    """Print a table whose first row is its head; with `update` it also takes its place between its markers in the page.

    Raises:
        SystemExit: when the page has no markers of that name.
    """
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        sys.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n")
    if note:
        sys.stdout.write(f"{note}\n")
    if update:
        page.write_text(_placed(page, name, [*_markdown(rows), *(["", note] if note else [])]))


def _markdown(rows: Sequence[Sequence[str]]) -> list[str]:
    head, *body = [f"| {' | '.join(row)} |" for row in rows]
    return [head, f"| --- |{' ---: |' * (len(rows[0]) - 1)}", *body, "", f"Measured on {machine()}."]


def _placed(page: Path, name: str, lines: list[str]) -> str:
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    found = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not found.search(page.read_text()):
        raise SystemExit(f"{page} has no place for this table: add the lines {begin} and {end}")
    text = "\n".join([begin, *lines, end])
    return found.sub(lambda _: text, page.read_text())
