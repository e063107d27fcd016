"""A result in a terminal: it fits the width, and what is not shown is told."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.sql._result import Result
from tasks.sql._text import as_text

WIDE = pl.DataFrame({f"number_of_things_{place}": [place / 3] * 8 for place in range(20)})


def text(frame: pl.DataFrame, width: int = 160) -> str:
    return as_text(Result(frame), width)


def test_a_small_table():
    assert text(pl.DataFrame({"team": ["A", None], "n": [1, 2]})).splitlines() == [
        "┌──────┬───┐",
        "│ team ┆ n │",
        "╞══════╪═══╡",
        "│ A    ┆ 1 │",
        "│ null ┆ 2 │",
        "└──────┴───┘",
        "2 rows",
    ]
    assert text(pl.DataFrame({"n": [1]})).endswith("\n1 row\n")


def test_a_long_table_shows_its_beginning_and_says_so():
    shown = text(pl.DataFrame({"n": range(1000, 2070)}))
    assert shown.endswith("1,070 rows; the first 50 are shown, --output FILE.csv writes all\n")
    assert "│ 1049 │" in shown
    assert "│ 1050 │" not in shown


def test_fifty_rows_are_all_shown():
    assert text(pl.DataFrame({"n": range(50)})).endswith("\n50 rows\n")


def test_a_wide_table_stands_on_its_side():
    """Trap: fifty columns in one line are three letters wide each, and nobody can read them."""
    shown = text(WIDE)
    assert "number_of_things_19" in shown
    assert "6.333" in shown
    last = "8 rows of 20 columns, one column per line; the first 6 are shown, --output FILE.csv writes all\n"
    assert shown.endswith(last)


@pytest.mark.parametrize("width", [20, 40, 80, 100, 160, 300])
def test_it_fits_the_terminal(width: int):
    long = WIDE.with_columns(text=pl.lit("word " * 40), at=pl.lit(datetime(2025, 1, 15, tzinfo=UTC)), none=None)
    shown = text(long, width)
    assert max(map(len, shown.splitlines())) <= width
    if width >= 60:
        assert all(name in shown for name in long.columns)


def test_names_of_columns_are_never_cut():
    """Trap: `opponent_stats_possessio…` may be one of three columns."""
    names = [f"opponent_stats_of_the_second_half_{n}" for n in range(30)]
    shown = text(pl.DataFrame({name: ["long text " * 9] * 8 for name in names}), 80)
    assert all(f"│ {name} " in shown for name in names)


def test_long_texts_give_way_before_the_table_turns():
    frame = pl.DataFrame({f"c{n}": [f"{n}" * 60] * 8 for n in range(3)})
    shown = text(frame, 100)
    assert shown.splitlines()[1].split() == ["│", "c0", "┆", "c1", "┆", "c2", "│"]
    assert "…" in shown


def test_small_numbers_are_not_rounded_to_nothing():
    shown = text(WIDE.with_columns(number_of_things_0=pl.lit(0.000123), number_of_things_1=pl.lit(0.0)))
    assert "0.000123" in shown
    assert "-0" not in shown


def test_no_rows_are_no_screen_of_stumps():
    empty = WIDE.clear()
    assert text(empty) == "0 rows\n"
    covered = as_text(Result(empty, note="silver.fct_games has the seasons 2015-2020"), 80)
    assert covered == "0 rows; silver.fct_games has the seasons 2015-2020\n"


def test_a_plan_is_printed_as_it_is():
    plan = "╭─ Scan ─╮\n" * 70
    assert text(pl.DataFrame({"explain_key": ["physical_plan"], "explain_value": [plan]}), 20) == plan


@settings(max_examples=30)
@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=30),
        st.sampled_from([0, -1.5, 1e-9, 1e300, None, True, "x" * 70, "大きい" * 30, [1, 2, 3], b"\0", ""]),
        min_size=1,
        max_size=40,
    ),
    st.integers(0, 60),
    st.integers(20, 200),
)
def test_whatever_the_rows_are_their_number_is_reported(row: dict[str, object], height: int, width: int):
    frame = pl.DataFrame([row] * height, schema=None if height else list(row))
    last = text(frame, width).replace("\n", " ")
    assert f"{height:,} row{'s' * (height != 1)}" in last
