"""Clocks in contracts: a gold table that does not say when its columns are known is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from quality.clocks import CLOCKS, FINAL, MORNING, TIP_OFF, until
from quality.columns import INT, Column, known
from quality.dataset import Table, registry

SEASON, GAME, POINTS = (Column(name=name, dtype=INT, description=name) for name in ("season", "game_id", "points"))
GOLD = registry().derived("gold")


def table(*columns: Column, key: tuple[str, ...] = ("game_id",), **values: Any) -> Table:
    return Table(name="made", layer="gold", description="Made.", columns=columns, key=key, **values)


def test_an_earlier_clock_is_known_at_a_later_one():
    assert CLOCKS == (MORNING, TIP_OFF, FINAL)
    assert [until(clock) for clock in CLOCKS] == [{MORNING}, {MORNING, TIP_OFF}, set(CLOCKS)]


def test_a_column_without_a_clock_is_refused():
    """Trap: a column that is forgotten counts as known on the morning, and leaks."""
    with pytest.raises(ValueError, match=r"gold\.made: no clock says when points is known; wrap the columns in known"):
        table(*known(MORNING, SEASON, GAME), POINTS)
    with pytest.raises(ValueError, match="no clock says when season, points is known"):
        table(SEASON, POINTS, key=("season",))


def test_a_table_about_games_has_no_clock_of_its_own():
    """One clock for a table would also be that of the column that is added later."""
    with pytest.raises(ValueError, match="about single games: state the clock of each column"):
        table(*known(MORNING, SEASON, GAME), POINTS, clock=MORNING)


def test_columns_by_clock():
    made = table(*known(MORNING, SEASON, GAME), *known(FINAL, POINTS))
    assert [column.name for column in made.known_at(TIP_OFF)] == ["season", "game_id"]
    assert made.known_at(FINAL) == made.columns
    season = table(SEASON, POINTS, key=("season",), clock=FINAL)
    assert (season.clock_of("points"), season.known_at(TIP_OFF)) == (FINAL, ())
    assert replace(made, layer="silver", columns=(SEASON, GAME)).clock_of("season") is None


@pytest.mark.parametrize("made", GOLD, ids=lambda made: made.name)
def test_keys_are_known_no_later_than_anything_else(made: Table):
    """A selection by clock has whole keys: what is known of a row names it."""
    for clock in CLOCKS:
        names = {column.name for column in made.known_at(clock)}
        assert not names - set(made.key) or set(made.key) - {"provider"} <= names


@pytest.mark.parametrize("made", GOLD, ids=lambda made: made.name)
def test_a_table_has_a_date_for_its_clocks(made: Table):
    clocks = {made.clock_of(name) for name in made.by_name}
    assert (made.point_in_time is None) == (clocks == {FINAL})
