"""One mini world, played to the end of 2025, shared by the tests that only read it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox import Sandbox, SandboxConfig
from tests.support import played

AFTER_2025 = datetime(2025, 5, 1, tzinfo=UTC)
Rows = list[dict[str, Any]]
Get = Callable[..., Rows]


def getter(sandbox: Sandbox) -> Get:
    """get(path, **params) -> rows; fails on anything but 200."""

    def get(path: str, **params: object) -> Rows:
        with sandbox.client() as client:
            reply = client.get(path, params={name: str(value) for name, value in params.items()})
        assert reply.status_code == 200, reply.text
        rows: Rows = reply.json()
        return rows

    return get


@pytest.fixture(autouse=True)
def played_afresh() -> Iterator[None]:
    """The simulation is what is tested here, so no world may take its games from another one."""
    with played.afresh():
        yield


@pytest.fixture(scope="session")
def sandbox() -> Sandbox:
    return Sandbox(SandboxConfig(now=AFTER_2025))


@pytest.fixture(scope="session")
def get(sandbox: Sandbox) -> Get:
    return getter(sandbox)


@pytest.fixture(scope="session")
def games(get: Get) -> Rows:
    return get("/games", season=2025)
