"""The lake that recipes and notebooks read: a season with gold, in which a partition has been replaced."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from tasks.lake.lake import Lake
from tests.recipes.pages import Answers, Page
from tests.support.engine import SEASON, ingest, sandbox_settings
from tests.support.january import NOW, january_lake


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A simulated season in the middle of January, whose games were fetched twice. No test writes into it."""
    folder = tmp_path_factory.mktemp("recipes")
    made = january_lake(folder)
    ingest(sandbox_settings(folder, NOW + timedelta(hours=1)), "games", refresh=True)
    return made


@pytest.fixture(scope="session")
def best(lake: Lake) -> pl.DataFrame:
    """The 25 best teams of the newest morning, with their names."""
    ratings = lake.scan("gold.team_ratings_daily").filter(pl.col("variant") == "predictive").collect()
    newest = ratings.filter(pl.col("as_of_date") == pl.col("as_of_date").max())
    names = lake.scan("silver.dim_team_seasons").select("team_id", "school").collect()
    return newest.join(names, "team_id").sort("rank").head(25)


@pytest.fixture(scope="session")
def team(best: pl.DataFrame) -> str:
    """The team that recipes ask for: one word, as `Duke` is."""
    return next(name for name in best["school"] if name.isalpha())


@pytest.fixture(scope="session")
def truth(lake: Lake, best: pl.DataFrame, team: str) -> Answers:
    """What every page should find."""
    games = lake.scan("silver.fct_games").filter((pl.col("home_team") == team) | (pl.col("away_team") == team))
    lines = lake.scan("gold.market_lines_analysis").filter(pl.col("cover_margin").is_not_null()).collect()
    suspect = [("is_spread_sign_suspect", True), ("is_sides_suspect", True)]
    errors: dict[str, list[float]] = {}
    for row in lines.iter_rows(named=True):
        if not any(row[name] is value for name, value in suspect):
            errors.setdefault(row["provider"], []).append(abs(row["cover_margin"]))
    return Answers(
        best["school"].to_list(),
        games.sort("start_at").collect()["game_id"].to_list(),
        {provider: sum(values) / len(values) for provider, values in errors.items()},
    )


@pytest.fixture(scope="session")
def boxes(lake: Lake) -> pl.DataFrame:
    """The box scores that a page writes to a file."""
    return lake.scan("silver.fct_game_players").filter(pl.col("season") == SEASON).collect()


@pytest.fixture
def page(lake: Lake, team: str, tmp_path: Path) -> Callable[[str], Page]:
    """A page by its name, with a folder of its own."""
    (tmp_path / "lake").symlink_to(lake.location)
    return lambda name: Page(name, tmp_path, team)
