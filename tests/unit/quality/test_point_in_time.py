"""What a table said on a morning in the past, as far as a lake of today can tell."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from quality.contracts.game_teams import FCT_GAME_TEAMS
from quality.contracts.games import FCT_GAMES, HAS_RESULT
from quality.contracts.gold_ratings import TEAM_RATINGS_DAILY
from quality.contracts.lines import FCT_LINES
from quality.contracts.ratings import FCT_RATINGS_ELO
from quality.contracts.rosters import FCT_ROSTERS
from quality.contracts.team_stats import FCT_STATS_TEAM_SEASON
from quality.contracts.teams import DIM_TEAM_SEASONS
from quality.dataset import AS_OF, Table
from quality.point_in_time import known_before

DAY = date(2025, 1, 15)
EVE, LATER = datetime(2025, 1, 15, 4, 59, tzinfo=UTC), datetime(2025, 1, 15, 5, 0, tzinfo=UTC)  # midnight US Eastern


def seen(table: Table, *rows: dict[str, Any]) -> pl.DataFrame:
    schema = {name: table.by_name[name].dtype for name in {name: None for row in rows for name in row}}
    return known_before(pl.LazyFrame(list(rows), schema=schema), table, DAY).collect()


def test_games_keep_their_place_in_the_schedule_and_lose_their_outcome():
    """Trap: dropping the games of the day drops what is to be predicted."""
    result = {"status": "final", "home_points": 80, "away_points": 70, "home_period_points": [40, 40]}
    result |= {"has_result": True, "home_winner": True, "home_team_elo_end": 1500}
    result |= {"home_team_id": 1, "away_team_id": 2}
    rows = seen(FCT_GAMES, *({"game_id": n, "game_date": date(2025, 1, 13 + n)} | result for n in (1, 2, 3)))
    assert rows["game_id"].to_list() == [1, 2, 3]
    assert rows["has_result"].to_list() == [True, False, False]
    assert rows["status"].to_list() == ["final", "scheduled", "scheduled"]
    assert rows["home_points"].to_list() == [80, 0, 0]
    assert rows["home_winner"].to_list() == [True, None, None]
    assert rows.select(HAS_RESULT.expr).to_series().to_list() == [True, False, False]


def test_every_column_that_an_outcome_fills_is_blanked():
    """A column added to the contract later must be judged: it is schedule, or it is outcome."""
    schedule = {
        *("game_id", "source_id", "season_label", "season", "season_type", "start_at", "start_time_tbd", "game_date"),
        *("neutral_site", "conference_game", "game_type", "tournament", "game_notes", "fetched_at", "raw_object"),
        *("venue_id", "venue", "city", "state"),
        *(f"{side}_{name}" for side in ("home", "away") for name in ("team_id", "team", "conference_id", "conference")),
        *("home_seed", "away_seed"),
    }
    assert set(FCT_GAMES.by_name) == schedule | {name for name, _ in FCT_GAMES.outcome}


@pytest.mark.parametrize(
    ("table", "column", "before", "after"),
    [
        (FCT_GAME_TEAMS, "game_date", date(2025, 1, 14), DAY),
        (FCT_RATINGS_ELO, AS_OF.name, date(2025, 1, 14), DAY),
        (FCT_LINES, "fetched_at", EVE, LATER),
        (FCT_STATS_TEAM_SEASON, AS_OF.name, date(2025, 1, 14), DAY),
        (FCT_ROSTERS, "fetched_at", EVE, LATER),
    ],
    ids=lambda value: value.name if isinstance(value, Table) else None,
)
def test_later_rows_are_not_there(table: Table, column: str, before: object, after: object):
    """Trap: season totals and closing lines of today, read as those of January."""
    rows = {"fetched_at": EVE} | ({"game_date": DAY} if "game_date" in table.by_name else {})
    assert seen(table, rows | {column: before}, rows | {column: after})[column].to_list() == [before]


@pytest.mark.parametrize("table", [DIM_TEAM_SEASONS, TEAM_RATINGS_DAILY], ids=lambda table: table.name)
def test_who_belongs_where_and_what_is_dated_by_us_is_read_as_it_is(table: Table):
    assert seen(table, {"season": 2025}).height == 1
