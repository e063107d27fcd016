"""Broadcasts, the scoreboard, memberships, the directory; and the number of rows of every table."""

from datetime import UTC, datetime

import pytest

from sandbox import Sandbox, SandboxConfig

from .conftest import AFTER_2025, getter

SATURDAY = datetime(2025, 2, 1, 21, 20, tzinfo=UTC)


def test_games_without_broadcasts_have_an_empty_list(get, games):
    rows = get("/games/media", season=2025)
    assert [row["gameId"] for row in rows] == [game["id"] for game in games]
    empty = [row for row in rows if not row["broadcasts"]]
    assert 0.05 < len(empty) / len(rows) < 0.3
    keys = [(row["gameId"], b["broadcastType"], b["broadcastName"]) for row in rows for b in row["broadcasts"]]
    assert len(set(keys)) == len(keys)


def test_there_are_no_broadcasts_before_2011(get):
    assert all(row["broadcasts"] == [] for row in get("/games/media", season=2010))


def test_the_scoreboard_shows_todays_games_as_games_does():
    sandbox = Sandbox(SandboxConfig(now=SATURDAY))
    get = getter(sandbox)
    rows = get("/scoreboard")
    games = {game["id"]: game for game in get("/games", season=2025)}
    assert {"in_progress", "scheduled"} <= {row["status"] for row in rows}
    for row in rows:
        game = games[row["id"]]
        assert row["status"] == game["status"]
        assert (row["clock"] is None) == (row["period"] is None) == (row["status"] == "scheduled")
        if row["status"] != "scheduled":
            assert row["homeTeam"]["points"] == game["homePoints"] == sum(row["homeTeam"]["lineScores"])
        assert 0 not in row["betting"].values()


def test_the_scoreboard_costs_nothing_and_is_empty_in_summer():
    sandbox = Sandbox(SandboxConfig(now=AFTER_2025, monthly_quota=5))
    with sandbox.client() as client:
        reply = client.get("/scoreboard")
    assert (reply.json(), reply.headers["X-CallLimit-Remaining"]) == ([], "5")


def test_memberships_have_first_and_last_season_and_null_is_still_there(get):
    members = {
        (team["id"], season): row["abbreviation"]
        for row in get("/conferences/history")
        for team in row["teams"]
        for season in range(team["startSeason"], (team["endSeason"] or 2025) + 1)
    }
    for season in (2003, 2010, 2024, 2025):
        now = {team["id"]: team["conference"] for team in get("/teams", season=season)}
        assert {team: name for (team, year), name in members.items() if year == season} == now
    rows = [team for row in get("/conferences/history") for team in row["teams"]]
    assert any(team["endSeason"] for team in rows)


def test_the_directory_is_one_object_with_its_season(get):
    one = get("/teams/directory", season=2010)
    assert (one["season"], one["seasonLabel"]) == (2010, "20092010")
    assert {team["id"] for team in one["teams"]} == {team["id"] for team in get("/teams", season=2010)}


def test_an_overview_of_nothing_is_null(get):
    assert get("/teams/99999/season/2025/overview") is None
    assert get("/teams/1/season/1990/overview") is None


@pytest.fixture(scope="module")
def counts(sandbox):
    return sandbox.world.row_counts(2025)


PLAIN = {
    "ratings_adjusted": "/ratings/adjusted",
    "ratings_srs": "/ratings/srs",
    "rankings": "/rankings",
    "stats_team_season": "/stats/team/season",
    "stats_player_season": "/stats/player/season",
    "stats_team_leaderboard": "/stats/team/leaderboard",
}


@pytest.mark.parametrize("table", PLAIN)
def test_row_counts_of_season_lists(get, counts, table):
    assert counts[table] == len(get(PLAIN[table], season=2025))


@pytest.mark.parametrize("name", ["recruiting_players", "recruiting_teams", "recruiting_portal", "draft_picks"])
def test_row_counts_of_lists_by_year(sandbox, get, name):
    for year in (2022, 2025):
        path = "/" + name.replace("_", "/")
        assert sandbox.world.row_counts(year, name) == {name: len(get(path, year=year))}


def test_row_counts_of_nested_lists(get, counts):
    assert counts["game_media"] == sum(len(row["broadcasts"]) for row in get("/games/media", season=2025))
    assert counts["rosters"] == sum(len(row["players"]) for row in get("/teams/roster", season=2025))
    assert counts["ratings_elo"] == len({row["teamId"] for row in get("/ratings/elo", season=2025)})
    assert counts["conference_teams"] == sum(len(row["teams"]) for row in get("/conferences/history"))


def test_row_counts_of_lists_by_team_and_conference(get, counts):
    leagues = [row["abbreviation"] for row in get("/conferences")]
    for table, path in (("team", "/stats/team/shooting/season"), ("player", "/stats/player/shooting/season")):
        rows = [row for league in leagues for row in get(path, season=2025, conference=league)]
        assert counts[f"stats_{table}_shooting_season"] == len(rows)
    teams = [team["school"] for team in get("/teams", season=2025)]
    assert counts["lineups_team_season"] == sum(len(get("/lineups/team", season=2025, team=team)) for team in teams)


def test_row_counts_of_lists_by_game(sandbox, get, games):
    part = [game for game in games if game["status"] == "final"]
    counts = sandbox.world.row_counts(2025, "lineups", "substitutions")
    assert counts["lineups"] == sum(len(get(f"/lineups/game/{game['id']}")) for game in part)
    assert counts["substitutions"] == sum(len(get(f"/substitutions/game/{game['id']}")) for game in part)
