"""A small lake that the tests of queries read."""

from __future__ import annotations

import pytest

from quality.contracts.games import GAMES
from quality.contracts.lines import LINES
from tasks.lake.lake import Lake
from tests.support.lakes import built, keep, new_lake, request_of
from tests.support.records import record


@pytest.fixture(scope="session")
def games(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Two games with a line each, in a folder with a space, a quote and a semicolon in its name."""
    lake = new_lake(tmp_path_factory.mktemp("query") / "it's my; lake")
    rows = [record(GAMES.record, n, startDate="2025-01-15T00:00:00.000Z", homePeriodPoints=[30, n]) for n in (1, 2)]
    keep(lake, request_of(GAMES, 2025), rows)
    keep(lake, request_of(LINES, 2025), [record(LINES.record, n) for n in (1, 2)])
    for endpoint in (GAMES, LINES):
        built(lake, endpoint)
    return lake
