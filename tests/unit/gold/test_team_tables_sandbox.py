"""The team tables of a simulated season: every team there, and the power rankings of their morning only."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from quality.contracts.gold_ratings import TEAM_RATINGS_DAILY
from quality.contracts.gold_team_seasons import CONFERENCE_STANDINGS, TEAM_RESUME, TEAM_SEASON_SUMMARY
from quality.contracts.gold_teams import TEAM_POWER_RANKINGS
from quality.dataset import Table
from tasks.build import build_gold
from tasks.lake.lake import Lake
from tests.support.engine import SEASON, ingest, open_lake, sandbox_settings

JANUARY = date(2025, 1, 15)
AFTER = datetime(2025, 4, 10, tzinfo=UTC)
SEASON_TABLES = (TEAM_SEASON_SUMMARY, TEAM_RESUME, CONFERENCE_STANDINGS)
TABLES = (TEAM_POWER_RANKINGS, *SEASON_TABLES)
NAMES = ("games", "game_teams", "team_seasons", "ratings_adjusted", "ratings_srs", "ratings_elo", "rankings")


@pytest.fixture(scope="module")
def lakes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lake, Lake]:
    """A lake that saw the whole season, with snapshots of January too, and one that stopped in January."""
    found = []
    for name, later in (("season", AFTER), ("stopped", None)):
        folder = tmp_path_factory.mktemp(name)
        settings = sandbox_settings(folder, datetime.combine(JANUARY, time(12), UTC))
        ingest(settings, *NAMES)
        if later is not None:
            settings = sandbox_settings(folder, later)
            ingest(settings, *NAMES, refresh=True)
        found.append(open_lake(settings))
    return found[0], found[1]


def made(lake: Lake, table: Table, as_of: date | None = None) -> pl.DataFrame:
    """Rows of a table after it and the ratings that it reads are brought up to date."""
    for wanted in (TEAM_RATINGS_DAILY, table):
        assert build_gold(lake, wanted, SEASON, as_of, lambda _: None).failed == []
    return lake.scan(table.qualified).collect().sort(table.key)


@pytest.mark.parametrize("table", SEASON_TABLES, ids=lambda table: table.name)
def test_every_team_of_the_season_has_one_row(lakes: tuple[Lake, Lake], table: Table):
    members = lakes[0].scan("silver.dim_team_seasons").filter(season=SEASON).collect()
    assert sorted(made(lakes[0], table)["team_id"]) == sorted(members["team_id"])


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_as_of_a_date_is_what_a_lake_that_stops_there_says(lakes: tuple[Lake, Lake], table: Table):
    season, stopped = lakes
    assert_frame_equal(made(season, table, JANUARY), made(stopped, table, JANUARY), check_exact=True)


def test_later_snapshots_polls_and_results_change_no_earlier_morning(lakes: tuple[Lake, Lake]):
    """Regressions 13 and 14, over every column."""
    whole, then = made(lakes[0], TEAM_POWER_RANKINGS), made(lakes[1], TEAM_POWER_RANKINGS)
    early = pl.col("as_of_date") <= then["as_of_date"].max()
    assert_frame_equal(whole.filter(early), then.filter(early), check_exact=True)
    assert whole["api_elo"].null_count() < whole.height
    assert then["ap_rank"].null_count() < then.height
