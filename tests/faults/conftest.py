"""One simulated API and one clean lake per worker; a stage per test, searched for secrets when it is over."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("DO_NOT_TRACK", "1")

from tests.faults.invariants import Hashes, hashes, no_secret
from tests.faults.scene import GAMES, PLAYED, TWO_DAYS, Api, Scene
from tests.support import warm
from tests.support.s3 import Aws


@pytest.fixture(scope="session")
def api() -> Iterator[Api]:
    started = Api().start()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    """S3 and Glue for the tests of a file."""
    with Aws() as server:
        yield server


@pytest.fixture
def scene(tmp_path: Path, api: Api, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> Iterator[Scene]:
    """An empty stage. Whatever a test does: the key is in no file afterwards (X1)."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("CBBD_")]:
        monkeypatch.delenv(name)
    api.script()
    yield Scene(str(tmp_path / "lake"), tmp_path, api, monkeypatch)
    no_secret(tmp_path)
    no_secret(warm.prefect_home())


def _clean(api: Api, folder: Path, options: dict[str, Any]) -> tuple[Hashes, int]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        api.script()
        made = Scene(str(folder / "lake"), folder, api, patch)
        run = made.ingest(**options)
        assert run.status == "completed", run.failed
        return hashes(made.lake), len(api.calls)


@pytest.fixture(scope="session")
def two_days(api: Api, tmp_path_factory: pytest.TempPathFactory) -> tuple[Hashes, int]:
    """Hashes and number of calls of a clean run of two days with plays."""
    return _clean(api, tmp_path_factory.mktemp("two_days"), TWO_DAYS)


@pytest.fixture(scope="session")
def games(api: Api, tmp_path_factory: pytest.TempPathFactory) -> tuple[Hashes, int]:
    """Hashes and number of calls of a clean run of a season's games."""
    return _clean(api, tmp_path_factory.mktemp("games"), GAMES)


@pytest.fixture(scope="session")
def played(api: Api, tmp_path_factory: pytest.TempPathFactory) -> tuple[Hashes, int]:
    """Hashes and number of calls of a clean run of a season's games and lines."""
    return _clean(api, tmp_path_factory.mktemp("played"), PLAYED)
