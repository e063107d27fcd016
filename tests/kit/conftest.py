"""This repository as a clean checkout of its own, and a checkout of the kit alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.checkout import Checkout
from tests.kit.checkouts import ROOT, copied


@pytest.fixture(scope="session")
def here() -> Checkout:
    return Checkout(ROOT)


@pytest.fixture(scope="session")
def checkout(here: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All of this repository, clean. Tests run commands there that change nothing."""
    return copied(here.files, tmp_path_factory.mktemp("checkout"))


@pytest.fixture
def kit_only(here: Checkout, tmp_path: Path) -> Path:
    """A checkout of the kit's files alone, to commit to."""
    folder = tmp_path / "kit"
    folder.mkdir()
    return copied(here.kit, folder)
