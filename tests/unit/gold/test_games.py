"""Silver as the model reads it: what counts as a result, who plays for whom, and points without garbage time."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from quality.contracts.gold_ratings import BOXES, FROM_PLAYS, GAMES, MEMBERS, POSSESSIONS
from quality.dataset import Input
from tasks.gold._games import BOX, model_games, today, without_garbage_time
from tasks.gold.game_predictions import game_predictions
from tasks.gold.model.games import read_games
from tasks.gold.model.parameters import USUAL_PER_BOX, USUAL_PER_PLAYS
from tasks.gold.team_ratings_daily import mornings, team_ratings_daily
from tests.unit.gold.league import seasons

DAY = date(2025, 1, 15)


def frame(item: Input, *rows: dict[str, Any]) -> pl.LazyFrame:
    """Rows of an input in the types of its contract; what is not given is null."""
    return pl.LazyFrame([{name: row.get(name) for name in item.schema} for row in rows], schema=item.schema)


def game(number: int = 1, home: int = 1, away: int = 2, points: tuple[int, int] | None = (80, 70), **values: Any):
    sides = dict(zip(("home_points", "away_points"), points or (0, 0), strict=True))
    made = {"season": 2025, "game_id": number, "game_date": DAY, "home_team_id": home, "away_team_id": away}
    return made | {"neutral_site": False, "has_result": points is not None} | sides | values


def box(number: int, home: bool, **stats: int) -> dict[str, Any]:
    return {"season": 2025, "game_id": number, "is_home": home} | {f"team_stats_{n}": v for n, v in stats.items()}


def model(*games: dict[str, Any], boxes: Any = (), members: Any = (), possessions: Any = ()) -> pl.DataFrame:
    return model_games(
        frame(GAMES, *games), frame(BOXES, *boxes), frame(MEMBERS, *members), frame(POSSESSIONS, *possessions)
    )


def test_only_finals_with_points_are_results():
    """Trap: 0-0 of scheduled and abandoned games."""
    rows = model(game(1), game(2, points=None), game(3, points=None, home_points=12, away_points=9))
    assert rows["home_points"].to_list() == [80, None, None]
    assert today(rows) == date(2025, 1, 16)
    assert today(rows.filter(pl.col("game_id") > 1)) is None


@pytest.mark.parametrize(
    ("periods", "minutes"), [([40, 40], 40.0), ([40, 40, 9, 12], 50.0), (None, None), ([80], None)]
)
def test_minutes_come_from_periods(periods: list[int] | None, minutes: float | None):
    assert model(game(home_period_points=periods))["minutes"].item() == minutes


def test_boxes_go_to_their_sides():
    stats = {silver: place for place, silver in enumerate(BOX.values())}
    row = model(
        game(), boxes=(box(1, home=False, **stats), box(1, home=True, **{n: 100 + v for n, v in stats.items()}))
    )
    assert [row[f"home_{name}"].item() - row[f"away_{name}"].item() for name in BOX] == [100.0] * len(BOX)


def test_possessions_are_those_to_rate_by_else_those_of_the_box():
    counts = dict.fromkeys(BOX.values(), 0) | {"field_goals_attempted": 60, "free_throws_attempted": 20}
    boxes = [box(number, home, **counts) for number in (1, 2) for home in (True, False)]
    counted = (
        {
            "season": 2025,
            "game_id": 1,
            "is_pbp_usable": True,
            "rating_possessions": 71.5,
            "rating_possessions_source": "plays",
        },
    )
    rows = model(game(1), game(2), boxes=boxes, possessions=counted)
    assert read_games(rows).possessions.tolist() == [71.5 * USUAL_PER_PLAYS, (60 + 0.475 * 20) * USUAL_PER_BOX]


def test_membership_is_that_of_the_season_or_unknown():
    last = game(9, season=2024, game_date=date(2024, 1, 15))
    rows = model(game(1, away=3), last, members=({"season": 2025, "team_id": 1}, {"season": 2025, "team_id": 2}))
    assert rows.sort("season")["home_is_division_i"].to_list() == [None, True]
    assert rows.sort("season")["away_is_division_i"].to_list() == [None, False]
    assert {season: codes.sum() for season, codes in read_games(rows).declared.items()} == {2025: 1}


def test_a_bracket_game_without_its_teams_is_kept_without_a_forecast():
    inputs = frame(GAMES, game(1), game(2, home=-1, away=-1, points=None)), frame(BOXES), frame(MEMBERS)
    rows = game_predictions(*inputs, frame(POSSESSIONS), season=2025).collect().sort("game_id")
    assert rows["flag"].to_list() == ["ok", "no_team"]
    assert rows["home_team_id"].to_list() == [1, -1]
    assert rows["home_win_probability"].is_null().to_list() == [False, True]


def test_a_flag_does_not_tell_the_result():
    """Trap: `tie` or `no_result` in a table of forecasts says how the game ended."""
    inputs = frame(GAMES, game(1, points=(70, 70)), game(2, points=None)), frame(BOXES), frame(MEMBERS)
    rows = game_predictions(*inputs, frame(POSSESSIONS), season=2025).collect()
    assert rows["flag"].to_list() == ["ok", "ok"]


def test_garbage_time_is_taken_out_where_plays_can_be_used():
    """A game keeps its weight: points are scaled to the possessions of the whole game."""
    counted = [
        {
            "season": 2025,
            "game_id": n,
            "is_pbp_usable": n == 1,
            "rating_possessions": 70.0,
            "rating_possessions_source": "plays",
        }
        for n in (1, 2)
    ]
    rows = model(game(1, points=(90, 60)), game(2, points=(90, 60)), possessions=counted)
    sides = [
        {"season": 2025, "game_id": n, "team_id": team, "variant": variant, "points": points, "pbp_possessions": 50}
        for n in (1, 2)
        for team, points in ((1, 60), (2, 40))
        for variant in ("all", "no_garbage_time")
    ]
    played = without_garbage_time(rows, frame(FROM_PLAYS, *sides))
    assert played["home_points"].to_list() == [60 / 50 * 70, 90]
    assert played["away_points"].to_list() == [40 / 50 * 70, 60]
    assert played["is_from_plays"].to_list() == [True, False]


def test_mornings_end_with_the_day_after_the_last_result():
    rows = model(game(1), game(2, game_date=date(2025, 1, 17)), game(3, game_date=date(2025, 2, 1), points=None))
    assert mornings(rows) == [date(2025, 1, day) for day in (15, 16, 17, 18)]
    assert mornings(rows.filter(pl.col("game_id") == 3)) == [date(2025, 2, 1)]
    assert mornings(rows.clear()) == []


def test_earlier_seasons_are_the_prior_and_not_in_the_table():
    games = seasons(31, count=2).drop("possessions", "minutes").with_columns(has_result=pl.lit(value=True))
    rows = frame(GAMES, *games.to_dicts())
    others = [frame(item) for item in (BOXES, MEMBERS, POSSESSIONS, FROM_PLAYS)]
    both = team_ratings_daily(rows, *others, season=2013).collect()
    alone = team_ratings_daily(rows.filter(season=2013), *others, season=2013).collect()
    assert both["season"].unique().to_list() == [2013]
    opening = both.filter(pl.col("as_of_date") == pl.col("as_of_date").min())
    assert (opening["uncertainty"] < 12).all()
    assert float(opening["net"].std() or 0) > 1, "last season tells teams apart"
    assert both.height > alone.height, "without a past nobody is known before the first game"
