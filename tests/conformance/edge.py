"""The answers of the second, hand-made database, each beside rows of the sandbox in the same state.

The rows are not the same, so only their shape is compared: keys, types, and fields that are always null.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from sandbox import Sandbox

from .answers import EDGE_KEY, URL

EVENING = datetime(2025, 2, 1, 21, 20, tzinfo=UTC)
SPRING = datetime(2025, 5, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Moment:
    """When, and by which request, the sandbox has rows in the state of an answer."""

    now: datetime
    path: str
    params: dict[str, str] = field(default_factory=dict)


MOMENTS = {
    # The mini season has no cancelled game; a postponed one is read in the same way.
    "edge_games": Moment(SPRING, "/games", {"season": "2025", "status": "postponed"}),
    "edge_games_postponed": Moment(SPRING, "/games", {"season": "2025", "status": "postponed"}),
    "edge_games_in_progress": Moment(EVENING, "/games", {"season": "2025", "status": "in_progress"}),
    "edge_games_scheduled": Moment(EVENING, "/games", {"season": "2025", "status": "scheduled"}),
    "edge_games_teams_live": Moment(EVENING, "/games/teams", {"season": "2025", "startDateRange": "2025-02-01"}),
    "edge_lines_pickem": Moment(SPRING, "/lines", {"season": "2025", "endDateRange": "2024-11-05T23:00:00Z"}),
    "edge_roster": Moment(SPRING, "/teams/roster", {"season": "2025", "team": "juniperholt"}),
    "edge_scoreboard": Moment(EVENING, "/scoreboard"),
    "edge_team_case": Moment(SPRING, "/games", {"season": "2025", "team": "GARHOLT", "endDateRange": "2024-11-20"}),
    "edge_games_teams_two_conferences": Moment(SPRING, "/games/teams", {"season": "2025", "team": "Nowhere"}),
}


def rows(sandbox: Sandbox, moment: Moment) -> tuple[int, list[Any]]:
    """Status and rows of the sandbox at a moment."""
    before, sandbox.now = sandbox.now, moment.now
    try:
        with httpx.Client(base_url=URL, transport=sandbox.transport()) as client:
            reply = client.get(moment.path, params=moment.params, headers={"Authorization": f"Bearer {EDGE_KEY}"})
    finally:
        sandbox.now = before
    return reply.status_code, reply.json()
