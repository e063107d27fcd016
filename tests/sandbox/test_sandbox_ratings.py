"""Ratings and polls: close to the truth, blind to the future, with the traps of each list."""

from collections import Counter
from datetime import UTC, datetime
from statistics import correlation, fmean, pstdev

import pytest

from sandbox import Sandbox, SandboxConfig

from .conftest import getter

JANUARY = datetime(2025, 1, 6, 18, tzinfo=UTC)


@pytest.fixture(scope="module")
def january():
    sandbox = Sandbox(SandboxConfig(now=JANUARY))
    return sandbox, getter(sandbox)


@pytest.fixture(scope="module")
def adjusted(get):
    return get("/ratings/adjusted", season=2025)


def test_adjusted_ranks_are_those_of_the_rows_returned(get, adjusted):
    assert adjusted[0]["rankings"]["net"] == 1
    assert max(row["rankings"]["net"] for row in adjusted) <= len(adjusted)
    last = get("/ratings/adjusted", season=2025, team=adjusted[-1]["team"])
    assert [row["rankings"] for row in last] == [{"offense": 1, "defense": 1, "net": 1}]
    assert {**last[0], "rankings": None} == {**adjusted[-1], "rankings": None}


def test_adjusted_ranks_follow_the_values_and_a_low_defence_is_good(adjusted):
    assert [row["netRating"] for row in adjusted] == sorted((row["netRating"] for row in adjusted), reverse=True)
    best = min(adjusted, key=lambda row: row["defensiveRating"])
    assert best["rankings"]["defense"] == 1
    for row in adjusted:
        assert row["netRating"] == pytest.approx(row["offensiveRating"] - row["defensiveRating"], abs=1e-6)


def test_adjusted_ratings_come_closer_to_the_truth_with_games(sandbox, adjusted, january):
    def error(rows) -> float:
        return pstdev([row["netRating"] - sandbox.world.atlas.rating(row["teamId"], 2025).net for row in rows])

    early = Sandbox(SandboxConfig(now=datetime(2024, 11, 14, tzinfo=UTC)))
    assert error(adjusted) < 4
    assert error(january[1]("/ratings/adjusted", season=2025)) < 7
    assert error(getter(early)("/ratings/adjusted", season=2025)) > error(adjusted)


def test_adjusted_ratings_know_only_games_that_are_final(january):
    sandbox, get = january
    fresh = Sandbox(SandboxConfig(now=datetime(2025, 5, 1, tzinfo=UTC)))
    fresh.world.season(2025)
    fresh.now = JANUARY
    for path in ("/ratings/adjusted", "/ratings/elo", "/rankings"):
        assert getter(fresh)(path, season=2025) == get(path, season=2025)
    assert sandbox.now == JANUARY


def test_adjusted_ratings_begin_in_2014(get):
    assert get("/ratings/adjusted", season=2013) == []
    assert get("/ratings/adjusted", season=2014)


def test_srs_is_empty_while_the_season_goes_on(get, january):
    assert january[1]("/ratings/srs", season=2025) == []
    assert january[1]("/ratings/srs", season=2024)
    assert get("/ratings/srs", season=2025)


def test_srs_is_margin_plus_strength_of_opponents(get, games):
    rating = {row["teamId"]: row["rating"] for row in get("/ratings/srs", season=2025)}
    assert fmean(rating.values()) == pytest.approx(0, abs=0.01)
    met: dict[int, list[float]] = {team: [] for team in rating}
    for game in games:
        home, away = game["homeTeamId"], game["awayTeamId"]
        if game["status"] == "final" and {home, away} <= rating.keys():
            margin = game["homePoints"] - game["awayPoints"]
            met[home].append(margin + rating[away])
            met[away].append(-margin + rating[home])
    for team, values in met.items():
        assert rating[team] == pytest.approx(fmean(values), abs=0.05)


def test_all_ratings_agree_on_who_is_good(get, adjusted):
    net = {row["teamId"]: row["netRating"] for row in adjusted}
    rows = get("/ratings/srs", season=2025)
    assert correlation([net[row["teamId"]] for row in rows], [row["rating"] for row in rows]) > 0.75


def test_elo_holds_the_conferences_name_and_filters_by_its_abbreviation(get, adjusted):
    rows = get("/ratings/elo", season=2025)
    short = {row["teamId"]: row["conference"] for row in adjusted}
    assert all(row["conference"].endswith(" Conference") for row in rows)
    league = adjusted[0]["conference"]
    some = get("/ratings/elo", season=2025, conference=league.lower())
    assert {row["teamId"] for row in some} == {team for team, name in short.items() if name == league}


def test_a_team_comes_once_in_elo(get):
    seasons = [Counter(row["teamId"] for row in get("/ratings/elo", season=season)) for season in (2023, 2024, 2025)]
    assert max(count for season in seasons for count in season.values()) == 1


def test_elo_is_that_after_the_last_final_game(get, games):
    last = {}
    for game in sorted((g for g in games if g["status"] == "final"), key=lambda g: g["startDate"]):
        last[game["homeTeamId"]], last[game["awayTeamId"]] = game["homeTeamEloEnd"], game["awayTeamEloEnd"]
    rows = Counter((row["teamId"], row["elo"]) for row in get("/ratings/elo", season=2025))
    assert all(rows[team, last[team]] for team, _ in rows)


def test_polls_rank_25_and_null_means_receiving_votes(get):
    rows = get("/rankings", season=2025, week=5, pollType="coaches", seasonType="regular")
    assert {row["pollType"] for row in rows} == {"Coaches Poll"}
    assert [row["ranking"] for row in rows][:26] == [*range(1, 26), None]
    points = [row["points"] for row in rows]
    assert points == sorted(points, reverse=True)
    assert sum(row["firstPlaceVotes"] for row in rows) == 31


def test_week_zero_is_no_filter_and_poll_names_are_not_the_parameters(get):
    assert get("/rankings", season=2025, week=0) == get("/rankings", season=2025)
    assert {row["pollType"] for row in get("/rankings", season=2025, pollType="ap")} == {"AP Top 25"}


@pytest.mark.parametrize("word", ["AP", "AP Top 25", ""])
def test_a_poll_that_is_not_exactly_ap_or_coaches_is_400(sandbox, word):
    with sandbox.client() as client:
        reply = client.get("/rankings", params={"season": 2025, "pollType": word})
    assert reply.status_code == 400
    assert reply.json()["details"]["pollType"]["value"] == word


def test_week_one_of_season_and_postseason_is_interleaved_by_rank(get):
    rows = get("/rankings", season=2025, week=1, pollType="ap")
    ranks = [row["ranking"] or 99 for row in rows]
    assert ranks == sorted(ranks)
    for rank in (1, 25):
        assert {row["seasonType"] for row in rows if row["ranking"] == rank} == {"regular", "postseason"}


def test_some_polls_have_no_date(get):
    rows = [row for season in range(2017, 2026) for row in get("/rankings", season=season)]
    undated = fmean(row["pollDate"] is None for row in rows)
    assert 0.02 < undated < 0.14


def test_polls_before_2017_are_few(get):
    assert len(get("/rankings", season=2012)) * 5 < len(get("/rankings", season=2025))


def test_polls_appear_week_by_week(january, get):
    weeks = [{row["week"] for row in rank("/rankings", season=2025)} for rank in (january[1], get)]
    assert weeks[0] < weeks[1]
    later = [row for row in get("/rankings", season=2025) if row["seasonType"] == "regular"]
    early = january[1]("/rankings", season=2025)
    assert [row for row in later if row["week"] in weeks[0]] == early
