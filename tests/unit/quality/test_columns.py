"""Names, flattening and types: what every table is computed from."""

from __future__ import annotations

import polars as pl
import pytest

from quality.columns import FLOAT, INT, STRING, Bounds, Column, Field, ListOf, Record, flatten, snake_case, to_mapping


@pytest.mark.parametrize(
    ("wire", "name"),
    [
        ("homeTeamEloStart", "home_team_elo_start"),
        ("PORPAG", "porpag"),
        ("id", "id"),
        ("startTimeTbd", "start_time_tbd"),
        ("total_per40", "total_per40"),
        ("winShares40Min", "win_shares40_min"),
        ("offensiveReboundPct", "offensive_rebound_pct"),
    ],
)
def test_snake_case(wire: str, name: str):
    assert snake_case(wire) == name


INNER = Record((Field("made", INT, "made"), Field("pct", FLOAT, "share", True, percent=True)))
OUTER = Record(
    (Field("id", INT, "thing", name="thing_id"), Field("fieldGoals", INNER, "shots"), Field("x", STRING, "x"))
)


def test_objects_become_prefixed_columns_in_order():
    columns = flatten(OUTER)
    assert [column.name for column in columns] == ["thing_id", "field_goals_made", "field_goals_pct", "x"]
    assert [column.path for column in columns] == [("id",), ("fieldGoals", "made"), ("fieldGoals", "pct"), ("x",)]
    assert [column.description for column in columns] == ["thing", "field goals: made", "field goals: share", "x"]
    assert [column.percent for column in columns] == [False, False, True, False]


def test_leaves_of_a_nullable_object_are_nullable():
    record = Record((Field("shot", Record((Field("at", INNER, "at"), Field("n", INT, "n"))), "shot", True),))
    assert [column.nullable for column in flatten(record)] == [True, True, True]
    assert [column.nullable for column in flatten(OUTER)] == [False, False, True, False]


def test_lists_stay_lists_with_lake_names_inside():
    record = Record(
        (Field("teamPlayers", ListOf(Record((Field("playerId", INT, "p"), Field("fg", INNER, "s")))), "t"),)
    )
    (column,) = flatten(record)
    assert column.name == "team_players"
    assert column.dtype == pl.List(pl.Struct({"player_id": INT, "fg_made": INT, "fg_pct": FLOAT}))


def test_a_name_stands_once():
    with pytest.raises(ValueError, match=r"several columns have the name \['a'\]"):
        to_mapping(tuple(Column(name=name, dtype=INT, description="d") for name in "aba"))


@pytest.mark.parametrize(
    ("bounds", "text"),
    [(Bounds(ge=0), ">= 0"), (Bounds(le=1.5), "<= 1.5"), (Bounds(ge=-1, le=1), ">= -1 and <= 1"), (Bounds(), "")],
)
def test_bounds_as_text(bounds: Bounds, text: str):
    assert bounds.describe() == text
