"""Rubbish is flagged and kept out of what is learned; nothing is dropped, and nothing is NaN or infinite."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.errors import BadInput
from tasks.gold.ratings import daily, solve, walk_forward
from tests.unit.gold.league import league, numbers, seasons


def assert_finite(frame: pl.DataFrame) -> None:
    values = numbers(frame).fill_null(0.0).to_numpy()
    assert np.isfinite(values).all()


def spoilt(games: pl.DataFrame, **values: object) -> pl.DataFrame:
    """The games with their fifth row changed."""
    changed = [
        pl.when(pl.int_range(pl.len()) == 4).then(pl.lit(value, games.schema[name])).otherwise(name).alias(name)
        for name, value in values.items()
    ]
    return games.with_columns(changed)


@pytest.mark.parametrize(
    ("values", "flag"),
    [
        ({"home_points": None}, "no_result"),
        ({"home_points": 0, "away_points": 0}, "zero_zero"),
        ({"home_points": 70, "away_points": 70}, "tie"),
        ({"home_points": 2, "away_points": 0}, "points_out_of_range"),
        ({"home_points": 700}, "points_out_of_range"),
        ({"possessions": 7.0}, "possessions_out_of_range"),
        ({"possessions": 0.0}, "possessions_out_of_range"),
        ({"minutes": 400.0}, "minutes_out_of_range"),
        ({"away_team_id": None}, "no_team"),
        ({"home_team_id": 103, "away_team_id": 103}, "same_team"),
        ({"game_date": None}, "no_date"),
        ({"season": None}, "no_season"),
        ({"season": 2031}, "season_out_of_range"),
        ({"game_id": 201_200_000}, "duplicate"),
    ],
)
def test_a_bad_row_is_flagged_and_the_rest_stands(values: dict[str, object], flag: str) -> None:
    games = spoilt(league(61).games, **values)
    forecast = walk_forward(games)
    assert forecast["game_id"].equals(games["game_id"])
    assert forecast["flag"][4] == flag
    assert (forecast["flag"] == "ok").sum() == games.height - 1
    assert_finite(forecast)
    placed = flag not in ("no_team", "same_team", "no_date", "no_season", "season_out_of_range")
    assert (forecast["predicted_home_margin"][4] is not None) == placed
    assert_finite(solve(games))
    if flag not in ("possessions_out_of_range", "minutes_out_of_range"):
        without = games.filter(pl.int_range(pl.len()) != 4)
        ours, theirs = solve(games).sort("team_id"), solve(without).sort("team_id")
        assert numbers(ours).to_numpy() == pytest.approx(numbers(theirs).to_numpy(), abs=1e-9)


def test_absurd_possessions_leave_the_points_usable() -> None:
    """Trap: 7 possessions gave an efficiency of 685."""
    games = league(62).games
    rated = solve(spoilt(games, possessions=7.0)).sort("team_id")
    assert (rated["net"] - solve(games).sort("team_id")["net"]).abs().max() < 2.0


def test_nan_and_infinity_are_missing_values() -> None:
    games = spoilt(league(63).games, possessions=float("nan"), minutes=float("inf"))
    games = games.with_columns(pl.col("home_points", "away_points").cast(pl.Float64))
    games = spoilt(games, home_points=float("nan"))
    assert walk_forward(games)["flag"][4] == "no_result"
    assert_finite(walk_forward(games))
    assert_finite(solve(games))


def test_points_alone_are_enough() -> None:
    games = seasons(64, count=2)
    bare = games.drop("possessions", "minutes")
    assert_finite(walk_forward(bare))
    both = solve(bare).join(solve(games), on="team_id")
    assert both.select(pl.corr("net", "net_right")).item() > 0.98
    assert both["tempo"].is_null().all()


def test_a_season_with_thirty_games() -> None:
    games = league(65, teams=12, rounds=5).games
    assert games.height == 30
    for frame in (solve(games), walk_forward(games), daily(games, 2012)):
        assert_finite(frame)
    assert solve(games).height == 12


def test_a_team_with_one_game_and_two_worlds_apart() -> None:
    games = pl.concat(
        [
            league(66, teams=16, rounds=14).games,
            league(67, teams=6, rounds=14, first_team=300).games.with_columns(pl.col("game_id") + 700_000),
        ]
    )
    once = games.tail(1).with_columns(game_id=pl.lit(1, pl.Int64), home_team_id=pl.lit(500, pl.Int64))
    rated = solve(pl.concat([games, once]))
    assert_finite(rated)
    flags = dict(rated.select("team_id", "flag").iter_rows())
    assert flags[500] == "not_division_i"
    assert {flags[team] for team in range(300, 306)} == {"disconnected"}
    assert {flags[team] for team in range(100, 116)} == {"ok"}
    assert_finite(walk_forward(pl.concat([games, once])))


def test_no_games_at_all() -> None:
    empty = league(68).games.clear()
    assert walk_forward(empty).height == 0
    assert solve(empty).height == 0
    assert daily(empty, 2012).height == 0
    assert solve(league(68).games, date(2000, 1, 1)).height == 0


def test_a_missing_column_is_named() -> None:
    with pytest.raises(BadInput, match="neutral_site"):
        walk_forward(league(69).games.drop("neutral_site"))


@st.composite
def rubbish(draw: st.DrawFn) -> pl.DataFrame:
    """A few games of which anything may be missing, zero, huge or repeated."""
    row = st.fixed_dictionaries(
        {
            "season": st.sampled_from([2012, 2013, 2013, None]),
            "game_id": st.integers(1, 9),
            "game_date": st.none() | st.dates(date(2011, 11, 1), date(2013, 4, 1)),
            "home_team_id": st.sampled_from([1, 2, 3, 4, None]),
            "away_team_id": st.sampled_from([1, 2, 3, 5, None]),
            "neutral_site": st.sampled_from([True, False, None]),
            "home_points": st.sampled_from([None, 0, 1, 60, 75, 249, 10**6, -5]),
            "away_points": st.sampled_from([None, 0, 64, 75, 180]),
            "possessions": st.sampled_from([None, 0.0, 36.0, 70.0, 119.0, 1e9, float("nan"), float("inf")]),
            "minutes": st.sampled_from([None, 0.0, 40.0, 55.0, float("nan"), -1.0]),
            "home_fg3m": st.sampled_from([None, 0, 5, 1000]),
            "home_fg3a": st.sampled_from([None, 0, 20]),
        }
    )
    schema = {"season": pl.Int64, "game_date": pl.Date, "home_team_id": pl.Int64, "away_team_id": pl.Int64}
    schema |= {"neutral_site": pl.Boolean, "possessions": pl.Float64, "minutes": pl.Float64}
    kinds = {name: pl.Int64() for name in ("game_id", "home_points", "away_points", "home_fg3m", "home_fg3a")}
    return pl.DataFrame(draw(st.lists(row, min_size=1, max_size=30)), schema_overrides={**schema, **kinds})


@given(rubbish())
@settings(max_examples=60)
def test_whatever_comes_every_row_is_answered_with_numbers_or_null(games: pl.DataFrame) -> None:
    forecast = walk_forward(games)
    assert forecast["game_id"].equals(games["game_id"])
    assert_finite(forecast)
    assert forecast["flag"].null_count() == 0
    assert_finite(solve(games))
    assert_finite(daily(games, 2013))
