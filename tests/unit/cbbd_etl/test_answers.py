"""Answers agree with the tables that they come from."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

import cbbd_etl as cbb
from tasks.lake.lake import Lake
from tests.support.january import NOW
from tests.support.tables import S2025, replace, toys

TODAY = NOW.date()  # 7 o'clock in US Eastern


@pytest.fixture(scope="module")
def best(january: Lake) -> pl.DataFrame:
    return cbb.rankings(lake=january)


def results(lake: Lake) -> pl.DataFrame:
    return lake.scan("silver.fct_games").filter("has_result").collect()


def test_rankings_are_the_newest_predictive_ratings(january: Lake, best: pl.DataFrame):
    rated = january.scan("gold.team_ratings_daily").filter(pl.col("variant") == "predictive").collect()
    newest = rated.filter(pl.col("as_of_date") == rated["as_of_date"].max())
    assert best["rank"].to_list() == list(range(1, newest.height + 1))
    assert dict(best.select("team_id", "net").iter_rows()) == dict(newest.select("team_id", "net").iter_rows())
    assert best["team"].null_count() == 0
    division = january.scan("silver.dim_team_seasons").select("team_id").collect()["team_id"].to_list()
    games = results(january)
    assert best["wins"].sum() + best["losses"].sum() == sum(
        games.filter(pl.col(side).is_in(division)).height for side in ("home_team_id", "away_team_id")
    )
    assert cbb.rankings(top=3, lake=january)["team"].to_list() == best["team"].to_list()[:3]


def test_rankings_of_an_earlier_morning_know_no_later_game(january: Lake):
    """Trap: the record of today beside the ratings of December."""
    morning = date(2024, 12, 10)
    found = cbb.rankings(as_of="2024-12-10", lake=january)
    assert set(found["as_of_date"]) == {morning}
    before = results(january).filter(pl.col("game_date") < morning)
    first = found.row(0, named=True)
    mine = before.filter((pl.col("home_team_id") == first["team_id"]) | (pl.col("away_team_id") == first["team_id"]))
    assert first["wins"] + first["losses"] == mine.height
    with pytest.raises(cbb.BadInput, match=r"no rows of season 2025 as of 2024-10-01; its mornings begin on 2024-11-"):
        cbb.rankings(as_of=date(2024, 10, 1), lake=january)
    with pytest.raises(cbb.BadInput, match="the least is 1"):
        cbb.rankings(top=0, lake=january)


def test_a_team_has_its_games_from_its_own_side(january: Lake, best: pl.DataFrame):
    """Traps: the margin, the chance and the line of the home team shown for a team that plays away."""
    name, team_id = best.select("team", "team_id").row(0)
    found = cbb.team(name.upper(), lake=january)
    assert (found.name, found.team_id, found.season) == (name, team_id, 2025)
    assert found.as_of == results(january)["game_date"].max()
    wins = found.schedule["won"].sum()
    assert (wins, found.schedule["won"].count() - wins) == best.select("wins", "losses").row(0)
    profile = found.profile.row(0, named=True)
    assert (profile["total_wins"], profile["rank"]) == (wins, 1)
    games = {row["game_id"]: row for row in january.scan("silver.fct_games").collect().iter_rows(named=True)}
    forecasts = january.scan("gold.game_predictions").filter(pl.col("variant") == "predictive").collect()
    chances = dict(forecasts.select("game_id", "home_win_probability").iter_rows())
    sites = set()
    for row in found.schedule.iter_rows(named=True):
        game, is_home = games[row["game_id"]], games[row["game_id"]]["home_team_id"] == team_id
        sites.add(row["site"])
        assert row["opponent"] == game["away_team" if is_home else "home_team"]
        assert (row["points"] is None) is (not game["has_result"])
        if row["points"] is not None:
            assert row["points"] == game["home_points" if is_home else "away_points"]
        chance = chances[row["game_id"]]
        if chance is not None:
            assert row["win_probability"] == pytest.approx(chance if is_home else 1 - chance)
            assert (row["predicted_margin"] > 0) is (row["win_probability"] > 0.5)
    assert {"home", "away"} <= sites
    assert found.schedule["won"].null_count() > 0, "games to come are there, too"


def test_a_slate_has_forecasts_and_lines(january: Lake):
    day = cbb.games(TODAY, lake=january)
    assert day["game_date"].unique().to_list() == [TODAY]
    assert day["home_win_probability"].null_count() == 0
    assert day["start_at"].is_sorted()
    lines = cbb.load("fct_lines", lake=january).group_by("game_id").agg(pl.col("spread").median())
    joined = cbb.games("2024-12-19", lake=january).join(lines, "game_id").drop_nulls(["spread", "spread_right"])
    assert joined.height > 0
    assert joined["spread"].to_list() == joined["spread_right"].to_list()


def test_the_schedule_is_all_slates(january: Lake):
    schedule = cbb.schedule(2025, lake=january)
    assert schedule.height == january.scan("silver.fct_games").select(pl.len()).collect().item() > 0
    assert schedule.filter(pl.col("game_date") == TODAY).equals(cbb.games(TODAY, lake=january))
    with pytest.raises(cbb.BadInput, match="no season 1999"):
        cbb.schedule(1999, lake=january)


def test_the_day_of_a_slate(january: Lake, sandbox_time: None):
    """The default is today, or the next day with games; a day without games names those around it."""
    days = sorted(set(january.scan("silver.fct_games").select("game_date").collect()["game_date"]))
    assert cbb.games(lake=january)["game_date"][0] == next(day for day in days if day >= TODAY)
    with pytest.raises(cbb.BadInput, match=r"no game on 2024-12-24; days with games near it: 2024-12-1"):
        cbb.games("2024-12-24", lake=january)
    with pytest.raises(cbb.BadInput, match=r"no game on 2019-01-01; seasons of the lake: 2025"):
        cbb.games("2019-01-01", lake=january)


def test_a_game_adds_up(january: Lake):
    played = results(january).sort("game_id").row(0, named=True)
    found = cbb.game(played["game_id"], lake=january)
    assert found.summary.select("home_points", "away_points").row(0) == (played["home_points"], played["away_points"])
    assert found.teams["team"].to_list() == [played["home_team"], played["away_team"]]
    points = dict(found.players.group_by("team").agg(pl.col("points").sum()).iter_rows())
    assert points == {played["home_team"]: played["home_points"], played["away_team"]: played["away_points"]}
    coming = january.scan("silver.fct_games").filter(pl.col("has_result").not_()).collect()["game_id"][0]
    later = cbb.game(coming, lake=january)
    assert (later.summary["home_points"].to_list(), later.teams.height, later.players.height) == ([None], 0, 0)
    with pytest.raises(cbb.BadInput, match=r"no game -5; `cbbd-etl slate DATE` lists"):
        cbb.game(-5, lake=january)


def test_a_player_has_the_season_that_the_games_add_up_to(january: Lake):
    boxes = january.scan("silver.fct_game_players").collect()
    athlete, name, team = boxes.sort("points", descending=True).select("athlete_id", "name", "team").row(0)
    found = cbb.player(name, team=team, lake=january)
    assert (found.athlete_id, found.name) == (athlete, name)
    mine = boxes.filter(pl.col("athlete_id") == athlete)
    assert found.log["points"].to_list() == mine.sort("start_at", "game_id")["points"].to_list()
    assert found.line["points"].sum() == mine["points"].sum()
    assert found.log["game_date"].is_sorted()
    impact = january.scan("gold.player_impact_adjusted").filter(athlete_id=athlete).collect().sort("as_of_date")
    assert found.impact["net_impact"].to_list() == [impact["net_impact"][-1]]
    assert found.impact["flag"].to_list() == ["box_only"], "the lake has no plays"
    assert (found.impact["on_off_net_per100"].to_list(), found.shots.height) == ([None], 0)
    with pytest.raises(cbb.BadInput, match="there is no player 'zzzz'"):
        cbb.player("zzzz", lake=january)


def test_standings_and_market(january: Lake, best: pl.DataFrame):
    wanted = best["conference"][0]
    found = cbb.standings(wanted.lower(), lake=january)
    assert set(found["team"]) == set(best.filter(pl.col("conference") == wanted)["team"])
    assert found["conference_rank"].is_sorted()
    with pytest.raises(cbb.BadInput, match="there is no conference 'zzzz'"):
        cbb.standings("zzzz", lake=january)
    lines = cbb.market(lake=january)
    assert lines["provider"][0] == "all providers"
    assert lines["games"].min() > 0


def test_a_season_that_is_not_there_is_refused(january: Lake):
    for ask in (cbb.rankings, cbb.market):
        with pytest.raises(cbb.BadInput, match=r"silver\.fct_games has no season 2019; its seasons: 2025"):
            ask(2019, lake=january)
    with pytest.raises(cbb.BadInput, match="has no season 2019"):
        cbb.team("x", 2019, lake=january)


def test_a_lake_without_gold_says_what_builds_it(lake: Lake):
    replace(lake, S2025, toys(2025, 1))
    with pytest.raises(cbb.BadInput, match=r"silver\.fct_games is not in this lake yet"):
        cbb.rankings(lake=lake)


def test_odds_are_the_newest_forecast_of_a_conference(january: Lake, best: pl.DataFrame):
    name = best["conference"].drop_nulls()[0]
    found = cbb.odds(name.upper(), lake=january)
    every = january.scan("gold.season_forecast").collect()
    newest = every.filter(pl.col("as_of_date") == every["as_of_date"].max(), conference=name)
    assert set(found["team_id"]) == set(newest["team_id"])
    assert found["expected_conference_rank"].is_sorted()
    assert found["title_probability"].sum() >= 1
    earlier = cbb.odds(name, as_of="2024-12-10", lake=january)
    assert earlier["as_of_date"][0] <= date(2024, 12, 10)
    with pytest.raises(cbb.BadInput, match="no rows of season 2025 as of 2024-10-01; its mornings begin on 2024-11-"):
        cbb.odds(name, as_of="2024-10-01", lake=january)
    with pytest.raises(cbb.BadInput):
        cbb.odds("no such conference", lake=january)


def test_the_bracket_before_the_draw_is_a_projection(january: Lake):
    found = cbb.bracket(lake=january)
    assert found["champion"].is_sorted(descending=True)
    assert found["champion"].sum() == pytest.approx(1)
    assert not found["is_field_drawn"].any()
    assert found["team"].null_count() == 0
