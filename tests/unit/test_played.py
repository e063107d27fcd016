"""Games that a world takes from an earlier one are those that it would play. Trap: who reads a box score changes it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

from sandbox import Sandbox, SandboxConfig
from sandbox.atlas.config import Correction
from tests.support import played

MOMENTS = [datetime(2025, 1, day, 1, tzinfo=UTC) for day in (9, 8, 9)]  # games are under way at one in the morning
READ = ("games", "games/teams", "games/players")


def answers(now: datetime, impact: float = 0.0) -> list[Any]:
    wrong = (Correction("assists", share=0.5, at=datetime(2026, 1, 1, tzinfo=UTC)),)
    sandbox = Sandbox(SandboxConfig(size="tiny", now=now, corrections=wrong, player_impact=impact))
    with sandbox.client() as client:
        return [client.get(f"/{path}", params={"season": "2025"}).json() for path in READ]


def test_a_world_answers_alike_with_kept_games_and_with_its_own():
    with played.afresh():
        own = [answers(now) for now in MOMENTS]
    assert [answers(now) for now in MOMENTS] == own
    assert all(answers(now, impact=2.0)[1] != rows[1] for now, rows in zip(MOMENTS, own, strict=True))


def test_a_game_is_played_once():
    now = MOMENTS[0]
    first = answers(now)
    with patch("tests.support.played.play_log", side_effect=AssertionError("played again")):
        assert answers(now) == first
