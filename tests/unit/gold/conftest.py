"""One finished season in silver for all tests that make gold from frames; they run in one process."""

from __future__ import annotations

from pathlib import Path

import polars as pl
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


@pytest.fixture(scope="session")
def real(shared: Path) -> pl.DataFrame:
    """Real games under the names that the ratings read; skipped where they are absent."""
    path = shared / "real/games_2011_2014.parquet"
    names = {"home": "home_team_id", "away": "away_team_id", "neutral": "neutral_site"}
    names |= {f"{side}_pts": f"{side}_points" for side in ("home", "away")}
    return pl.read_parquet(path).with_row_index("game_id").rename(names)
