"""One finished season in silver for all tests that make gold from frames; they run in one process."""

from __future__ import annotations

import pytest

from tests.unit.gold.frames import GOLD, Frames, built, silver_of


@pytest.fixture(scope="session")
def silver(tmp_path_factory: pytest.TempPathFactory) -> Frames:
    """Tests change copies of it."""
    return silver_of(tmp_path_factory.mktemp("frames"))


@pytest.fixture(scope="session")
def whole(silver: Frames) -> dict[str, object]:
    """All gold of the season as it is."""
    return dict(built(silver, *GOLD))
