"""Rows that came and broke the contract: the reason is known. Answers that are not built yet say nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from quality.contracts.game_teams import GAME_TEAMS
from quality.contracts.games import GAMES
from tasks.completeness.filling import coverage_of
from tasks.completeness.gaps import Gap
from tasks.completeness.season import SeasonView
from tasks.lake.lake import Lake
from tests.support.lakes import NOON, built, keep, request_of
from tests.support.records import record
from tests.support.seasons import AWAY, HOME

GAMES_PLAYED, BROKEN, POINTS = 15, 3, 70
WINDOW = 5  # of those of 14 days: the one that holds 15 January


def game(number: int) -> dict[str, Any]:
    sides = {"homeTeamId": HOME, "awayTeamId": AWAY, "homePoints": POINTS, "awayPoints": POINTS}
    return record(GAMES.record, number) | sides | {"status": "final", "startDate": "2025-01-15T18:30:00.000Z"}


def box(number: int, team: int | None, opponent: int) -> dict[str, Any]:
    made = record(GAME_TEAMS.record, number, gameId=number, teamId=team, opponentId=opponent)
    made["teamStats"]["points"]["total"] = POINTS
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
