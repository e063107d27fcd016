"""The views on a lake that was built: a simulated season, in the middle of January."""

from __future__ import annotations

import polars as pl
import pytest

from tasks.lake.lake import Lake
from tasks.sql.query import query
from tasks.sql.views import views
from tests.support.january import shared_january

KEYS = {
    "v_team_dashboard": ["season", "team_id"],
    "v_player_leaderboard": ["season", "team_id", "athlete_id"],
    "v_game_predictions": ["game_id"],
    "v_conference_race": ["season", "team_id"],
    "v_market_report": ["season", "provider"],
    "v_roster_outlook": ["season", "team_id"],
}


@pytest.fixture(scope="module")
def january(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return shared_january(tmp_path_factory)


@pytest.fixture(scope="module")
def found(january: Lake) -> dict[str, pl.DataFrame]:
    """v_lineups requires plays: tests/unit/gold/test_player_tables_sandbox.py."""
    return {name: query(january, f"select * from {name}") for name in views() if name != "v_lineups"}


@pytest.mark.parametrize("name", sorted(KEYS))
def test_a_view_has_rows_each_key_once_and_no_nan(found: dict[str, pl.DataFrame], name: str):
    rows = found[name]
    assert rows.height > 0
    assert rows.select(KEYS[name]).is_duplicated().sum() == 0, "a join made more rows than there are"
    assert (
        rows.select(pl.any_horizontal(pl.col(pl.Float64).is_nan() | pl.col(pl.Float64).is_infinite()).any()).item()
        is not True
    )


def test_every_conference_game_is_played_or_left_to_play(january: Lake, found: dict[str, pl.DataFrame]):
    race = found["v_conference_race"]
    counted = race.select(pl.sum_horizontal("conference_wins", "conference_losses", "games_left").sum()).item()
    assert race["games_left"].sum() > 0
    sql = """select 2 * count(*) from silver.fct_games where conference_game and season_type = 'regular'
             and game_type = 'STD' and status <> 'postponed'"""
    assert counted == query(january, sql).item()
    assert race["projected_wins"].sum() == pytest.approx(counted / 2), "who does not win loses"
    assert (race["projected_wins"] >= race["conference_wins"]).all()


def test_the_report_is_the_mean_of_the_games(found: dict[str, pl.DataFrame]):
    """Two views, one fact: what the consensus missed each game by, and on average."""
    report = found["v_market_report"].filter("is_consensus")
    games = found["v_game_predictions"].drop_nulls("market_margin_error")
    assert report["spread_games"].item() == games.height
    assert report["spread_error"].item() == pytest.approx(games["market_margin_error"].abs().mean())
