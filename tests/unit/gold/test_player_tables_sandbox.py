"""The player tables of a simulated season, built and published as a run of gold does."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import cbbd_etl as cbb
from flows.commands.player_page import player_sheet
from quality.contracts.floor import FCT_FLOOR_STINTS, FCT_GAME_FLOOR
from quality.contracts.gold_lineups import LINEUP_RATINGS
from quality.contracts.gold_players import PLAYER_ON_OFF, PLAYER_SEASON_IMPACT
from quality.contracts.gold_shots import SHOT_PROFILE
from quality.contracts.possessions import FCT_GAME_PBP, FCT_POSSESSIONS
from quality.contracts.shots import FCT_SHOTS
from quality.dataset import Table
from tasks.build import build_gold
from tasks.gold.plan import plan_gold
from tasks.lake.lake import Lake
from tasks.layers.derive import build_derived
from tasks.layers.derived_inputs import stale_derived
from tasks.sql.query import query
from tests.support.engine import SEASON, ingest, open_lake, sandbox_settings

NOW = datetime(2024, 12, 1, 12, tzinfo=UTC)
SOURCES = ("teams", "team_seasons", "games", "rosters", "stats_player_season", "game_players", "plays")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """November of a season, first without plays."""
    settings = sandbox_settings(tmp_path_factory.mktemp("players"), NOW)
    ingest(settings, *SOURCES)
    opened = open_lake(settings)
    (waiting,) = plan_gold(opened, [PLAYER_ON_OFF], [SEASON])
    assert (waiting.keys, waiting.why) == ((), "waits for silver.fct_floor_stints, silver.fct_game_floor, "
                                               "silver.fct_game_pbp")  # fmt: skip
    for table in (FCT_POSSESSIONS, FCT_FLOOR_STINTS, FCT_GAME_FLOOR, FCT_GAME_PBP, FCT_SHOTS):
        for key in stale_derived(opened, table):
            build_derived(opened, table, key)
    return opened


def made(lake: Lake, table: Table, as_of: date | None = None) -> pl.DataFrame:
    done = build_gold(lake, table, SEASON, as_of, lambda _: None)
    assert done.failed == []
    return lake.scan(table.qualified).collect().sort(table.key)


def test_players_of_the_season_are_there_with_the_points_of_their_boxes(lake: Lake):
    rows = made(lake, PLAYER_SEASON_IMPACT)
    boxes = lake.scan("silver.fct_game_players").collect()
    assert rows["points"].sum() == boxes.drop_nulls("athlete_id")["points"].sum()
    assert not any(rows.select(pl.col(pl.Float64).is_nan().any()).row(0))
    assert rows["usage_pct"].mean() == pytest.approx(0.2, abs=0.03)


def test_five_players_are_on_the_floor_for_every_possession(lake: Lake):
    """Summed over players, possessions on the floor are five times those of the team."""
    rows = made(lake, PLAYER_ON_OFF)
    teams = rows.group_by("team_id").agg(
        players=pl.col("on_offence_possessions").sum(),
        team=(pl.col("on_offence_possessions") + pl.col("off_offence_possessions")).filter(
            pl.col("stint_games") == pl.col("team_stint_games")
        ).max(),
    )  # fmt: skip
    ratios = (teams["players"] / (5 * teams["team"])).drop_nulls()
    assert len(ratios) > 20
    assert ratios.is_between(0.97, 1.03).all()


def test_line_ups_from_plays_are_those_of_the_substitutions(lake: Lake):
    """Substitutions that are fetched afterwards: the check, without which on/off is the same."""
    before = made(lake, PLAYER_ON_OFF)
    games = lake.scan("silver.fct_game_floor").collect()
    assert games["substitution_agreement_pct"].null_count() == games.height
    settings = sandbox_settings(Path(lake.location).parent, NOW)
    ingest(settings, "substitutions")
    for key in stale_derived(lake, FCT_GAME_FLOOR):
        build_derived(lake, FCT_GAME_FLOOR, key)
    agreed = lake.scan("silver.fct_game_floor").filter(pl.col("floor_flag") != "no_floor").collect()
    assert agreed["substitution_agreement_pct"].drop_nulls().min() == pytest.approx(1)
    assert_frame_equal(made(lake, PLAYER_ON_OFF), before)


def test_line_ups_of_a_team_share_its_possessions_and_the_view_shows_them(lake: Lake):
    lineups, players = made(lake, LINEUP_RATINGS), made(lake, PLAYER_ON_OFF)
    fives = lineups.filter(lineup_size=5).group_by("team_id").agg(pl.col("lineup_offence_possessions").sum())
    own = players.group_by("team_id").agg(pl.col("on_offence_possessions").sum())
    both = fives.join(own, on="team_id")
    assert both.height > 20
    assert (both["on_offence_possessions"] == 5 * both["lineup_offence_possessions"]).all()
    shown = query(lake, "select * from v_lineups")
    assert shown.height == lineups.height
    assert not shown.select("season", "team_id", "lineup_id").is_duplicated().any()


def test_shots_of_players_are_those_of_their_boxes(lake: Lake):
    shots = made(lake, SHOT_PROFILE).filter(profile="player", shot_range="all")
    usable = lake.scan("silver.fct_game_pbp").filter("is_pbp_usable").select("game_id")
    boxes = lake.scan("silver.fct_game_players").join(usable, on="game_id", how="semi").drop_nulls("athlete_id")
    tried = boxes.group_by("team_id", subject_id="athlete_id").agg(pl.col("field_goals_attempted").sum()).collect()
    both = shots.join(tried, on=["team_id", "subject_id"])
    assert both.height > 200
    assert (both["shots_attempted"] == both["field_goals_attempted"]).all()
    best = shots.sort("shots_attempted").row(-1, named=True)
    found = cbb.player(best["subject"], team=best["team"], lake=lake)
    assert found.shots["shots_attempted"].to_list()[0] == best["shots_attempted"]
    assert "Shots" in [section.title for section in player_sheet(found).sections]


@pytest.mark.parametrize("table", [PLAYER_ON_OFF, PLAYER_SEASON_IMPACT], ids=lambda table: table.name)
def test_as_of_a_date_later_games_are_not_there(lake: Lake, table: Table):
    """What is computed as of a date does not read rows from that date on."""
    early = made(lake, table, date(2024, 11, 15))
    late = made(lake, table)
    count = "games" if table is PLAYER_SEASON_IMPACT else "stint_games"
    both = early.join(late, on=["team_id", "athlete_id"], suffix="_late")
    assert 0 < early[count].sum() < late[count].sum()
    assert (both[count] <= both[f"{count}_late"]).all()
    assert_frame_equal(made(lake, table, date(2024, 11, 15)), early)
