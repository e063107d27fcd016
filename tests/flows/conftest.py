"""Each test runs in a lake of its own; one finished lake is shared by the tests that only read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import Sandbox, SandboxConfig
from tests.flows.runs import BOXES, SEASON, Cli, Finished
from tests.support.finished import NOW
from tests.support.prefect_server import prefect_server


@pytest.fixture(scope="session")
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prefect")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One Prefect server for most runs: each would spend 15 seconds on starting its own."""
    with prefect_server(tmp_path_factory.mktemp("server"), "--no-ui", "--no-services") as url:
        yield url


@pytest.fixture
def cli(tmp_path: Path, prefect_home: Path, server: str) -> Cli:
    return Cli(tmp_path, prefect_home, server)


@pytest.fixture
def laptop(tmp_path: Path, prefect_home: Path) -> Cli:
    """Without a server: Prefect starts one for the run and ends it."""
    return Cli(tmp_path, prefect_home)


@pytest.fixture(scope="session")
def truth() -> Sandbox:
    """The sandbox that an ingest of these tests reads."""
    return Sandbox(SandboxConfig(now=NOW))


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, prefect_home: Path) -> Finished:
    cli = Cli(tmp_path_factory.mktemp("finished"), prefect_home, size="mini")
    done = cli.ingest("--season", str(SEASON), CBBD_METRICS="emf")
    assert done.returncode == 0, done.stderr
    return Finished(cli, done)


@pytest.fixture(scope="session")
def newcomer(tmp_path_factory: pytest.TempPathFactory, prefect_home: Path) -> Cli:
    """A lake of the default sandbox, with the box scores and lines that the README queries."""
    cli = Cli(tmp_path_factory.mktemp("newcomer"), prefect_home, size="", now="")
    done = cli.ingest("--endpoints", BOXES)
    assert done.returncode == 0, done.stderr
    return cli
