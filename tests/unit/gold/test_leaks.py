"""No gold table that claims to be point-in-time tells what was not known: held for every such table by its contract."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from support.engine import SEASON, ingest, open_lake, sandbox_settings

from quality.contracts.games import FCT_GAMES
from quality.contracts.lines import FCT_LINES
from quality.dataset import Table, registry
from quality.point_in_time import known_before
from quality.rules.base import HOLDS
from quality.rules.gold_games import GOLD_GAME_RULES
from quality.validate import check
from tasks.derive import maker
from tasks.gold import game_predictions_features
from tasks.iceberg import PartitionKey

DAYS = (date(2024, 11, 20), date(2025, 1, 15))
CLAIMING = [table for table in registry().derived("gold") if table.point_in_time]
OUTCOME_ENDS = ("_points", "_elo_end", "_points_total", "minutes", "_attempted", "_made", "rebounds_offensive")
Frames = dict[str, pl.LazyFrame]


@pytest.fixture(scope="module")
def silver(tmp_path_factory: pytest.TempPathFactory) -> Frames:
    """Silver of a finished season, every line fetched on the eve of its game."""
    settings = sandbox_settings(tmp_path_factory.mktemp("leaks"), datetime(2025, 5, 1, tzinfo=UTC))
    ingest(settings, "games", "game_teams", "game_players", "team_seasons", "lines")
    lake = open_lake(settings)
    frames = {}
    for table in registry().tables.values():
        if table.layer == "silver":
            there = lake.iceberg(table.qualified) is not None
            schema = {column.name: column.dtype for column in table.columns}
            rows = lake.scan(table.qualified).collect() if there else pl.DataFrame(schema=schema)
            frames[table.qualified] = rows.lazy()
    eve = pl.col("start_at") - pl.duration(days=1)
    frames[FCT_LINES.qualified] = frames[FCT_LINES.qualified].with_columns(fetched_at=eve)
    return frames


def built(silver: Frames, *wanted: Table) -> dict[str, pl.DataFrame]:
    """Gold tables, and those that they are made from, from frames alone."""
    names, frames = {table.qualified for table in wanted}, dict(silver)
    tables = registry().derived("gold")
    for table in reversed(tables):
        if table.qualified in names and table.derivation is not None:
            names |= {other.qualified for other in table.derivation.tables}
    for table in tables:
        if table.qualified in names and table.derivation is not None:
            inputs = [frames[item.table.qualified].select(list(item.schema)) for item in table.derivation.inputs]
            rows = maker(table, PartitionKey(SEASON))(*inputs).select(list(table.by_name)).collect()
            frames[table.qualified] = rows.lazy()
    return {table.qualified: frames[table.qualified].sort(table.key).collect() for table in wanted}


@pytest.fixture(scope="module")
def whole(silver: Frames) -> dict[str, pl.DataFrame]:
    return built(silver, *CLAIMING)


def stopped(silver: Frames, day: date) -> Frames:
    tables = registry().tables
    return {name: known_before(rows, tables[name], day) for name, rows in silver.items()}


def with_other_results(silver: Frames, day: date) -> Frames:
    """Every number that a game on or after the day has left, in any table, is another one."""
    return _late_outcomes(silver, day, lambda column: pl.col(column) * 2 + 3)


def with_shuffled_future(silver: Frames, day: date) -> Frames:
    """The numbers that games on or after the day have left are those of other games of these days."""
    return _late_outcomes(silver, day, lambda column: pl.col(column).shuffle(seed=7))


def _late_outcomes(silver: Frames, day: date, change: Callable[[str], pl.Expr]) -> Frames:
    changed = dict(silver)
    for name, frame in silver.items():
        schema = frame.collect_schema()
        numbers = [
            column
            for column, dtype in schema.items()
            if column.endswith(OUTCOME_ENDS) and dtype.is_numeric() and "game_date" in schema
        ]
        late = pl.col("game_date") >= day
        if numbers:
            changed[name] = pl.concat(
                [
                    frame.filter(~late),
                    frame.filter(late).with_columns(change(column).alias(column) for column in numbers),
                ]
            )
    return changed


def until(rows: pl.DataFrame, table: Table, day: date) -> pl.DataFrame:
    return rows.filter(pl.col(table.point_in_time or "") <= day)


def test_the_tables_of_forecasts_and_ratings_claim_to_be_point_in_time():
    """Trap: a claim that is forgotten is a table that nobody tests."""
    assert {"team_ratings_daily", "game_predictions", "game_predictions_features"} <= {t.name for t in CLAIMING}


CHANGES: dict[str, Callable[[Frames, date], Frames]] = {
    "other results": with_other_results,
    "shuffled future": with_shuffled_future,
    "lake that stops": stopped,
}


@pytest.mark.parametrize("day", DAYS, ids=str)
@pytest.mark.parametrize("change", CHANGES)
def test_the_future_changes_nothing_before_it(silver: Frames, whole: dict[str, pl.DataFrame], change: str, day: date):
    """Traps: season-final ratings joined to every game; a game's own result among its features."""
    other = built(CHANGES[change](silver, day), *CLAIMING)
    for table in CLAIMING:
        before, after = (until(frames[table.qualified], table, day) for frames in (whole, other))
        assert before.height > 0, table.name
        assert_frame_equal(before, after, rel_tol=1e-9, abs_tol=1e-9)


def test_the_changes_are_seen_afterwards(silver: Frames, whole: dict[str, pl.DataFrame]):
    """Trap: a test that changes nothing passes whatever leaks."""
    other = built(with_other_results(silver, DAYS[1]), *CLAIMING)
    for table in CLAIMING:
        assert not whole[table.qualified].equals(other[table.qualified]), table.name


def test_every_row_keeps_its_contract(silver: Frames):
    """No NaN, no infinity, nothing out of bounds, two rows a game."""
    mine = [registry().tables[f"gold.{name}"] for name in
            ("game_predictions_features", "game_results_labels", "market_lines_analysis")]  # fmt: skip
    rows = built(silver, *mine)
    for table in mine:
        found: Any = check(rows[table.qualified], table)
        assert found.good.height == rows[table.qualified].height, table.name
    games = silver[FCT_GAMES.qualified].collect().height
    assert [rows[table.qualified].height for table in mine[:2]] == [2 * games, 2 * games]


def test_rules_of_these_tables_hold(silver: Frames):
    """Two rows a game, margins that add up to 0, one median: judged as before a publication."""
    tables = {item.table.qualified: item.table for rule in GOLD_GAME_RULES for item in rule.reads}
    rows = built(silver, *(table for table in tables.values() if table.layer == "gold"))
    frames = {name: rows[name].lazy() if name in rows else silver[name] for name in tables}
    for rule in GOLD_GAME_RULES:
        given = [frames[item.table.qualified].select(item.columns) for item in rule.reads]
        judged = rule.judge(*given).collect()
        assert judged.height > 0, rule.name
        assert judged[HOLDS].all(), rule.name


def test_the_tests_see_a_table_that_counts_its_own_date(silver: Frames, monkeypatch: pytest.MonkeyPatch):
    """Trap: of two tables one counted the games of its date, and every test of leaks passed."""
    features = registry().tables["gold.game_predictions_features"]
    latest = game_predictions_features._latest
    monkeypatch.setattr(game_predictions_features, "_latest", partial(_counting_the_day, latest))
    before, after = built(silver, features), built(with_other_results(silver, DAYS[1]), features)
    leaked = [until(frames[features.qualified], features, DAYS[1]) for frames in (before, after)]
    assert not leaked[0].equals(leaked[1])


def _counting_the_day(latest: Callable[..., pl.LazyFrame], *args: Any, **options: Any) -> pl.LazyFrame:
    return latest(*args, **(options | {"same_day": True}))
