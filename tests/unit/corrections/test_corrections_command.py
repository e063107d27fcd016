"""`cbbd-etl corrections`, run as a user would: what is printed of what the source revised."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import orjson
import pytest

from flows.commands.cli import main
from quality.contracts.games import GAMES
from tasks.lake.lake import Lake
from tests.support.lakes import NOON, built, keep, request_of
from tests.support.records import record

Told = Callable[..., str]


@pytest.fixture
def revised(lake: Lake) -> Lake:
    """A lake whose source first said 100 spectators, then 500."""
    request = request_of(GAMES, 2025)
    for day, attendance in enumerate((100, 500)):
        keep(lake, request, [record(GAMES.record, 1, attendance=attendance)], NOON + timedelta(days=day))
        built(lake, GAMES)
    return lake


@pytest.fixture
def told(revised: Lake, capfdbinary: pytest.CaptureFixture[bytes]) -> Told:
    def run(*args: str) -> str:
        assert main(["corrections", "--lake", revised.location, *args]) == 0
        return capfdbinary.readouterr().out.decode()

    return run


def test_the_table_fits_a_terminal_and_ends_with_counts(told: Told) -> None:
    """Trap: eleven columns in a terminal, each a few letters wide, tell nothing."""
    printed = told("--season", "2025")
    (row,) = [line for line in printed.splitlines() if "game_id=1" in line]
    cells = [cell.strip() for cell in row.strip("│").split("┆")]
    assert cells == ["fct_games", "game_id=1", "attendance", "100", "500", "2025-06-02 12:00", "source"]
    assert "silver.fct_games  attendance" in printed


def test_other_formats_have_every_column(told: Told) -> None:
    (row,) = orjson.loads(told("--format", "json"))
    assert row["table_name"] == "silver.fct_games"
    assert row["raw_object"].startswith("games/season=2025/")


def test_seasons_and_tables_are_chosen(told: Told) -> None:
    assert "game_id=1" in told("--season", "2025")
    assert "game_id=1" in told("--table", "fct_games")


def test_a_season_that_the_lake_lacks_is_refused(revised: Lake, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["corrections", "--lake", revised.location, "--season", "2024"]) == 2
    assert "has no season 2024; its seasons: 2025" in capsys.readouterr().err


def test_an_unknown_table_is_refused(revised: Lake, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["corrections", "--lake", revised.location, "--table", "fct_gamez"]) == 2
    assert "fct_gamez" in capsys.readouterr().err
