"""What a team's earlier results tell, worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.contracts.gold_games import BOX
from tasks.gold._form import form_after, game_values, recent_games, returning_minutes

FIRST = date(2024, 11, 5)
TEAM = 7


def results(*margins: int) -> pl.LazyFrame:
    """A game a day."""
    rows = [{"season": 2025, "game_id": n, "game_date": FIRST + timedelta(days=n), "team_id": TEAM, "margin": margin}
            for n, margin in enumerate(margins)]  # fmt: skip
    return pl.LazyFrame(rows)


def box(game: int, **own: float) -> dict[str, Any]:
    known = dict.fromkeys(BOX, 0.0) | {f"team_stats_{name}": value for name, value in own.items()}
    return {"season": 2025, "game_id": game, "team_id": TEAM} | known


def form(margins: tuple[int, ...], *boxes: dict[str, Any]) -> pl.DataFrame:
    schema = {"season": pl.Int64, "game_id": pl.Int64, "team_id": pl.Int64} | dict.fromkeys(BOX, pl.Float64)
    return form_after(game_values(results(*margins), pl.LazyFrame(list(boxes), schema=schema))).collect()


def test_factors_are_ratios_of_sums():
    """(6 + 0.5 2) / 10 and (1 + 0) / 40: together 8 / 50, not the mean of 0.7 and 0.025."""
    one = box(0, field_goals_made=6, three_point_field_goals_made=2, field_goals_attempted=10)
    two = box(1, field_goals_made=1, field_goals_attempted=40)
    assert form((1, 1), one, two)["season_effective_field_goal_pct"].to_list() == [0.7, pytest.approx(8 / 50)]


def test_a_game_without_a_box_score_counts_as_a_result_only():
    rows = form((4, -2), box(0, field_goals_made=5, field_goals_attempted=10))
    assert rows["games_before"].to_list() == [1, 2]
    assert rows["wins_before"].to_list() == [1, 1]
    assert rows["season_effective_field_goal_pct"].to_list() == [0.5, 0.5]


def test_no_shot_is_no_share():
    """Trap: 0 / 0 is NaN in Polars, not null."""
    assert form((4,), box(0))["season_effective_field_goal_pct"].to_list() == [None]


@given(st.lists(st.integers(-60, 60), min_size=1, max_size=25))
def test_windows_look_back_so_many_games(margins: list[int]):
    rows = form(tuple(margins))
    for n in range(len(margins)):
        for name, size in (("season", 99), ("last_5", 5), ("last_10", 10)):
            seen = margins[: n + 1][-size:]
            assert rows[f"{name}_margin"][n] == pytest.approx(sum(seen) / len(seen))


def test_seven_days_are_the_seven_dates_before():
    """Games on day 0, 1 and 8: of the last, day 1 is the seventh before, day 0 the eighth."""
    days = (0, 1, 8)
    rows = pl.LazyFrame([{"game_id": n, "team_id": TEAM, "game_date": FIRST + timedelta(days=n)} for n in days])
    assert recent_games(rows, rows).collect().sort("game_id").rows() == [(1, TEAM, 1), (8, TEAM, 1)]


def test_who_came_back_counts_from_the_morning_after_he_was_seen():
    """Of 100 minutes A had 60 and B 40; A plays on day 0, a new man too, B on day 2. Games of 2023 say nothing."""
    seen = [(2023, "A", -700, 30.0), (2024, "A", -300, 60.0), (2024, "B", -300, 40.0)]
    seen += [(2025, "A", 0, 10.0), (2025, "N", 0, 10.0), (2025, "B", 2, 5.0)]
    players = pl.LazyFrame(
        [
            {"season": year, "team_id": TEAM, "game_date": FIRST + timedelta(days=day), "athlete_source_id": who,
             "minutes": minutes}
            for year, who, day, minutes in seen
        ]
    )  # fmt: skip
    rows = returning_minutes(players, 2025).collect()
    assert rows["known_on"].to_list() == [FIRST, FIRST + timedelta(days=2)]
    assert rows["returning_minutes_pct"].to_list() == [pytest.approx(0.6), pytest.approx(1.0)]
