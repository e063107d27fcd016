"""Rows that came and broke the contract: the reason is known. Answers that are not built yet say nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from quality.contracts.game_teams import GAME_TEAMS
from quality.contracts.games import FCT_GAMES, GAMES
from quality.contracts.lineups import LINEUPS
from quality.contracts.plays import PLAYS
from tasks.audit.audit import audit_lake
from tasks.audit.report import markdown
from tasks.completeness.due import todo
from tasks.completeness.filling import coverage_of
from tasks.completeness.gaps import Gap
from tasks.completeness.season import SeasonView
from tasks.lake.lake import Lake
from tasks.layers.rules import check_rules
from tests.support.lakes import NOON, built, keep, request_of, rows
from tests.support.records import record
from tests.support.seasons import AWAY, HOME

GAMES_PLAYED, BROKEN, POINTS = 15, 3, {HOME: 70, AWAY: 60}
WINDOW = 5  # of those of 14 days: the one that holds 15 January


def game(number: int) -> dict[str, Any]:
    sides = {"homeTeamId": HOME, "awayTeamId": AWAY, "homePoints": POINTS[HOME], "awayPoints": POINTS[AWAY]}
    return record(GAMES.record, number) | sides | {"status": "final", "startDate": "2025-01-15T18:30:00.000Z"}


def box(number: int, team: int | None, opponent: int) -> dict[str, Any]:
    made = record(GAME_TEAMS.record, number, gameId=number, teamId=team, opponentId=opponent)
    made["teamStats"]["points"]["total"] = POINTS[HOME if opponent == AWAY else AWAY]
    return made | {"startDate": "2025-01-15T18:30:00.000Z"}


def gaps(lake: Lake) -> list[Gap]:
    (boxes,) = coverage_of(SeasonView(lake, 2025, NOON + timedelta(days=1)), GAME_TEAMS)
    assert boxes.expected == GAMES_PLAYED
    return boxes.gaps


def test_a_game_whose_rows_were_rejected_is_not_missing_at_the_source(lake: Lake):
    keep(lake, request_of(GAMES, 2025, window=2), [game(number) for number in range(GAMES_PLAYED)])
    built(lake, GAMES)
    never = gaps(lake)
    assert len(never) == GAMES_PLAYED
    assert {(gap.state, gap.reason, gap.times_requested) for gap in never} == {("unexplained", "missing", 0)}

    home = [box(n, None if n == BROKEN else HOME, AWAY) for n in range(GAMES_PLAYED)]
    away = [box(n, None if n == BROKEN else AWAY, HOME) for n in range(GAMES_PLAYED)]
    keep(lake, request_of(GAME_TEAMS, 2025, window=WINDOW), home + away)
    assert all(gap.unbuilt for gap in gaps(lake))

    built(lake, GAME_TEAMS)
    (gap,) = gaps(lake)
    assert (gap.subject, gap.state, gap.times_requested) == (str(BROKEN), "quarantined", 1)
    assert "see ops.quarantine" in gap.evidence


def test_details_of_a_game_whose_schedule_row_is_in_quarantine_are_due(lake: Lake):
    """Trap: four games of one UTC day with a defect each; the day had no plays, and nothing said so."""
    sound = [game(number) for number in range(40)]
    odd = [
        game(50) | {"startDate": "2025-01-20T18:30:00.000Z", "homeTeam": None},
        game(51) | {"startDate": "2025-01-21T18:30:00.000Z", "seasonType": "spring"},
        game(52) | {"startDate": "2025-01-22T18:30:00.000Z", "season": 2024},
        game(53) | {"startDate": None},
    ]
    keep(lake, request_of(GAMES, 2025, window=2), [*sound, *odd])
    built(lake, GAMES)
    assert rows(lake, FCT_GAMES, "game_id") == list(range(40))
    days = {str(request.param("date")) for request in todo(lake, PLAYS, 2025, NOON).due}
    assert days == {"2025-01-15", "2025-01-20", "2025-01-21", "2025-01-22"}
    each = {request.param("gameId") for request in todo(lake, LINEUPS, 2025, NOON).due}
    assert each == {*range(40), 50, 51, 52}
    found = audit_lake(lake, NOON, [2025])
    assert [(item.game_id, item.requested) for item in found.quarantined_games] == [
        (50, True), (51, True), (52, True), (53, False)
    ]  # fmt: skip
    assert "for 1 without a readable id and date nothing was requested" in markdown(found)


def test_boxes_of_a_day_that_is_not_in_the_schedule_are_reported(lake: Lake):
    """Trap: a day with all games in quarantine was not judged, and its boxes pointed at games that do not exist."""
    odd = game(50) | {"startDate": "2025-01-18T18:30:00.000Z", "homeTeam": None}
    keep(lake, request_of(GAMES, 2025, window=2), [*(game(number) for number in range(40)), odd])
    boxes = [box(50, HOME, AWAY), box(50, AWAY, HOME)]
    keep(lake, request_of(GAME_TEAMS, 2025, window=WINDOW), [b | {"startDate": odd["startDate"]} for b in boxes])
    built(lake, GAMES)
    built(lake, GAME_TEAMS)
    result = {item.rule: item for item in check_rules(lake, [2025])}["games_of_game_teams_are_known"]
    assert (result.checked, result.violations) == (1, 1)
    assert result.sample[0].startswith("game_id 50,")
