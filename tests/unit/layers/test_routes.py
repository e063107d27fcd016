"""Several routes to the same rows: whatever came last counts, and what brings only a part takes nothing away."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from quality.contracts.lineups import FCT_LINEUPS, LINEUPS
from quality.contracts.play_routes import PLAYS_BY_GAME, PLAYS_BY_PLAYER, PLAYS_BY_TEAM, PLAYS_BY_TOURNAMENT
from quality.contracts.plays import FCT_PLAYS, PLAYS
from quality.contracts.substitutions import (
    FCT_SUBSTITUTIONS,
    SUBSTITUTIONS,
    SUBSTITUTIONS_BY_GAME,
    SUBSTITUTIONS_BY_PLAYER,
)
from quality.dataset import Endpoint
from tasks.lake.lake import Lake
from tasks.requests import season_requests
from tests.support.lakes import NOON, build, built, keep, request_of, rows
from tests.support.records import record

DAY = timedelta(days=1)
START = "2025-01-15T18:30:00.000Z"
WHOLE = [PLAYS_BY_GAME, PLAYS_BY_TEAM, PLAYS_BY_TOURNAMENT]


def play(number: int, text: str = "toy", **values: Any) -> dict[str, Any]:
    return record(PLAYS.record, number, **{"gameId": 1, "gameStartDate": START, "playText": text} | values)


def by_date(lake: Lake, *plays: dict[str, Any], at: datetime = NOON) -> None:
    keep(lake, request_of(PLAYS, 2025, date(2025, 1, 15)), list(plays), at)
    built(lake, PLAYS)


def by(lake: Lake, route: Endpoint, *body: dict[str, Any], at: datetime = NOON) -> dict[str, Any]:
    keep(lake, season_requests(route, 2025, values=[(7, None)])[0], list(body), at)
    return built(lake, route)


def found(lake: Lake) -> list[Any]:
    return rows(lake, FCT_PLAYS, "play_id", "play_text")


@pytest.mark.parametrize("route", [*WHOLE, PLAYS_BY_PLAYER], ids=lambda route: route.name)
def test_any_route_alone_fills_the_table(lake: Lake, route: Endpoint):
    by(lake, route, play(1), play(2))
    assert rows(lake, FCT_PLAYS, "play_id", "game_date") == [(1, date(2025, 1, 15)), (2, date(2025, 1, 15))]


@pytest.mark.parametrize("route", WHOLE, ids=lambda route: route.name)
@pytest.mark.parametrize("later", [True, False])
def test_the_game_fetched_last_wins_over_all_routes(lake: Lake, route: Endpoint, later: bool):
    by_date(lake, play(1, "old"), play(2, "old"), play(9, "other", gameId=2))
    report = by(lake, route, play(1, "new"), play(3, "new"), at=NOON + (DAY if later else -DAY))
    game = [(1, "new"), (3, "new")] if later else [(1, "old"), (2, "old")]
    assert found(lake) == [*game, (9, "other")]
    assert report["silver.fct_plays season=2025/month=2025-01"].rows_in == 5


def test_a_players_plays_take_no_others_away(lake: Lake):
    """Trap: one player's plays of a game, taken for the newest version of the game, would delete the rest."""
    by_date(lake, play(1, "old"), play(2, "old"))
    by(lake, PLAYS_BY_PLAYER, play(2, "corrected"), play(3, "late"), at=NOON + DAY)
    assert found(lake) == [(1, "old"), (2, "corrected"), (3, "late")]


def test_a_players_plays_bring_nothing_back(lake: Lake):
    """A play that the source deleted since is in an older answer still."""
    by(lake, PLAYS_BY_PLAYER, play(1, "old"), play(2, "deleted"), play(9, "other", gameId=2), at=NOON - DAY)
    by_date(lake, play(1, "new"))
    assert found(lake) == [(1, "new"), (9, "other")]


def test_a_route_touches_only_the_months_of_its_rows(lake: Lake):
    by_date(lake, play(1))
    keep(lake, request_of(PLAYS, 2025, date(2025, 3, 1)), [play(5, gameId=3, gameStartDate="2025-03-01T18:00:00.000Z")])
    built(lake, PLAYS)
    reports = by(lake, PLAYS_BY_GAME, play(1, "new"), at=NOON + DAY)
    assert [name for name in reports if name.startswith("silver")] == ["silver.fct_plays season=2025/month=2025-01"]
    assert build(lake, PLAYS).reports == build(lake, PLAYS_BY_GAME).reports == []


# -- stints -----------------------------------------------------------------------------------------------------------


def stint(athlete: int, team: int = 1, left: int = 900) -> dict[str, Any]:
    body = record(SUBSTITUTIONS.record, 1, athleteId=athlete, teamId=team, gameId=4)
    body["subIn"]["secondsRemaining"] = left
    return body


def stints(lake: Lake) -> list[Any]:
    return rows(lake, FCT_SUBSTITUTIONS, "season", "athlete_id", "sub_in_seconds_remaining")


def test_every_stint_is_a_row_that_knows_its_season(lake: Lake):
    """Trap: deduplication on an id that does not exist kept 1 of 40 stints. Season is in no answer of this kind."""
    by(lake, SUBSTITUTIONS, *(stint(athlete, left=left) for athlete in (1, 2) for left in (900, 300)))
    assert stints(lake) == [(2025, 1, 300), (2025, 1, 900), (2025, 2, 300), (2025, 2, 900)]


def test_a_teams_stints_replace_its_own_only(lake: Lake):
    """By game come both teams, by team one: the opponent's stints stay."""
    by(lake, SUBSTITUTIONS_BY_GAME, stint(1, team=1), stint(2, team=1), stint(8, team=2))
    by(lake, SUBSTITUTIONS, stint(1, team=1), at=NOON + DAY)
    assert stints(lake) == [(2025, 1, 900), (2025, 8, 900)]


def test_a_players_stints_are_added(lake: Lake):
    by(lake, SUBSTITUTIONS, stint(1), stint(2))
    by(lake, SUBSTITUTIONS_BY_PLAYER, stint(2, left=100), at=NOON + DAY)
    assert stints(lake) == [(2025, 1, 900), (2025, 2, 100), (2025, 2, 900)]


def test_lineups_know_the_game_they_were_asked_for(lake: Lake):
    """Trap: the answer has no game; 25 line-ups became one."""
    bodies = {4: ["1-2-3-4-5", "1-2-3-4-6"], 5: ["1-2-3-4-5"]}
    for game, hashes in bodies.items():
        (request,) = season_requests(LINEUPS, 2025, values=[(game, None)])
        keep(lake, request, [record(LINEUPS.record, 1, idHash=text, netRating=None) for text in hashes])
    built(lake, LINEUPS)
    assert rows(lake, FCT_LINEUPS, "season", "game_id", "id_hash") == [
        (2025, 4, "1-2-3-4-5"), (2025, 4, "1-2-3-4-6"), (2025, 5, "1-2-3-4-5"),
    ]  # fmt: skip
