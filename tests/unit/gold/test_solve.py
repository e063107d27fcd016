"""What ratings must be: the truth as far as games tell it, centred, the same whatever things are called."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.errors import BadInput
from tasks.gold.ratings import daily, solve
from tests.unit.gold.league import EDGE, league, numbers, seasons


def mirrored(games: pl.DataFrame) -> pl.DataFrame:
    """The same games told with home and away exchanged."""
    names = {name: name.replace("home", "away", 1) for name in games.columns if name.startswith("home")}
    back = {name: name.replace("away", "home", 1) for name in games.columns if name.startswith("away")}
    return games.rename({**names, **back}).select(games.columns)


def test_known_strengths_are_recovered() -> None:
    world = league(11, teams=120, rounds=34)
    both = solve(world.games).join(world.truth, on="team_id")
    for ours, truth, floor in (
        ("net", "net", 0.97),
        ("adjusted_offence", "offence", 0.95),
        ("adjusted_defence", "defence", 0.95),
        ("tempo", "tempo_right", 0.97),
    ):
        assert both.select(pl.corr(ours, truth)).item() > floor, ours
    assert both["home_advantage"][0] == pytest.approx(EDGE, abs=1.2)
    error = both.select((pl.col("net") - pl.col("net_right")) / pl.col("uncertainty")).to_series()
    assert 0.7 < float(error.std() or 0) < 1.3  # the uncertainty is honest
    assert both["rank"].sort().to_list() == list(range(1, 121))


def test_mean_net_weighted_by_possessions_is_zero_and_defence_mirrors_offence() -> None:
    games = league(12).games
    rated = solve(games)
    sides = [games.select(team_id=f"{side}_team_id", possessions="possessions") for side in ("home", "away")]
    weights = pl.concat(sides).group_by("team_id").agg(pl.col("possessions").sum())
    both = rated.join(weights, on="team_id")
    for name, expected in (("net", 0.0), ("adjusted_offence", None), ("adjusted_defence", None)):
        mean = float(np.average(both[name], weights=both["possessions"]))
        level = float(np.average(both["adjusted_offence"], weights=both["possessions"]))
        assert mean == pytest.approx(level if expected is None else expected, abs=1e-9)
    assert (rated["adjusted_offence"] - rated["adjusted_defence"] - rated["net"]).abs().max() < 1e-9


def test_a_constant_in_all_points_changes_no_net_and_no_rank() -> None:
    games = league(13).games.with_columns(possessions=pl.lit(70.0))
    more = games.with_columns(pl.col("home_points") + 30, pl.col("away_points") + 30)
    one, two = solve(games).sort("team_id"), solve(more).sort("team_id")
    assert two["net"].to_numpy() == pytest.approx(one["net"].to_numpy(), abs=1e-9)
    assert one["rank"].equals(two["rank"])
    gained = 30 * 100 / 70
    assert (two["adjusted_offence"] - one["adjusted_offence"]).to_numpy() == pytest.approx(gained, abs=1e-9)
    assert (two["adjusted_defence"] - one["adjusted_defence"]).to_numpy() == pytest.approx(gained, abs=1e-9)


@given(st.randoms(use_true_random=False))
@settings(max_examples=10)
def test_names_and_order_of_rows_do_not_matter(random: "np.random.Generator") -> None:
    games = league(14, teams=12, rounds=12).games
    ids = list(range(100, 112))
    names = [f"team {k}" for k in range(12)]
    random.shuffle(names)
    named = games.with_columns(pl.col("home_team_id", "away_team_id").replace_strict(ids, names))
    shuffled = named.sample(fraction=1.0, shuffle=True, seed=3)
    back = solve(shuffled).with_columns(pl.col("team_id").replace_strict(names, ids)).sort("team_id")
    assert numbers(back).to_numpy() == pytest.approx(numbers(solve(games).sort("team_id")).to_numpy(), abs=1e-9)


def test_mirrored_games_give_the_same_teams_and_the_opposite_edge() -> None:
    games = league(15).games
    one, two = solve(games).sort("team_id"), solve(mirrored(games)).sort("team_id")
    assert two["net"].to_numpy() == pytest.approx(one["net"].to_numpy(), abs=1e-9)
    assert two["home_advantage"].to_numpy() == pytest.approx(-one["home_advantage"].to_numpy(), abs=1e-9)


def test_games_on_and_after_the_date_change_nothing() -> None:
    games = seasons(16, count=2)
    day = date(2012, 12, 1)
    changed = games.with_columns(
        home_points=pl.when(pl.col("game_date") >= day).then(pl.col("home_points") + 25).otherwise("home_points")
    )
    stopped = games.filter(pl.col("game_date") < day)
    assert solve(games, day).equals(solve(changed, day))
    assert solve(games, day).equals(solve(stopped, day))
    assert solve(games, day)["season"].unique().to_list() == [2013]


def test_earlier_seasons_make_an_early_rating_better() -> None:
    """November is where a prior shows: the same strengths a second year, five rounds played."""
    first = league(17, teams=60, rounds=30)
    second = first.games.with_columns(season=2013, game_date=pl.col("game_date").dt.offset_by("1y"))
    early = second.filter(pl.col("game_date") < date(2012, 11, 24)).with_columns(pl.col("game_id") + 500_000)

    def correlation(games: pl.DataFrame) -> float:
        return float(solve(games).join(first.truth, on="team_id").select(pl.corr("net", "net_right")).item())

    assert correlation(pl.concat([first.games, early])) > correlation(early) + 0.05


def test_a_prior_frame_stands_for_the_season_it_came_from() -> None:
    games = seasons(18, count=2)
    last, now = games.filter(season=2012), games.filter(season=2013)
    by_frame = solve(now, prior=solve(last)).sort("team_id")
    by_games = solve(games).sort("team_id")
    assert by_frame["net"].to_numpy() == pytest.approx(by_games["net"].to_numpy(), abs=0.25)
    with pytest.raises(BadInput, match="before 2013"):
        solve(now, prior=solve(now))


def test_overtime_is_brought_to_forty_minutes() -> None:
    games = league(19).games
    longer = games.with_columns(minutes=pl.lit(50.0), possessions=pl.col("possessions") * 50 / 40)
    one, two = solve(games).sort("team_id"), solve(longer).sort("team_id")
    assert two["tempo"].to_numpy() == pytest.approx(one["tempo"].to_numpy(), abs=1e-9)


def test_outsiders_are_judged_but_judge_nobody() -> None:
    """Trap: a 60-point win over a team outside the division lifted the winner."""
    games = league(20, teams=16, rounds=16).games
    visits = games.head(3).with_columns(
        game_id=pl.col("game_id") + 900_000,
        away_team_id=pl.Series([901, 902, 903]),
        home_points=pl.lit(120, pl.Int64),
        away_points=pl.lit(60, pl.Int64),
    )
    plain, mixed = solve(games), solve(pl.concat([games, visits]))
    members = mixed.filter("is_division_i")
    assert numbers(members).to_numpy() == pytest.approx(numbers(plain).to_numpy(), abs=1e-9)
    assert members["other_games"].sum() == 3
    outside = mixed.filter(~pl.col("is_division_i"))
    assert outside["flag"].unique().to_list() == ["not_division_i"]
    assert outside["rank"].is_null().all()
    assert (outside["net"] < members["net"].min()).all()


def test_a_member_without_games_yet_has_last_seasons_expectation() -> None:
    games = seasons(21, count=2)
    opening = date(2012, 11, 10)
    rated = daily(games, 2013, [opening])
    assert rated.height == 24
    assert set(rated["flag"]) == {"no_games"}
    assert rated["strength_of_schedule"].is_null().all()
    last = solve(games.filter(season=2012)).join(rated, on="team_id")
    assert last.select(pl.corr("net", "net_right")).item() > 0.9
    assert float(rated["net"].std() or 0) < float(last["net"].std() or 0)  # regressed


def test_members_that_are_declared_are_the_pool_from_the_first_day_on() -> None:
    """Trap: a pool inferred from games so far, or taken from another season."""
    games = seasons(22, count=2)
    away = pl.col("away_team_id")
    told = games.with_columns(
        home_is_division_i=pl.col("home_team_id") < 120, away_is_division_i=(away < 120) | (pl.col("season") == 2012)
    )
    opening = date(2012, 11, 10)
    rated = daily(told, 2013, [opening, date(2013, 1, 20)])
    assert set(rated.filter("is_division_i")["team_id"]) == set(range(100, 120))
    assert rated.filter("is_division_i").group_by("as_of_date").len()["len"].to_list() == [20, 20]
    later = rated.filter(pl.col("as_of_date") > opening)
    assert set(later.filter(~pl.col("is_division_i"))["team_id"]) == set(range(120, 124))
    assert solve(told.filter(season=2012)).filter("is_division_i").height == 24
