"""Traps of the server's formulas and of who is counted, from outside: raw to silver."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from quality.contracts.game_players import GAME_PLAYERS
from quality.contracts.game_teams import GAME_TEAMS
from quality.contracts.games import GAMES
from quality.contracts.lineups import FCT_LINEUPS
from quality.contracts.player_stats import STATS_PLAYER_SEASON
from quality.contracts.team_stats import STATS_TEAM_SEASON
from sandbox import Sandbox, SandboxConfig
from tasks.lake.lake import Lake
from tests.support.lakes import built, keep, new_lake, request_of
from tests.support.records import record
from tests.support.simulated import Simulated

pytestmark = pytest.mark.xdist_group("traps of stats")
TURNOVERS = "team_stats_four_factors_turnover_ratio"


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    """A finished season: games, boxes, season statistics."""
    api = Simulated(new_lake(tmp_path_factory.mktemp("stats")))
    for endpoint in (GAMES, GAME_TEAMS, GAME_PLAYERS, STATS_TEAM_SEASON, STATS_PLAYER_SEASON):
        api.bring(endpoint)
    return api


def test_shares_of_two_scales_become_one(season: Simulated):
    """Trap: turnoverRatio is 20.3 in a box and 0.20 in a season, true shooting 54.6 and 0.546: silver has 0-1 only."""
    box, whole = season.table("fct_game_teams")[TURNOVERS], season.table("fct_stats_team_season")[TURNOVERS]
    assert box.mean() == pytest.approx(whole.mean(), abs=0.04)
    assert 0.1 < box.mean() < 0.3
    teams, players = season.table("fct_game_teams"), season.table("fct_stats_player_season")
    assert teams["team_stats_true_shooting"].mean() == pytest.approx(players["true_shooting_pct"].mean(), abs=0.1)
    assert 0.3 < players["effective_field_goal_pct"].mean() < 0.7


def test_every_share_in_silver_lies_on_the_scale_of_fractions(season: Simulated):
    for name in ("fct_game_teams", "fct_game_players", "fct_stats_team_season", "fct_stats_player_season"):
        shares = season.table(name).select(pl.selectors.ends_with("_pct"))
        assert shares.width > 2
        highest = shares.max().transpose().to_series().drop_nulls()
        assert highest.max() <= 1.5, f"{name}: effective field goals go up to 1.5, nothing else beyond 1"


def test_overtime_is_five_minutes_a_period(season: Simulated):
    games = season.table("fct_games").select("game_id", periods=pl.col("home_period_points").list.len())
    boxes = season.table("fct_game_teams").join(games, on="game_id").drop_nulls(["game_minutes", "periods"])
    assert (boxes["game_minutes"] == 40 + 5 * (boxes["periods"] - 2)).all()
    assert (boxes["periods"] > 2).any()


def test_teams_from_outside_division_one_have_seasons_of_few_games(season: Simulated):
    """Trap: 343 of 707 rows are schools of 1-3 games without a conference; an average over all is of two leagues."""
    found = season.table("fct_stats_team_season")
    outside = found.filter(pl.col("conference").is_null())
    assert 0 < outside.height < found.height
    assert outside["games"].max() < found.filter(pl.col("conference").is_not_null())["games"].min()


def test_athletes_are_joined_on_their_source_id(season: Simulated):
    """Trap: `athleteId` of a box is the id of its row; joined on it, it finds other people or nobody."""
    boxes = season.table("fct_game_players")
    stats = season.table("fct_stats_player_season").select("athlete_id", "athlete_source_id")
    assert set(boxes["athlete_source_id"]) <= set(stats["athlete_source_id"])
    assert not set(boxes["box_row_id"]) & set(stats["athlete_id"])


def test_a_transfer_within_a_season_is_two_rows(lake: Lake):
    sent = [record(STATS_PLAYER_SEASON.record, 1, athleteId=208, teamId=team, season=2025) for team in (3, 4)]
    keep(lake, request_of(STATS_PLAYER_SEASON, 2025), sent)
    built(lake, STATS_PLAYER_SEASON)
    found = lake.scan("silver.fct_stats_player_season").select("athlete_id", "team_id").collect()
    assert sorted(found.rows()) == [(208, 3), (208, 4)]


def test_boxes_of_running_games_are_no_results(season: Simulated, tmp_path: Path):
    """Trap: boxes and plays have no status; what is not final is told by the schedule only."""
    evening = season.table("fct_games").filter("has_result")["start_at"].sort()[100]
    now = evening.astimezone(UTC) + timedelta(minutes=50)
    api = Simulated(new_lake(tmp_path / "live"), Sandbox(SandboxConfig(now=now)))
    api.bring(GAMES)
    api.bring(GAME_TEAMS)
    live = api.table("fct_games").filter(status="in_progress")
    assert live.height > 0
    assert not live["has_result"].any()
    assert set(live["game_id"]) & set(api.table("fct_game_teams")["game_id"])


def test_possessions_are_missing_in_old_seasons(lake: Lake):
    """Trap: possessions, pace and rating are null in some games; a row without them is a row."""
    box = record(GAME_TEAMS.record, 1, pace=None)
    box["teamStats"] |= {"possessions": None, "rating": None}
    keep(lake, request_of(GAME_TEAMS, 2025), [box])
    assert built(lake, GAME_TEAMS)["silver.fct_game_teams season=2025"].quarantined == 0


def test_formulas_that_are_not_the_usual_ones_are_said():
    """Trap: offensive rebounds are divided by the team's own, in line-ups by a bitwise OR."""
    said = FCT_LINEUPS.by_name["team_stats_four_factors_offensive_rebound_pct"].description
    assert "not the usual definition" in said


def test_the_season_of_a_row_is_that_of_the_payload(season: Simulated):
    """Trap: the calendar year taken for the season of a date."""
    games = season.table("fct_games")
    assert games["season"].unique().to_list() == [2025]
    assert set(games["start_at"].dt.year()) == {2024, 2025}
    assert games["start_at"].min() > datetime(2024, 8, 1, tzinfo=UTC)
