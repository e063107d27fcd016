"""Fan-outs: their values come from the lake, each value is asked for once, and an interrupted one goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from quality.contracts.games import GAMES
from quality.contracts.lineups import LINEUPS
from quality.contracts.play_routes import PLAYS_BY_TOURNAMENT
from quality.contracts.ratings import RATINGS_ADJUSTED
from quality.contracts.scoreboard import SCOREBOARD
from quality.contracts.shooting import STATS_TEAM_SHOOTING
from quality.contracts.teams import TEAM_SEASONS
from quality.dataset import Endpoint
from tasks.completeness.due import Seen, is_due, todo
from tasks.lake.lake import Lake
from tasks.requests import Request, season_bounds, season_requests
from tests.support.lakes import built, keep, request_of
from tests.support.records import record

DAY = timedelta(days=1)
NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def season(lake: Lake) -> Lake:
    """A lake with the teams and games of a season."""
    teams = [
        record(TEAM_SEASONS.record, number, school=school, conference=conference)
        for number, (school, conference) in enumerate([("Aton", "BC"), ("Beeton", "AC"), ("Ceeton", "BC"), ("D", None)])
    ]
    games = [
        record(GAMES.record, number, startDate=start, status=status, tournament=tournament)
        for number, start, status, tournament in (
            (5, "2024-11-20T00:00:00.000Z", "final", None),
            (3, "2025-02-27T20:00:00.000Z", "in_progress", "Cup"),
            (4, "2025-02-25T20:00:00.000Z", "final", "Cup"),
            (9, "2025-03-20T20:00:00.000Z", "scheduled", "Cup"),
            (8, "2024-12-01T20:00:00.000Z", "cancelled", "Other"),
        )
    ]
    for endpoint, rows in ((TEAM_SEASONS, teams), (GAMES, games)):
        keep(lake, request_of(endpoint, 2025), rows, NOW)
        built(lake, endpoint)
    return lake


def asked(lake: Lake, endpoint: Endpoint, param: str, now: datetime = NOW) -> list[object]:
    return [request.param(param) for request in todo(lake, endpoint, 2025, now).due]


def test_conferences_of_the_season_are_asked_one_by_one(season: Lake):
    """Not today's conferences: those that the season's teams played in, each once."""
    assert asked(season, STATS_TEAM_SHOOTING, "conference") == ["AC", "BC"]


def test_only_games_that_were_played_are_asked_for(season: Lake):
    """Trap: future games marked done by an empty answer."""
    assert asked(season, LINEUPS, "gameId") == [3, 4, 5]
    assert asked(season, PLAYS_BY_TOURNAMENT, "tournament") == ["Cup"]


def test_what_was_answered_is_not_requested_again(season: Lake):
    """One interrupted at call k of 6,300 goes on at k: the ledger is per key."""
    first, second, _ = todo(season, LINEUPS, 2025, NOW).due
    keep(season, first, [record(LINEUPS.record)], NOW)
    keep(season, second, [], NOW)
    assert asked(season, LINEUPS, "gameId") == [5]
    assert len(todo(season, LINEUPS, 2025, NOW).expected) == 3


def test_a_game_is_requested_again_once_for_its_late_corrections(season: Lake):
    """Asked anew with every run, a season of line-ups would cost 50,000 calls."""
    keep(season, todo(season, LINEUPS, 2025, NOW).due[0], [record(LINEUPS.record)], NOW)
    assert 3 not in asked(season, LINEUPS, "gameId", NOW + 6 * DAY)
    assert 3 in asked(season, LINEUPS, "gameId", NOW + 7 * DAY)
    keep(season, todo(season, LINEUPS, 2025, NOW + 7 * DAY).due[0], [record(LINEUPS.record)], NOW + 7 * DAY)
    assert 3 not in asked(season, LINEUPS, "gameId", NOW + 700 * DAY)


@pytest.mark.parametrize("lake_there", [True, False])
def test_without_its_list_a_fan_out_is_an_estimate(lake: Lake, lake_there: bool):
    planned = todo(lake if lake_there else None, STATS_TEAM_SHOOTING, 2025, NOW)
    assert (planned.expected, planned.due, planned.about, planned.metered_calls) == ([], [], 33, 33)
    assert todo(None, LINEUPS, 2023, NOW).about == 0, "before the first season with line-ups"


def test_a_list_of_another_season_is_no_list(season: Lake):
    assert todo(season, STATS_TEAM_SHOOTING, 2024, NOW).about == 33


def test_named_dates_select_the_games_of_these_dates(season: Lake):
    days = (datetime(2025, 2, 25, tzinfo=UTC).date(), datetime(2025, 2, 26, tzinfo=UTC).date())
    assert [r.param("gameId") for r in todo(season, LINEUPS, 2025, NOW, days).due] == [4]


# -- answers without dates of their own -------------------------------------------------------------------------------


@pytest.mark.parametrize(("endpoint", "days"), [(RATINGS_ADJUSTED, 1), (STATS_TEAM_SHOOTING, 7)])
def test_snapshots_are_taken_as_often_as_they_are_worth_it(endpoint: Endpoint, days: int):
    """Every day for a call, every week for 33; half a day early, since a daily run is never on the minute."""
    request = season_requests(endpoint, 2025, values=[("BC", None)])[0]
    for chosen in (False, True):
        due = [is_due(endpoint, request, Seen(NOW - age, 5), NOW, chosen=chosen) for age in (days * DAY, DAY / 3)]
        assert due == [True, False]
    assert not is_due(endpoint, request, Seen(NOW - (days - 0.6) * DAY, 5), NOW) or days == 1


def test_the_last_snapshot_of_a_season_is_taken_after_its_end():
    (request,), (_, end) = season_requests(RATINGS_ADJUSTED, 2025), season_bounds(2025)
    assert is_due(RATINGS_ADJUSTED, request, Seen(end, 5), end + 30 * DAY)
    assert not is_due(RATINGS_ADJUSTED, request, Seen(end + 8 * DAY, 5), end + 300 * DAY)


def test_a_poll_is_always_due():
    assert is_due(SCOREBOARD, Request("scoreboard"), Seen(NOW, 5), NOW)


def test_the_scoreboard_is_free():
    assert todo(None, SCOREBOARD, None, NOW).metered_calls == 0
