"""Season statistics: the sums of the boxes with the server's formulas, and their traps."""

from collections import defaultdict
from statistics import fmean, pstdev

import pytest

from sandbox import Omission, Sandbox, SandboxConfig

from .conftest import AFTER_2025, getter


@pytest.fixture(scope="module")
def teams(get):
    return {row["teamId"]: row for row in get("/stats/team/season", season=2025)}


@pytest.fixture(scope="module")
def boxes(get):
    found = defaultdict(list)
    for row in get("/games/teams", season=2025):
        found[row["teamId"]].append(row)
    return found


@pytest.fixture(scope="module")
def players(get):
    return get("/stats/player/season", season=2025)


def player_boxes(get):
    """All player boxes: two halves of the season, each below the cap of 1,000 rows."""
    early = get("/games/players", season=2025, endDateRange="2025-01-14T23:59:59.999Z")
    return early + get("/games/players", season=2025, startDateRange="2025-01-15")


def test_team_seasons_are_the_sums_of_the_boxes(teams, boxes):
    assert teams.keys() == boxes.keys()
    for team, row in teams.items():
        mine = [box["teamStats"] for box in boxes[team]]
        total = row["teamStats"]
        assert total["points"]["total"] == sum(box["points"]["total"] for box in mine)
        assert total["assists"] == sum(box["assists"] for box in mine)
        assert total["possessions"] == sum(box["possessions"] or 0 for box in mine)
        assert total["rebounds"]["offensive"] == sum(box["rebounds"]["offensive"] for box in mine)
        assert row["totalMinutes"] == sum(box["gameMinutes"] for box in boxes[team])


def test_team_seasons_count_wins_and_losses_of_final_games(teams, games):
    for team, row in teams.items():
        mine = [g for g in games if team in {g["homeTeamId"], g["awayTeamId"]} and g["status"] == "final"]
        wins = sum(g["homeWinner"] == (g["homeTeamId"] == team) for g in mine)
        assert (row["games"], row["wins"], row["losses"]) == (len(mine), wins, len(mine) - wins)


def test_schools_outside_division_one_are_there_with_few_games_and_no_conference(teams):
    small = [row for row in teams.values() if row["conference"] is None]
    assert small
    assert max(row["games"] for row in small) < min(row["games"] for row in teams.values() if row["conference"])


def test_turnover_ratio_is_a_fraction_in_season_stats_and_0_to_100_in_boxes(teams, boxes):
    for team, row in teams.items():
        assert 0 < row["teamStats"]["fourFactors"]["turnoverRatio"] < 1
        share = row["teamStats"]["turnovers"]["total"] / row["teamStats"]["possessions"]
        assert row["teamStats"]["fourFactors"]["turnoverRatio"] == pytest.approx(share, abs=0.0051)
        counted = [box["teamStats"] for box in boxes[team] if box["teamStats"]["possessions"]]
        assert fmean(box["fourFactors"]["turnoverRatio"] for box in counted) > 1


def test_true_shooting_of_players_is_a_fraction_and_other_percentages_are_not(players):
    rows = [row for row in players if row["minutes"] > 200]
    assert 0.4 < fmean(row["trueShootingPct"] for row in rows) < 0.7
    assert 40 < fmean(row["effectiveFieldGoalPct"] for row in rows) < 60


def test_player_seasons_are_the_sums_of_the_player_boxes(get, players):
    found = defaultdict(list)
    for row in player_boxes(get):
        for player in row["players"]:
            found[row["teamId"], player["athleteSourceId"]].append(player)
    seasons = {(row["teamId"], row["athleteSourceId"]): row for row in players}
    assert seasons.keys() == found.keys()
    for key, row in seasons.items():
        assert row["games"] == len(found[key])
        for name in ("minutes", "points", "assists", "fouls", "turnovers"):
            assert row[name] == sum(player[name] for player in found[key])
        assert row["starts"] == sum(player["starter"] for player in found[key])


def test_a_range_is_an_aggregate_of_its_games_only(get, teams):
    early = {r["teamId"]: r for r in get("/stats/team/season", season=2025, endDateRange="2025-01-14T23:59:59.999Z")}
    late = {row["teamId"]: row for row in get("/stats/team/season", season=2025, startDateRange="2025-01-15")}
    for team, row in teams.items():
        parts = [part[team] for part in (early, late) if team in part]
        assert row["games"] == sum(part["games"] for part in parts)
        assert row["teamStats"]["steals"] == sum(part["teamStats"]["steals"] for part in parts)
    some = get("/stats/player/season", season=2025, startDateRange="2025-02-01", endDateRange="2025-02-07")
    assert max(row["games"] for row in some) <= 3


def test_games_without_boxes_count_as_games_and_add_nothing():
    sandbox = Sandbox(SandboxConfig(now=AFTER_2025, gaps=(Omission("boxes", 0.3),)))
    rows = getter(sandbox)("/stats/team/season", season=2025)
    lost = sandbox.world.affected(sandbox.config.gaps[0], 2025)
    assert lost
    assert all(40 * row["games"] > row["totalMinutes"] for row in rows if row["games"] > 20)
    hollow = [row for row in rows if row["totalMinutes"] is None]
    assert all(row["teamStats"]["rebounds"]["total"] is row["pace"] is None for row in hollow)


def test_possessions_are_missing_for_both_sides_of_a_few_games(get):
    rows = [row for season in (2014, 2015) for row in get("/games/teams", season=season)]
    missing = [row for row in rows if row["teamStats"]["possessions"] is None]
    assert 0 < len(missing) / len(rows) < 0.02
    for row in missing:
        assert row["opponentStats"]["possessions"] is row["pace"] is row["teamStats"]["rating"] is None
        assert row["teamStats"]["fourFactors"]["turnoverRatio"] is None


def test_division_by_zero_is_null_in_player_seasons(get):
    rows = get("/stats/player/season", season=2025, endDateRange="2024-11-06")
    assert any(row["assistsTurnoverRatio"] is None for row in rows)
    assert all((row["assistsTurnoverRatio"] is None) == (row["turnovers"] == 0) for row in rows)
    assert all((row["effectiveFieldGoalPct"] is None) == (row["fieldGoals"]["attempted"] == 0) for row in rows)


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/stats/team/season", {}),
        ("/stats/team/season", {"season": 0}),
        ("/stats/team/shooting/season", {"season": 2025}),
        ("/stats/player/shooting/season", {"season": 2025}),
        ("/stats/player/season", {"team": "x"}),
        ("/stats/team/shooting/season", {"team": "x"}),
    ],
)
def test_what_has_to_be_given_is_400_without_it(sandbox, path, params):
    with sandbox.client() as client:
        reply = client.get(path, params=params)
    assert reply.status_code == 400
    assert reply.json()["message"] == "Validation Failed"


def test_shots_by_kind_add_up_to_the_season(teams):
    get = getter(Sandbox(SandboxConfig(now=AFTER_2025, blank_shots=False)))
    league = next(row["conference"] for row in teams.values() if row["conference"])
    rows = get("/stats/team/shooting/season", season=2025, conference=league)
    people = get("/stats/player/shooting/season", season=2025, conference=league)
    assert {row["conference"] for row in rows + people} == {league}
    for row in rows:
        total = teams[row["teamId"]]["teamStats"]
        kinds = ("dunks", "layups", "tipIns", "twoPointJumpers", "threePointJumpers")
        assert row["trackedShots"] == sum(row[kind]["attempted"] for kind in kinds) == total["fieldGoals"]["attempted"]
        assert row["threePointJumpers"]["made"] == total["threePointFieldGoals"]["made"]
        assert sum(row["attemptsBreakdown"].values()) == pytest.approx(100, abs=0.3)
        mine = [one for one in people if one["teamId"] == row["teamId"]]
        assert sum(one["trackedShots"] for one in mine) == row["trackedShots"]


def test_shots_without_value_or_text_are_not_tracked(get, teams):
    name = next(row["team"] for row in teams.values() if row["conference"])
    every = get("/plays/team", season=2025, team=name, shootingPlaysOnly="true")
    shots = [play for play in every if play["team"] == name and play["playType"] != "MadeFreeThrow"]
    [team] = get("/stats/team/shooting/season", season=2025, team=name)
    people = get("/stats/player/shooting/season", season=2025, team=name)
    valued = [play for play in shots if play["scoreValue"]]
    assert team["trackedShots"] == len(valued) < len(shots)
    assert sum(one["trackedShots"] for one in people) == sum(play["playText"] is not None for play in valued)


def test_the_leaderboard_repeats_the_lists_and_only_division_one(get, teams):
    rows = get("/stats/team/leaderboard", season=2025)
    rated = {row["teamId"]: row for row in get("/ratings/adjusted", season=2025)}
    assert {row["teamId"] for row in rows} == {team for team, row in teams.items() if row["conference"]}
    for row in rows:
        total = teams[row["teamId"]]
        assert row["summary"]["pace"] == total["pace"]
        assert row["teamStats"]["points"]["total"] == total["teamStats"]["points"]["total"]
        assert row["adjustedEfficiency"]["rankings"] == rated[row["teamId"]]["rankings"]


def test_leaderboard_and_scoreboard_need_their_tiers():
    for path, tier in (("/stats/team/leaderboard", 2), ("/scoreboard", 1)):
        with Sandbox(SandboxConfig(now=AFTER_2025, tier=tier - 1)).client() as client:
            reply = client.get(path, params={"season": 2025})
        assert reply.status_code == 401
        want = f"Unauthorized. This endpoint requires a Patreon subscription at Tier {tier} or higher."
        assert reply.json() == {"message": want}


# Means over teams of Division I in 2023, with the tolerance of 31 of them.
MEANS = {
    "pace": (68.0, 2.5),
    "rating": (107.65, 4.0),
    "trueShooting": (54.6, 2.5),
    "assists": (13.2, 1.8),
    "steals": (6.5, 0.9),
    "blocks": (3.2, 0.7),
}


@pytest.mark.parametrize("name", MEANS)
def test_season_means_are_near_the_real_ones(teams, name):
    rows = [row for row in teams.values() if row["conference"]]
    per_game = name in {"assists", "steals", "blocks"}
    values = [
        row["pace"] if name == "pace" else row["teamStats"][name] / (row["games"] if per_game else 1) for row in rows
    ]
    assert fmean(values) == pytest.approx(MEANS[name][0], abs=MEANS[name][1])


def test_advanced_player_numbers_are_plausible(players):
    rows = [row for row in players if row["minutes"] > 400 and row["conference"]]
    assert fmean(row["usage"] for row in rows) == pytest.approx(20, abs=1.5)
    assert fmean(row["offensiveRating"] for row in rows) == pytest.approx(108, abs=6)
    assert pstdev([row["PORPAG"] for row in rows]) < 2
    assert fmean(row["winShares"]["totalPer40"] for row in rows) == pytest.approx(0.1, abs=0.04)


def test_the_overview_repeats_the_lists(get, teams, players):
    team = next(team for team, row in teams.items() if row["conference"])
    one = get(f"/teams/{team}/season/2025/overview")
    row = teams[team]
    assert one["record"]["overall"]["wins"] == row["wins"]
    assert one["efficiency"]["pace"] == row["pace"]
    assert one["efficiency"]["offense"]["points"] == row["teamStats"]["points"]["total"]
    assert len(one["schedule"]["games"]) >= row["games"]
    mine = {p["athleteId"]: p["points"] for p in players if p["teamId"] == team}
    assert {p["athleteId"]: p["points"] for p in one["players"]["rows"] if p["hasStats"]} == mine
    roster = get("/teams/roster", season=2025, team=row["team"])[0]["players"]
    assert {p["id"] for p in roster} == {p["athleteId"] for p in one["players"]["rows"]}
