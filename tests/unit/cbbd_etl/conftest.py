"""The lake that the tests of the reader read."""

from __future__ import annotations

import pytest

from tasks.lake.lake import Lake
from tests.support.january import NOW, shared_january


@pytest.fixture(scope="session")
def january(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A simulated season in the middle of January, with gold. No test writes into it."""
    return shared_january(tmp_path_factory)


@pytest.fixture
def sandbox_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Now is the time of the simulated season."""
    monkeypatch.setenv("CBBD_SANDBOX_NOW", NOW.isoformat())
    monkeypatch.setenv("CBBD_SOURCE", "sandbox")
