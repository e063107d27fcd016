"""Rows with the same key in one response: what the rows say decides; a team in two conferences is one fact."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import polars as pl
import pytest

from quality.contracts.conference_history import CONFERENCE_HISTORY, MEMBER
from quality.contracts.game_players import FCT_GAME_PLAYERS, GAME_PLAYERS
from quality.contracts.game_teams import FCT_GAME_TEAMS, GAME_TEAMS
from quality.contracts.games import FCT_GAMES, GAMES
from quality.contracts.lines import FCT_LINES, LINES
from quality.contracts.ops import CONFLICTS
from quality.contracts.plays import FCT_PLAYS, PLAYS
from quality.contracts.teams import DIM_TEAM_SEASONS, TEAM_SEASONS
from quality.dataset import Table, registry
from tasks.build import derive_tables
from tasks.lake.lake import Lake
from tasks.layers._versions import without_repeats
from tests.support.lakes import NOON, built, keep, request_of, rows
from tests.support.records import record

AT = "2025-01-15T18:30:00.000Z"
OLD, NEW = "Southern", "Western"
TEAM, OTHER = 7, 8


def game(number: int, **values: Any) -> dict[str, Any]:
    teams = {"homeTeamId": TEAM, "awayTeamId": OTHER}
    return record(GAMES.record, number, startDate=AT, **(teams | values))


def kinds(lake: Lake) -> list[tuple[str, str]]:
    """Conflicts of the season: kind and key. Made records have two winners, which is another one."""
    derive_tables(lake, [2025], [], lambda _: None)
    found = rows(lake, CONFLICTS, "kind", "key") if CONFLICTS.qualified in lake.tables() else []
    return [item for item in found if item[0] != "winner_has_more_points"]


RUNNING = {"status": "in_progress", "homePoints": 40, "awayPoints": 41}
FINAL = {"status": "final", "homePoints": 75, "awayPoints": 81}
VERSIONS = (
    ([RUNNING, FINAL], FINAL),
    ([RUNNING | {"homePoints": 55}, RUNNING], RUNNING | {"homePoints": 55}),
    ([{"status": "scheduled", "homePoints": 0, "awayPoints": 0}, RUNNING, FINAL], FINAL),
    ([FINAL | {"status": "cancelled"}, RUNNING], FINAL | {"status": "cancelled"}),
)


@pytest.mark.parametrize(("versions", "best"), VERSIONS)
def test_the_version_that_is_further_on_counts_in_any_order(
    lake: Lake, versions: list[dict[str, Any]], best: dict[str, Any]
):
    """Trap: the first of two versions won, a stale running score over the final one, and the final was quarantined."""
    for window, order in enumerate(permutations(versions)):
        number = 100 + window
        keep(lake, request_of(GAMES, 2025, window=window), [game(number, **values) for values in order])
    report = built(lake, GAMES)["silver.fct_games season=2025"]
    assert report.quarantined == 0
    found = set(rows(lake, FCT_GAMES, "status", "home_points", "away_points"))
    assert found == {(best["status"], best["homePoints"], best["awayPoints"])}


def test_two_final_results_are_a_conflict(lake: Lake):
    others = [game(number, homeTeamId=number + 100) for number in range(20)]
    keep(lake, request_of(GAMES, 2025), [game(99, **FINAL), game(99, **FINAL | {"homePoints": 76}), *others])
    assert built(lake, GAMES)["silver.fct_games season=2025"].by_rule == {"unique": 1}
    assert ("two versions", "game_id=99") in kinds(lake)


SPELLS = ((1, OLD, 1990, None), (2, NEW, 2024, None))


def keep_memberships(lake: Lake, spells: tuple[tuple[int, str, int, int | None], ...] = SPELLS) -> None:
    """Team 7 is in two conferences in 2025: in the old one since 1990, in the new one since 2024."""
    members: dict[tuple[int, str], list[dict[str, Any]]] = {}
    for number, name, since, until in spells:
        spell = record(MEMBER, TEAM, startSeason=since, endSeason=until)
        members.setdefault((number, name), []).append(spell)
    history = [
        record(CONFERENCE_HISTORY.record, number, abbreviation=name) | {"teams": teams}
        for (number, name), teams in members.items()
    ]
    keep(lake, request_of(CONFERENCE_HISTORY, None), history)
    built(lake, CONFERENCE_HISTORY, None)


@pytest.mark.parametrize("first", [OLD, NEW])
def test_a_team_in_two_conferences_is_one_fact(lake: Lake, first: str):
    """Trap: Stephen F. Austin in 2023: 12,676 rows not unique, and its conference another one in each table."""
    keep_memberships(lake)
    order = (first, NEW if first == OLD else OLD)
    numbers = {OLD: 1, NEW: 2}
    keep(
        lake,
        request_of(TEAM_SEASONS, 2025),
        [record(TEAM_SEASONS.record, TEAM, conference=name, conferenceId=numbers[name]) for name in order],
    )
    keep(
        lake,
        request_of(GAMES, 2025),
        [game(1, homeConference=name, homeConferenceId=numbers[name], awayConference="East") for name in order],
    )
    boxes = [
        record(GAME_TEAMS.record, 1, gameId=1, startDate=AT, teamId=team, opponentId=other) | {side: name}
        for team, other, side in ((TEAM, OTHER, "conference"), (OTHER, TEAM, "opponentConference"))
        for name in order
    ]
    keep(lake, request_of(GAME_TEAMS, 2025, window=5), boxes)
    line = record(LINES.record, 1, startDate=AT, homeTeamId=TEAM, awayTeamId=OTHER)
    keep(lake, request_of(LINES, 2025), [line | {"homeConference": name} for name in order])
    for endpoint in (TEAM_SEASONS, GAMES, GAME_TEAMS, LINES):
        for name, report in built(lake, endpoint).items():
            assert report.quarantined == 0, name
    assert rows(lake, DIM_TEAM_SEASONS, "team_id", "conference", "conference_id") == [(TEAM, NEW, 2)]
    assert rows(lake, FCT_GAMES, "home_conference", "home_conference_id") == [(NEW, 2)]
    assert rows(lake, FCT_GAME_TEAMS.qualified, "team_id", "conference")[0] == (TEAM, NEW)
    assert rows(lake, FCT_GAME_TEAMS.qualified, "team_id", "opponent_conference")[1] == (OTHER, NEW)
    assert rows(lake, FCT_LINES, "home_conference") == [NEW]
    assert [found for found in kinds(lake) if found[0] == "two conferences"] == [("two conferences", f"team_id={TEAM}")]


def test_without_memberships_all_tables_choose_the_same_conference(lake: Lake):
    plays = [record(PLAYS.record, 1, gameStartDate=AT, teamId=TEAM, conference=name) for name in (NEW, OLD)]
    keep(lake, request_of(PLAYS, 2025, NOON.date().replace(month=1, day=15)), plays)
    keep(lake, request_of(GAMES, 2025), [game(1, homeConference=name) for name in (OLD, NEW)])
    assert built(lake, PLAYS)["silver.fct_plays season=2025/month=2025-01"].quarantined == 0
    built(lake, GAMES)
    assert rows(lake, FCT_PLAYS, "conference") == rows(lake, FCT_GAMES, "home_conference") == [OLD]


def test_memberships_that_come_later_rebuild_the_tables(lake: Lake):
    keep(lake, request_of(GAMES, 2025), [game(1, homeConference=name) for name in (OLD, NEW)])
    built(lake, GAMES)
    assert rows(lake, FCT_GAMES, "home_conference") == [OLD]
    keep_memberships(lake)
    built(lake, GAMES)
    assert rows(lake, FCT_GAMES, "home_conference") == [NEW]


def test_a_team_that_left_and_came_back_is_a_member_since_its_return(lake: Lake):
    """Trap: the first of two memberships in one conference counted, so a conference of long ago was the newer one."""
    keep_memberships(lake, (*SPELLS, (2, NEW, 1980, 2025)))
    keep(lake, request_of(GAMES, 2025), [game(1, homeConference=name) for name in (OLD, NEW)])
    built(lake, GAMES)
    assert rows(lake, FCT_GAMES, "home_conference") == [NEW]


def test_an_athlete_counts_for_one_team_of_a_game(lake: Lake):
    """Trap: five athletes of one team in the other's box too; both teams had their points."""
    players = {team: [_player(team * 10 + n) for n in range(5)] for team in (TEAM, OTHER)}
    body = []
    for number in range(3):
        mixed = {TEAM: players[TEAM], OTHER: players[OTHER] + (players[TEAM] if number == 1 else [])}
        body += [
            record(GAME_PLAYERS.record, number, gameId=number, teamId=team, startDate=AT) | {"players": listed}
            for team, listed in mixed.items()
        ]
    extra = [
        record(GAME_PLAYERS.record, n, gameId=n, teamId=n, startDate=AT)
        | {"players": [_player(n * 10 + i) for i in range(6)]}
        for n in range(50, 60)
    ]
    keep(lake, request_of(GAME_PLAYERS, 2025, window=18), [*body, *extra])
    report = built(lake, GAME_PLAYERS)["silver.fct_game_players season=2025"]
    assert report.by_rule == {"an athlete plays for one team in a game": 5}
    found = rows(lake, FCT_GAME_PLAYERS, "game_id", "team_id", "athlete_source_id")
    assert [row for row in found if row[0] == 1] == [
        (1, team, str(team * 10 + n)) for team in (TEAM, OTHER) for n in range(5)
    ]
    assert [kind for kind, _ in kinds(lake)].count("athlete in both teams") == 5


def _player(number: int) -> dict[str, Any]:
    player = record(GAME_PLAYERS.record, number)["players"][0]
    return player | {"athleteSourceId": str(number)}


def test_one_fixture_under_two_ids_and_other_results_that_cannot_be(lake: Lake):
    final = {"status": "final", "homePoints": 75, "awayPoints": 81, "homeWinner": False, "awayWinner": True}
    odd = [
        game(1, **final),
        game(2, **final),
        game(3, **final | {"homeTeamId": -1, "awayTeamId": -1}),
        game(4, **final | {"homeTeamId": 21, "homePoints": 0, "awayPoints": 2}),
        game(5, **final | {"homeTeamId": 22, "homePoints": None, "awayPoints": None}),
        game(6, **final | {"homeTeamId": 23, "homePoints": 0, "awayPoints": 0}),
    ]
    keep(lake, request_of(GAMES, 2025), odd)
    built(lake, GAMES)
    assert rows(lake, FCT_GAMES, "game_id", "has_result") == [
        (1, True), (2, True), (3, False), (4, True), (5, False), (6, False)
    ]  # fmt: skip
    assert kinds(lake) == [
        ("final_game_has_points", "game_id=3"),
        ("final_game_has_points", "game_id=5"),
        ("final_game_has_points", "game_id=6"),
        ("final_game_has_two_teams", "game_id=3"),
        ("fixture_has_one_id", "game_id=2"),
        ("score_is_plausible", "game_id=4"),
    ]


def test_responses_that_are_held_back_are_conflicts_until_they_are_whole_again(lake: Lake):
    request = request_of(GAMES, 2025)
    keep(lake, request, [game(n, homeTeamId=n, **FINAL) for n in (1, 2)])
    built(lake, GAMES)
    keep(lake, request, [game(2, homeTeamId=2, **FINAL)], NOON + timedelta(days=1))
    built(lake, GAMES)
    assert kinds(lake) == [("fewer rows", "game_id=1")]
    keep(lake, request, [game(n, homeTeamId=n, **FINAL) for n in (1, 2)], NOON + timedelta(days=2))
    built(lake, GAMES)
    assert kinds(lake) == []


def conference_tables() -> list[Table]:
    """Silver tables in which a row has the conference of a team, and is not about conferences itself."""
    tables = {table.qualified: table for endpoint in registry() for table in registry().silver_of(endpoint)}
    return [
        table
        for table in tables.values()
        if any(name.endswith(("conference", "conference_id", "conference_name")) for name in table.by_name)
        and "conference_id" not in table.key
    ]


@pytest.mark.parametrize("table", conference_tables(), ids=lambda table: table.name)
def test_in_no_table_is_a_row_kept_twice_for_two_conferences(table: Table):
    """Trap: transfers of such a team were quarantined, because their columns have other names."""
    names = [name for name in table.by_name if "conference" in name and not name.startswith(("record_", "is_"))]
    names = [name for name in names if name != "conference_game"]
    schema = {column.name: column.dtype for column in table.columns}
    row: dict[str, Any] = {
        name: 7 if name.endswith("_id") and kind == pl.Int64() else None for name, kind in schema.items()
    }
    one = row | {name: 1 if schema[name] == pl.Int64() else OLD for name in names}
    two = row | {name: 2 if schema[name] == pl.Int64() else NEW for name in names}
    both = pl.DataFrame([one, two], schema=schema)
    assert without_repeats(both, table).height == 1
