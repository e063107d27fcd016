"""Forecasts know only the days before: nothing of the day itself, nothing of the rest of the season."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.gold.ratings import walk_forward
from tests.unit.gold.league import league, numbers, seasons
from tests.unit.gold.test_solve import mirrored

GAMES = seasons(31, count=3)
DATES = GAMES["game_date"].unique().sort().to_list()


@given(st.sampled_from(DATES), st.integers(0, 2**32 - 1))
@settings(max_examples=12)
def test_no_result_on_or_after_a_date_changes_a_forecast_of_that_date(day: date, seed: int) -> None:
    rng = np.random.default_rng(seed)
    later = pl.col("game_date") >= day
    other = [
        pl.when(later).then(pl.Series(rng.integers(40, 120, GAMES.height))).otherwise(name).alias(name)
        for name in ("home_points", "away_points")
    ]
    pace = pl.when(later).then(pl.Series(rng.uniform(50, 90, GAMES.height))).otherwise("possessions")
    changed = walk_forward(GAMES.with_columns(*other, pace.alias("possessions")))
    until = (GAMES["game_date"] <= day).to_numpy()
    assert changed.drop("flag").filter(until).equals(walk_forward(GAMES).drop("flag").filter(until))


@given(st.sampled_from(DATES[1:]))
@settings(max_examples=12)
def test_a_lake_that_stops_at_a_date_forecasts_that_date_alike(day: date) -> None:
    """Trap: the division, the averages or the home edge taken from the whole season."""
    stopped = GAMES.filter(pl.col("game_date") <= day)
    full = walk_forward(GAMES).filter((GAMES["game_date"] <= day).to_numpy())
    alone = walk_forward(stopped)
    assert alone["game_id"].equals(full["game_id"])
    assert numbers(alone).to_numpy() == pytest.approx(numbers(full).to_numpy(), abs=1e-9)


def test_order_and_names_do_not_matter() -> None:
    ids = list(range(100, 124))
    names = [f"t{(7 * k) % 24:02d}" for k in range(24)]
    renamed = GAMES.with_columns(pl.col("home_team_id", "away_team_id").replace_strict(ids, names))
    shuffled = renamed.sample(fraction=1.0, shuffle=True, seed=1)
    one = walk_forward(GAMES).sort("game_id")
    two = walk_forward(shuffled)
    assert two["game_id"].equals(shuffled["game_id"])  # in the caller's order
    assert numbers(two.sort("game_id")).to_numpy() == pytest.approx(numbers(one).to_numpy(), abs=1e-8)


def test_mirrored_games_give_mirrored_forecasts() -> None:
    """On neutral ground: elsewhere a team's own floor is a fact about one side."""
    games = GAMES.with_columns(neutral_site=True)
    one, two = walk_forward(games), walk_forward(mirrored(games))
    for ours, theirs in (
        ("predicted_home_margin", -two["predicted_home_margin"]),
        ("home_win_probability", 1 - two["home_win_probability"]),
        ("margin_low_80", -two["margin_high_80"]),
        ("predicted_total", two["predicted_total"]),
    ):
        assert one[ours].to_numpy() == pytest.approx(theirs.to_numpy(), abs=1e-8)


def test_on_neutral_ground_it_does_not_matter_who_is_listed_first() -> None:
    neutral = GAMES["neutral_site"].to_numpy() & (np.arange(GAMES.height) % 2 == 0)
    turned = pl.concat([GAMES.filter(~neutral), mirrored(GAMES.filter(neutral))]).sort("game_id")
    one, two = walk_forward(GAMES.sort("game_id")), walk_forward(turned)
    sign = np.where(neutral, -1.0, 1.0)
    margins = two["predicted_home_margin"].to_numpy() * sign
    assert margins == pytest.approx(one["predicted_home_margin"].to_numpy(), abs=1e-8)


def test_a_constant_in_all_points_changes_no_margin() -> None:
    more = GAMES.with_columns(pl.col("home_points") + 30, pl.col("away_points") + 30)
    one, two = walk_forward(GAMES), walk_forward(more)
    for name in ("predicted_home_margin", "home_win_probability", "margin_sd"):
        assert two[name].to_numpy() == pytest.approx(one[name].to_numpy(), abs=1e-9), name
    last = (GAMES["season"] == 2014).to_numpy()
    gained = (two["predicted_total"] - one["predicted_total"]).filter(last)
    assert gained.to_numpy() == pytest.approx(60.0, abs=4.0)


def test_forecasts_of_a_known_league_are_calibrated() -> None:
    games = pl.concat([league(40 + k, teams=100, rounds=30, season=2012 + k).games for k in range(3)])
    later = games.join(walk_forward(games), on="game_id").filter(pl.col("season") > 2012)
    later = later.with_columns(margin=pl.col("home_points") - pl.col("away_points"))
    inside = later["margin"].is_between(later["margin_low_80"], later["margin_high_80"]).mean()
    assert inside == pytest.approx(0.80, abs=0.025)
    bins = later.group_by((pl.col("home_win_probability") * 5).floor()).agg(
        n=pl.len(), said=pl.col("home_win_probability").mean(), won=(pl.col("margin") > 0).mean()
    )
    off = (bins["said"] - bins["won"]).abs() * bins["n"]
    assert off.sum() / later.height < 0.035
    error = (later["margin"] - later["predicted_home_margin"]).abs().mean()
    assert error < 0.9 * later["margin"].abs().mean()


def test_three_point_luck_is_not_taken_for_strength() -> None:
    """Two teams with the same results: the one that won by hot shooting is expected to win by less."""
    games = league(50, teams=20, rounds=20).games
    box = {f"{side}_fg3a": 22 for side in ("home", "away")} | {f"{side}_fg3m": 7 for side in ("home", "away")}
    counts = {f"{side}_{name}": 10 for side in ("home", "away") for name in ("ast", "blk")}
    plain = games.with_columns(pl.lit(value).alias(name) for name, value in (box | counts).items())
    team = games["home_team_id"][0]
    hot = plain.with_columns(
        home_fg3m=pl.when(home_team_id=team).then(13).otherwise("home_fg3m"),
        away_fg3m=pl.when(away_team_id=team).then(13).otherwise("away_fg3m"),
    )
    mine = games["game_date"].rank("dense").gt(10).to_numpy() & (games["home_team_id"] == team).to_numpy()
    one, two = (walk_forward(frame).filter(mine)["predicted_home_margin"] for frame in (plain, hot))
    assert (two < one - 1.0).all()


def test_unknown_teams_are_said_to_be_unknown() -> None:
    visit = GAMES.tail(1).with_columns(game_id=pl.lit(999, pl.Int64), away_team_id=pl.lit(777, pl.Int64))
    forecast = walk_forward(pl.concat([GAMES, visit]))
    first, last = forecast.filter((GAMES["game_date"] == DATES[0]).extend_constant(False, 1)), forecast.tail(1)
    assert not first["home_is_known"].any()
    assert last["home_is_known"].to_list() == [True]
    assert last["away_is_known"].to_list() == [False]
    assert last["predicted_home_margin"][0] > 10  # mostly no member of the division
    assert last["margin_sd"][0] > forecast["margin_sd"][-2] + 1
