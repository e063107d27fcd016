"""What each test takes: `python -m pytest -p tests.support.cost --cost FILE`; `benchmarks/suite.py` sums it up.

CPU seconds are those of the worker and of its processes that have ended, so a server that outlives a test is
counted where it ends.
"""

from __future__ import annotations

import csv
import resource
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

KEY = "cpu"
HEAD = ("folder", "test", "phase", "outcome", "worker", "wall", "cpu")
_BEFORE = pytest.StashKey[float]()


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The file to write."""
    parser.addoption("--cost", type=Path, help="write wall and CPU seconds of each phase of each test to this CSV file")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Begin the file."""
    session.config.stash[_BEFORE] = _cpu()
    if path := _path(session.config):
        path.write_text(",".join(HEAD) + "\n")
        session.config.pluginmanager.register(_Writer(path))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Note on a report what its phase has used."""
    report = yield
    before, now = item.config.stash[_BEFORE], _cpu()
    item.config.stash[_BEFORE] = now
    report.user_properties = [*report.user_properties, (KEY, now - before)]
    return report


class _Writer:
    """Writes the reports of all workers."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One line per phase, at once: a run that is ended leaves what it had."""
        cpu = next(value for name, value in reversed(report.user_properties) if name == KEY)
        worker = getattr(report, "worker_id", "master")
        folder = str(Path(report.nodeid.partition("::")[0]).parent)
        row = (folder, report.nodeid, report.when, report.outcome, worker, f"{report.duration:.3f}", f"{cpu:.3f}")
        with self._path.open("a", newline="") as file:
            csv.writer(file).writerow(row)


def _path(config: pytest.Config) -> Path | None:
    path: Path | None = config.getoption("--cost")
    return None if hasattr(config, "workerinput") else path
