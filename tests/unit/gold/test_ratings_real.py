"""The promise on four real seasons: errors, calibration and intervals, first season as burn-in."""

import polars as pl
import pytest

from tasks.gold.ratings import solve, walk_forward

BOX = ("fgm", "fga", "fg3m", "fg3a", "ftm", "fta", "orb", "drb", "ast", "tov", "stl", "blk", "pf")


@pytest.fixture(scope="module")
def judged(real: pl.DataFrame) -> pl.DataFrame:
    """Games of two members with a line in 2012-14, with the forecast and the result."""
    return judge(real)


def judge(games: pl.DataFrame) -> pl.DataFrame:
    both = games.join(walk_forward(games), on="game_id").filter(pl.col("season") > 2011)
    sides = pl.concat([games.select("season", team=f"{side}_team_id") for side in ("home", "away")])
    members = sides.group_by("season", "team").agg(games=pl.len()).filter(pl.col("games") >= 10)
    for side in ("home", "away"):
        both = both.join(members, left_on=["season", f"{side}_team_id"], right_on=["season", "team"], how="semi")
    margin = pl.col("home_points") - pl.col("away_points")
    return both.with_columns(margin=margin, error=(margin - pl.col("predicted_home_margin")).abs())


def test_margins_are_nearly_as_good_as_the_closing_line(judged: pl.DataFrame) -> None:
    lined = judged.drop_nulls("closing_home_spread")
    assert lined.height > 11_000
    line = (lined["margin"] + lined["closing_home_spread"]).abs().mean()
    assert lined["error"].mean() <= 8.45
    assert lined["error"].mean() - line <= 0.17
    november = lined.filter(pl.col("game_date").dt.month() == 11)
    assert november["error"].mean() <= 9.30


def test_points_alone_beat_last_seasons_ratings_as_a_prior(real: pl.DataFrame) -> None:
    bare = real.drop(f"{side}_{name}" for side in ("home", "away") for name in BOX)
    assert judge(bare).drop_nulls("closing_home_spread")["error"].mean() <= 8.50


def test_win_probabilities_and_intervals_are_honest(judged: pl.DataFrame) -> None:
    for games in (judged, judged.drop_nulls("closing_home_spread")):
        won = (pl.col("margin") > 0).mean()
        bins = games.group_by((pl.col("home_win_probability") * 10).floor()).agg(
            n=pl.len(), off=(pl.col("home_win_probability").mean() - won).abs()
        )
        assert (bins["off"] * bins["n"]).sum() / games.height <= 0.015
        inside = games["margin"].is_between(games["margin_low_80"], games["margin_high_80"]).mean()
        assert 0.78 <= inside <= 0.82


def test_a_finished_season_is_described_by_its_own_games(real: pl.DataFrame) -> None:
    """Public final ratings know no last season: ours must not lean on it either."""
    for season in (2013, 2014):
        alone = solve(real.filter(season=season)).filter("is_division_i")
        carried = solve(real.filter(pl.col("season") <= season)).join(alone, on="team_id")
        assert carried.select(pl.corr("net", "net_right")).item() > 0.998
        assert 345 <= alone.height <= 352
