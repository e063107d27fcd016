"""Closing lines teach from the morning after their game, and published ratings are those behind the forecasts."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.errors import BadInput
from tasks.gold.ratings import Variant, daily, walk_forward
from tests.unit.gold.league import EDGE, PACE, league, seasons

GAMES = seasons(31, count=3)
DATES = GAMES["game_date"].unique().sort().to_list()
LAST = int(GAMES["season"].max())  # type: ignore[arg-type]
BARE = GAMES.drop("possessions")


def lines(seed: int = 5, sd: float = 4.0) -> pl.DataFrame:
    """Invented closing lines: the result, blurred."""
    rng = np.random.default_rng(seed)
    margin = (GAMES["home_points"] - GAMES["away_points"]).to_numpy()
    return pl.DataFrame(
        {
            "game_id": GAMES["game_id"],
            "home_spread": np.round(2 * (-0.7 * margin + rng.normal(0, sd, len(margin)))) / 2,
            "total": np.round(rng.normal(140, 10, len(margin))),
        }
    )


LINES = lines()
INFORMED = walk_forward(GAMES, lines=LINES)


@given(st.sampled_from(DATES[1:-1]), st.integers(0, 2**32 - 1))
@settings(max_examples=12)
def test_no_line_on_or_after_a_date_changes_a_forecast_of_that_date(day: date, seed: int) -> None:
    """Trap: the line of the very game is the best forecast of it."""
    until = (GAMES["game_date"] <= day).to_numpy()
    others = lines(seed).join(GAMES.filter(pl.col("game_date") >= day), on="game_id", how="semi")
    kept = LINES.join(others, on="game_id", how="anti")
    changed = walk_forward(GAMES, lines=pl.concat([kept, others]))
    assert changed.drop("flag").filter(until).equals(INFORMED.drop("flag").filter(until))
    assert not changed.filter(~until).equals(INFORMED.filter(~until)), "the morning after, they are known"


@given(st.sampled_from(DATES[1:]))
@settings(max_examples=8)
def test_a_lake_that_stops_at_a_date_rates_that_morning_alike(day: date) -> None:
    stopped = GAMES.filter(pl.col("game_date") < day)
    season = int(GAMES.filter(pl.col("game_date") == day)["season"][0])
    variants: tuple[Variant, ...] = ("predictive", "market", "descriptive", "static")
    for variant in variants:
        full, alone = (
            daily(games, season, [day], lines=LINES, variant=variant).filter("is_division_i").sort("team_id")
            for games in (GAMES, stopped)
        )
        both = full.join(alone, on="team_id", suffix="_alone")
        assert both["net"].to_numpy() == pytest.approx(both["net_alone"].to_numpy(), abs=1e-9)


@pytest.mark.parametrize(
    "none",
    [
        LINES.clear(),
        LINES.with_columns(pl.lit(None, pl.Float64).alias("home_spread"), pl.lit(None, pl.Float64).alias("total")),
        LINES.with_columns(game_id=pl.col("game_id") + 10**9),
        LINES.drop("total").with_columns(home_spread=pl.lit(float("nan"))),
    ],
    ids=["no row", "null", "of other games", "nan"],
)
def test_without_a_line_the_market_variant_is_the_pure_one(none: pl.DataFrame) -> None:
    assert walk_forward(GAMES, lines=none).equals(walk_forward(GAMES))


def test_lines_that_know_the_strengths_improve_later_forecasts() -> None:
    """Trap: lines that are read and not used."""
    invented = league(31)
    games, net = invented.games, dict(invented.truth.select("team_id", "net").iter_rows())
    edge = pl.when("neutral_site").then(0.0).otherwise(EDGE)
    strength = [pl.col(f"{side}_team_id").replace_strict(net) for side in ("home", "away")]
    known = games.select("game_id", home_spread=-(strength[0] - strength[1] + edge) * PACE / 100)
    rows = games.with_columns(
        pure=walk_forward(games)["predicted_home_margin"],
        informed=walk_forward(games, lines=known)["predicted_home_margin"],
    ).join(known, on="game_id")
    late = rows.filter(pl.col("game_date") > pl.col("game_date").min() + timedelta(days=12))
    pure, informed = late.select((pl.col("pure", "informed") + pl.col("home_spread")).abs().mean()).row(0)
    assert informed < 0.8 * pure, "distance to the true expectation"


def test_exchanged_sides_teach_nothing() -> None:
    """A line that fits our forecast far better when it is turned counts as no line."""
    day = DATES[-3]
    row = INFORMED.filter((GAMES["game_date"] == day).to_numpy()).sort("predicted_home_margin").row(-1, named=True)
    far = LINES.filter(pl.col("game_id") != row["game_id"])
    turned = pl.DataFrame({"game_id": [row["game_id"]], "home_spread": [30.0 + row["predicted_home_margin"]]})
    schema = {"game_id": LINES.schema["game_id"], "home_spread": pl.Float64}
    with_turned = walk_forward(GAMES, lines=pl.concat([far, turned.cast(schema)], how="diagonal"))
    without = walk_forward(GAMES, lines=far)
    assert row["predicted_home_margin"] > 0
    assert with_turned["predicted_home_margin"].equals(without["predicted_home_margin"])


@pytest.mark.parametrize("variant", ["predictive", "market"])
def test_the_published_ratings_make_the_forecasts(variant: Variant) -> None:
    """Trap: what people see is another model than the one that is measured. Points alone: the pace is that of 68."""
    heard = LINES if variant == "market" else None
    forecasts = walk_forward(BARE, lines=heard)
    games = BARE.with_columns(expected=forecasts["predicted_home_margin"]).filter(season=LAST)
    rated = daily(BARE, LAST, lines=heard, variant=variant).select(
        "team_id", "net", "home_advantage", game_date="as_of_date"
    )
    for side in ("home", "away"):
        names = {"net": f"net_{side}", "home_advantage": f"edge_{side}"}
        games = games.join(
            rated.rename(names), left_on=[f"{side}_team_id", "game_date"], right_on=["team_id", "game_date"]
        )
    edge = pl.when("neutral_site").then(0.0).otherwise("edge_home")
    from_table = games.select((pl.col("net_home") - pl.col("net_away") + edge) * 0.68).to_series()
    assert games.height == BARE.filter(season=LAST).height
    assert from_table.to_numpy() == pytest.approx(games["expected"].to_numpy(), abs=1e-6)


def test_points_alone_give_no_offence_and_no_tempo() -> None:
    rated = daily(BARE, LAST, variant="predictive")
    assert {rated[name].null_count() for name in ("adjusted_offence", "adjusted_defence", "tempo")} == {rated.height}
    assert rated["net"].null_count() == 0


def test_what_cannot_be_rated_is_refused() -> None:
    with pytest.raises(BadInput, match="There is no variant 'best' of the ratings; choose one of"):
        daily(GAMES, LAST, variant="best")  # type: ignore[arg-type]
    prior = daily(GAMES, LAST - 1).filter(pl.col("as_of_date") == pl.col("as_of_date").max())
    with pytest.raises(BadInput, match="needs the games of earlier seasons"):
        daily(GAMES.filter(season=LAST), LAST, prior=prior, variant="market")
    with pytest.raises(BadInput, match=r"Lines have one row per game; game \d+ has several"):
        walk_forward(GAMES, lines=pl.concat([LINES, LINES.head(1)]))
    with pytest.raises(
        BadInput, match="Lines have one row per game with game_id and home_spread; missing: home_spread"
    ):
        walk_forward(GAMES, lines=LINES.drop("home_spread"))


def test_real_seasons_confirm_what_docs_ratings_states(real: pl.DataFrame) -> None:
    """Errors of both forecasts, and of the published ratings, on games with a line of 2014 after two seasons."""
    games = real.rename({"closing_home_spread": "home_spread"})
    known = games.select("game_id", "home_spread")
    forecasts = {"predictive": walk_forward(games), "market": walk_forward(games, lines=known)}
    margin = pl.col("home_points") - pl.col("away_points")
    limits = {"predictive": 8.40, "market": 8.35}
    variants: tuple[Variant, ...] = ("predictive", "market")
    for variant in variants:
        rated = daily(games, 2014, lines=known, variant=variant).filter("is_division_i")
        rated = rated.select("team_id", "net", "home_advantage", game_date="as_of_date")
        rows = games.with_columns(expected=forecasts[variant]["predicted_home_margin"])
        rows = rows.filter(pl.col("season") == 2014).drop_nulls("home_spread")
        for side in ("home", "away"):
            of = rated.rename({"net": f"net_{side}", "home_advantage": f"edge_{side}"})
            rows = rows.join(of, left_on=[f"{side}_team_id", "game_date"], right_on=["team_id", "game_date"])
        edge = pl.when("neutral_site").then(0.0).otherwise("edge_home")
        from_table = (pl.col("net_home") - pl.col("net_away") + edge) * 0.68
        error, published = rows.select(
            forecast=(margin - pl.col("expected")).abs().mean(), published=(margin - from_table).abs().mean()
        ).row(0)
        assert error <= limits[variant]
        assert abs(error - published) <= 0.01
        assert rows["game_date"].max() > date(2014, 3, 1) + timedelta(days=14)
