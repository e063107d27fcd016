"""Endpoints and tables: what is computed from a description, and what a description must not say."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
import pytest

from quality.columns import INT, Column
from quality.contracts.plays import FCT_PLAYS
from quality.dataset import Endpoint, Partition, Pattern, Table, list_fields, registry, silver_table
from quality.vocabulary import game_date
from tests.support.toys import BOXES, EVERY, FCT_BOXES, TICKS


def test_bronze_is_the_record_and_what_was_asked_and_where_it_lies():
    assert [column.name for column in TICKS.columns] == [
        "tick_id", "game_id", "season", "start_at", "date", "unknown_fields", "fetched_at", "raw_object",
    ]  # fmt: skip
    assert TICKS.bronze == TICKS.table.qualified == "bronze.ticks"


@pytest.mark.parametrize(
    ("endpoint", "partition"), [(EVERY, Partition.NONE), (BOXES, Partition.SEASON), (TICKS, Partition.MONTH)]
)
def test_the_plan_sets_what_one_commit_replaces(endpoint: Endpoint, partition: Partition):
    assert (endpoint.partition, endpoint.table.partition) == (partition, partition)


def test_silver_columns_come_from_bronze_ones():
    bronze = [column.name for column in BOXES.columns]
    assert [column.name for column in FCT_BOXES.columns] == [name for name in bronze if name != "unknown_fields"]
    assert (BOXES.table.by_name["shine"].unit, FCT_BOXES.by_name["shine"].unit) == ("percent", "fraction 0-1")
    assert (FCT_BOXES.version, FCT_BOXES.sort) == (("game_id",), ("game_id",))


def test_exploded_fields_take_the_place_of_their_list():
    table = silver_table("t", EVERY, "Parts.", key=("toy_id", "part_id"), explode="parts", drop=("marks", "label"))
    names = list(table.by_name)
    assert names[-3:] == ["part_id", "fetched_at", "raw_object"]
    assert not {"parts", "marks", "label"} & set(names)
    assert not table.by_name["part_id"].nullable


@pytest.mark.parametrize("column", ["toy_id", "marks", "nothing"])
def test_only_lists_of_objects_explode(column: str):
    with pytest.raises(ValueError, match=f"{column} is not a list of objects"):
        list_fields(EVERY, column)


@pytest.mark.parametrize("where", ["key", "version"])
def test_a_key_must_exist(where: str):
    """Trap: deduplication on columns that the payload does not have keeps one row of a file."""
    columns = (Column(name="a", dtype=INT, description="a"),)
    with pytest.raises(ValueError, match=r"silver.t: its key or null limits name \['b'\], which"):
        Table(name="t", layer="silver", description="", columns=columns, **{"key": ("a",), where: ("b",)})


def test_the_registry_finds_every_contract_module():
    found = registry()
    assert {"games", "plays", "lines", "teams"} <= set(found.endpoints)
    assert {"silver.fct_plays", "ops.quarantine"} <= set(found.tables)
    assert [table.name for table in found.silver_of(found.endpoints["plays"])] == ["fct_plays"]
    made = [table for table in found.tables.values() if table.layer == "silver"]
    assert all(table.derivation if table.source is None else table.source in list(found) for table in made)


def test_windows_and_caps_come_together():
    """A window without a cap check, or a cap without a window to split, loses rows without a sign."""
    for endpoint in registry():
        assert (endpoint.pattern is Pattern.WINDOWS) == (endpoint.window_days is not None)
        assert endpoint.row_cap is None or endpoint.pattern is Pattern.WINDOWS


@pytest.mark.parametrize(
    ("start", "day"),
    [
        (datetime(2025, 1, 15, 0, 0, tzinfo=UTC), date(2025, 1, 14)),  # 7 pm the day before
        (datetime(2025, 1, 15, 4, 59, tzinfo=UTC), date(2025, 1, 14)),
        (datetime(2025, 1, 15, 5, 0, tzinfo=UTC), date(2025, 1, 15)),
        (datetime(2024, 11, 3, 5, 59, tzinfo=UTC), date(2024, 11, 3)),  # clocks go back this night
        (datetime(2024, 11, 3, 3, 59, tzinfo=UTC), date(2024, 11, 2)),
        (datetime(2024, 11, 4, 4, 59, tzinfo=UTC), date(2024, 11, 3)),
        (datetime(2025, 3, 9, 4, 59, tzinfo=UTC), date(2025, 3, 8)),  # and forward this one
        (datetime(2025, 3, 10, 3, 59, tzinfo=UTC), date(2025, 3, 9)),
        (datetime(2025, 3, 10, 4, 0, tzinfo=UTC), date(2025, 3, 10)),
        (datetime(2025, 1, 1, 0, 30, tzinfo=UTC), date(2024, 12, 31)),
    ],
)
def test_game_date_is_the_day_in_us_eastern(start: datetime, day: date):
    """Trap: the UTC date, another one for 60 % of games."""
    frame = pl.DataFrame({"start_at": [start]}, schema={"start_at": pl.Datetime("us", "UTC")})
    assert frame.select(game_date().expr).item() == day


def test_plays_are_partitioned_by_the_date_people_use():
    assert (FCT_PLAYS.month_column, FCT_PLAYS.partition) == ("game_date", Partition.MONTH)
