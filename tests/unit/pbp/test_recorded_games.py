"""Three real games: the box of their plays is their box, and the order within a second does not matter."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tasks.pbp.box import team_boxes
from tasks.pbp.possessions import possessions
from tests.unit.pbp.chances import chances
from tests.unit.pbp.recorded import recorded_box, recorded_plays, recorded_schedule

SAME = {
    "fgm": "field_goals_made", "fga": "field_goals_attempted", "3pm": "three_point_field_goals_made",
    "3pa": "three_point_field_goals_attempted", "ftm": "free_throws_made", "fta": "free_throws_attempted",
    "oreb": "offensive_rebounds", "dreb": "defensive_rebounds", "ast": "assists", "stl": "steals", "blk": "blocks",
    "to": "turnovers", "pf": "personal_fouls", "pts": "points",
}  # fmt: skip
# The plays have a rebound of Arizona more than the box.
DIFFERENT = {("Arizona Wildcats", "dreb"): (30, 31)}


@pytest.fixture(scope="module")
def rows(shared: Path) -> pl.DataFrame:
    return possessions(recorded_plays(shared)[0].lazy()).collect()


def test_box_totals_are_those_of_the_recorded_box(shared: Path, rows: pl.DataFrame):
    mine = team_boxes(rows.lazy()).collect().filter(variant="all")
    both = recorded_box(shared).join(mine, on=["game_id", "team_id"], suffix="_pbp")
    assert both.height == 6
    own = {name: f"{column}_pbp" if f"{column}_pbp" in both.columns else column for name, column in SAME.items()}
    found = {
        (row["team"], name): (row[name], row[column])
        for row in both.iter_rows(named=True)
        for name, column in own.items()
        if row[name] != row[column]
    }
    assert found == DIFFERENT


def test_possessions_alternate_and_are_those_of_the_formula(shared: Path, rows: pl.DataFrame):
    first = (pl.col("offence_team_id") < pl.col("defence_team_id")).cast(pl.Int64).sum()
    periods = rows.group_by("game_id", "period").agg(d=2 * first - pl.len())
    assert periods["d"].abs().max() == 1
    counted = rows.group_by("game_id", team_id="offence_team_id").len()
    both = recorded_box(shared).join(counted, on=["game_id", "team_id"])
    estimate = pl.col("fga") - pl.col("oreb") + pl.col("to") + 0.475 * pl.col("fta")
    error = both.group_by("game_id").agg((pl.col("len") - estimate).mean().abs().alias("error"))
    assert error["error"].max() < 1.3  # type: ignore[operator]
    # One possession of 440 shows only by its rebound: the rebounder lost the ball within a second.
    assert rows["end_type"].value_counts().filter(end_type="unrecorded")["count"].to_list() == [1]


@pytest.mark.parametrize("seed", range(3))
def test_order_and_ids_within_a_second_say_nothing(shared: Path, rows: pl.DataFrame, seed: int):
    mixed = recorded_plays(shared)[0].sample(fraction=1, shuffle=True, seed=seed)
    mixed = mixed.with_columns(pl.col("play_id").sort().over("game_id", "period", "seconds_remaining"))
    assert_frame_equal(possessions(mixed.lazy()).collect(), rows, check_row_order=False)


def test_garbage_time_is_the_end_of_a_game_or_nothing(rows: pl.DataFrame):
    for game in rows.sort("game_id", "possession_number").partition_by("game_id"):
        flags = game["is_garbage_time"].to_list()
        assert flags == sorted(flags)
        assert any(flags)  # each was won by twelve or more


def test_win_probability_of_recorded_games_ends_with_their_results(shared: Path):
    """Three games that were won by twelve or more: too few for a calibration, enough for order, clock and sides."""
    plays, games = recorded_plays(shared)[0], recorded_schedule(shared)
    rows = chances(plays, *games)
    assert rows["win_probability_flag"].value_counts().rows() == [("ok", plays.height)]
    won = {game["game_id"]: float(game["home_points"] > game["away_points"]) for game in games}
    last = rows.group_by("game_id").agg(pl.col("model_home_win_probability").last())
    assert dict(last.iter_rows()) == won
    error = rows["model_home_win_probability"] - rows["game_id"].replace_strict(won)
    assert (error**2).mean() < 0.12  # type: ignore[operator]  a coin has 0.25
