"""What all tests share: the facts of the API where they lie beside the checkout, and reproducible random cases."""

from __future__ import annotations

import gc
import json
import os
import sys
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tasks.lake.lake import Lake
from tests.support import certificates, finished, played

os.environ.update(finished.ENVIRONMENT)
certificates.install()
played.install()

# Without bytecode each process that a test starts would compile the whole repository, and each worker all tests.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Nothing of what is loaded and collected is garbage: the search begins after it, see `pytest_collection`.
gc.disable()
BETWEEN_SEARCHES = 20_000  # objects, instead of 700

# `make test` hands its own flags down, and a make that a test runs would talk about folders.
for flags in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL"):
    os.environ.pop(flags, None)

# Groups that take minutes, longest first: the last one to end would otherwise begin when all others are done.
LONG = ("ingest", "kit", "gold-frames", "terraform", "gaps", "deployment", "sandbox and registry", "conformance")

SHARED = Path(__file__).parents[2] / "shared"

# Nothing here may depend on how fast the machine is.
# A run of CI is repeatable; whoever works on the code searches afresh each time.
settings.register_profile("project", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("ci", parent=settings.get_profile("project"), derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "project")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the API's contract and recorded responses; never part of the repository."""
    if not SHARED.is_dir():
        pytest.skip("needs the folder ../shared beside the checkout")
    return SHARED


@pytest.fixture(scope="session")
def contract(shared: Path) -> dict[str, Any]:
    """The API's contract: operations and models."""
    text: dict[str, Any] = json.loads((shared / "api/contract.json").read_text())
    return text


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """An empty lake."""
    made = Lake.open(tmp_path / "lake", create=True)
    made.claim({"source": "test"})
    return made


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests of a file in one worker where they share a fixture, and begin with what takes longest."""
    for item in items:
        if isinstance(item, pytest.Function) and item.get_closest_marker("xdist_group") is None and _shares(item):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))
    if config.getoption("numprocesses", None) or hasattr(config, "workerinput"):
        items.sort(key=_start)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, object, object]:
    """Search for garbage among what the tests make alone: modules and 7,000 tests are half a million objects."""
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.set_threshold(BETWEEN_SEARCHES)
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Let all be found again: what is frozen at the end of Python is reported as a leak of DuckDB's bindings."""
    gc.unfreeze()


def _shares(item: pytest.Function) -> bool:
    definitions = (found[-1] for found in item._fixtureinfo.name2fixturedefs.values())
    return any(definition.scope == "module" for definition in definitions)


def _start(item: pytest.Item) -> int:
    """When a test begins: by its group's place among those that take minutes."""
    mark = item.get_closest_marker("xdist_group")
    return LONG.index(mark.args[0]) if mark and mark.args[0] in LONG else len(LONG)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for each reason to skip, however many places in the tests have it; `-rs` would print a line for each."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(report.longrepr[2].removeprefix("Skipped: ") for report in skipped)
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"skipped {count}: {reason}")


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: a part of the tests waits for servers, workers and processes of its own."""
    return (os.cpu_count() or 1) + 1
