"""Each test runs in a lake of its own; one finished lake is shared by the tests that only read."""

from __future__ import annotations

from pathlib import Path

import pytest
from runs import Cli, Finished

from tasks.sandbox import Sandbox


@pytest.fixture(scope="session")
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prefect")


@pytest.fixture
def cli(tmp_path: Path, prefect_home: Path) -> Cli:
    return Cli(tmp_path, prefect_home)


@pytest.fixture(scope="session")
def truth() -> Sandbox:
    """The sandbox that an ingest without further settings reads."""
    return Sandbox()


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, prefect_home: Path) -> Finished:
    cli = Cli(tmp_path_factory.mktemp("finished"), prefect_home)
    done = cli.ingest(CBBD_METRICS="emf")
    assert done.returncode == 0, done.stderr
    return Finished(cli, done)
