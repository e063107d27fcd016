"""Every column of a gold table about single games is held to its clock: later information does not change it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import polars as pl
import pytest

from quality.clocks import CLOCKS, FINAL, MORNING, TIP_OFF, Clock
from quality.contracts.games import FCT_GAMES
from quality.contracts.lines import FCT_LINES
from quality.dataset import Table, registry
from tests.unit.gold.frames import Frames, built

pytestmark = pytest.mark.xdist_group("gold-frames")
DAY = date(2025, 1, 15)
OF_GAMES = [table for table in registry().derived("gold") if "game_id" in table.key]
LATE = pl.col("game_date") >= DAY


def other_results(silver: Frames) -> Frames:
    """The other team wins, by another margin; every third game is postponed."""
    games = silver[FCT_GAMES.qualified]
    off = LATE & (pl.col("game_id") % 3 == 0)
    played = LATE & pl.col("has_result") & ~off
    swapped = [
        pl.when(played).then(pl.col(f"{other}_points") + more).otherwise(f"{own}_points").alias(f"{own}_points")
        for own, other, more in (("home", "away", 7), ("away", "home", 1))
    ]
    blank = [
        pl.when(off).then(pl.lit(value, FCT_GAMES.by_name[name].dtype)).otherwise(name).alias(name)
        for name, value in FCT_GAMES.outcome
    ]
    return silver | {FCT_GAMES.qualified: games.with_columns(swapped).with_columns(blank)}


def other_lines(silver: Frames) -> Frames:
    """Every number of the lines is another one; of some games the spread becomes a pick'em, or stops being one."""
    numbers = {"spread": (-1, 1), "spread_open": (-1, 2), "over_under": (1, 11), "over_under_open": (1, 7)}
    other = {name: pl.col(name) * times + more for name, (times, more) in numbers.items()}
    moved = [pl.when(LATE).then(value).otherwise(name).alias(name) for name, value in other.items()]
    third = LATE & (pl.col("game_id") % 3 == 0)
    marks = [
        pl.when(some).then(~pl.col(name)).otherwise(name).alias(name)
        for name, some in (("is_spread_pick_em", third), ("is_spread_sign_suspect", LATE))
    ]
    money = [pl.when(LATE).then(value).otherwise(name).alias(name)
             for name, value in (("home_moneyline", -130.0), ("away_moneyline", 115.0))]  # fmt: skip
    return silver | {FCT_LINES.qualified: silver[FCT_LINES.qualified].with_columns(*moved, *marks, *money)}


def fetched_later(silver: Frames) -> Frames:
    """The same lines, requested once more after the games."""
    after = pl.when(LATE).then(pl.col("start_at") + pl.duration(days=2)).otherwise("fetched_at").alias("fetched_at")
    return silver | {FCT_LINES.qualified: silver[FCT_LINES.qualified].with_columns(after)}


# Each with the clock of what it changes.
CHANGES: dict[str, tuple[Callable[[Frames], Frames], Clock]] = {
    "other results": (other_results, FINAL),
    "other lines": (other_lines, TIP_OFF),
    "lines fetched later": (fetched_later, FINAL),
}
# Known at tip-off although no number of a line changes them.
COUNTS = {"provider", "is_consensus", "line_providers"}


@pytest.fixture(scope="module")
def changed(silver: Frames) -> Callable[[str], dict[str, pl.DataFrame]]:
    """The tables about games after a change; each is made once."""
    return cache(lambda name: built(CHANGES[name][0](silver), *OF_GAMES))


def moved(table: Table, before: pl.DataFrame, after: pl.DataFrame) -> set[str]:
    """Columns of which a value differs in a row of the day or earlier. The rows must be the same."""
    date_column = str(table.point_in_time)
    one, other = (rows.filter(pl.col(date_column) <= DAY).sort(table.key) for rows in (before, after))
    assert one.height > 0
    assert one.select(table.key).equals(other.select(table.key)), f"{table.name}: other rows"
    return {name for name in one.columns if not _equal(one[name], other[name])}


def _equal(one: pl.Series, other: pl.Series) -> bool:
    """Whether two columns are the same; the order of a sum may change the last digits of a number."""
    if not one.dtype.is_float():
        return one.equals(other)
    near = ((one - other).abs() < 1e-9) | (one.is_null() & other.is_null())
    return bool(near.fill_null(value=False).all())


def too_early(table: Table, names: set[str], clock: Clock) -> set[str]:
    """Columns that changed although their own clock is earlier than that of the change."""
    return {name for name in names if CLOCKS.index(table.clock_of(name) or MORNING) < CLOCKS.index(clock)}


@pytest.mark.parametrize("table", OF_GAMES, ids=lambda table: table.name)
@pytest.mark.parametrize("change", CHANGES)
def test_what_is_known_later_changes_no_column(changed: Any, whole: dict[str, pl.DataFrame], change: str, table: Table):
    """Trap: a table said that nothing was learned on its date, and held the closing lines."""
    found = moved(table, whole[table.qualified], changed(change)[table.qualified])
    assert too_early(table, found, CHANGES[change][1]) == set()


def test_every_later_column_is_changed_by_something(changed: Any, whole: dict[str, pl.DataFrame]):
    """Trap: a column with a later clock than it needs is a feature that nobody may use."""
    for table in OF_GAMES:
        found = {
            clock: {
                name
                for change, (_, of) in CHANGES.items()
                if of == clock
                for name in moved(table, whole[table.qualified], changed(change)[table.qualified])
            }
            for clock in (TIP_OFF, FINAL)
        }
        for clock, names in found.items():
            declared = {column.name for column in table.columns if column.clock == clock}
            assert declared - COUNTS <= names, f"{table.name}: {clock}"


@pytest.mark.parametrize("table", OF_GAMES, ids=lambda table: table.name)
def test_a_column_with_too_early_a_clock_is_found(changed: Any, whole: dict[str, pl.DataFrame], table: Table):
    """If every column said that it is known on the morning, each later one would be reported."""
    claiming = replace(table, columns=tuple(replace(column, clock=MORNING) for column in table.columns))
    reported = {
        name
        for change, (_, clock) in CHANGES.items()
        for name in too_early(claiming, moved(table, whole[table.qualified], changed(change)[table.qualified]), clock)
    }
    assert reported == {column.name for column in table.columns if column.clock != MORNING} - COUNTS
