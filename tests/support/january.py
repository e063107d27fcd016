"""A lake that an analyst reads: a simulated season in the middle of January, with gold."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tasks.build import build_gold
from tasks.gold.plan import gold_tables
from tasks.lake.lake import Lake
from tasks.sql.views import views
from tests.support.engine import SEASON, ingest, open_lake, sandbox_settings
from tests.support.once import once

NOW = datetime(2025, 1, 15, 12, tzinfo=UTC)
NEEDED = ("games", "game_teams", "game_players", "team_seasons", "teams", "lines", "stats_player_season")


def january_lake(folder: Path, *more: str) -> Lake:
    """The lake with the forecasts and all tables that the views read, built in a folder.

    Args:
        more: further datasets to ingest.
    """
    settings = sandbox_settings(folder, NOW)
    ingest(settings, *NEEDED, *more)
    return with_gold(open_lake(settings))


def shared_january(factory: pytest.TempPathFactory) -> Lake:
    """The lake with conferences, one for all workers. No test writes into it."""
    folder = once(factory, "january", lambda folder: january_lake(folder, "conferences"))
    return open_lake(sandbox_settings(folder, NOW))


def with_gold(lake: Lake) -> Lake:
    """A lake after the forecasts and all tables that the views read were built."""
    read = {name.partition(".")[2] for view in views().values() for name in view.tables}
    for table in gold_tables([*sorted(read), "season_forecast", "bracket_forecast"]):
        assert build_gold(lake, table, SEASON, None, lambda _: None).failed == [], table.name
    return lake
