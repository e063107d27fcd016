"""What is known before a season's first game weighs what earlier seasons teach: nothing, where it tells nothing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from tasks.errors import BadInput
from tasks.gold.model.games import read_games
from tasks.gold.model.parameters import CARRY_TRUST, OPPOSITION_BESIDE_CLASS, PRESEASON_START
from tasks.gold.model.preseason import read_preseason
from tasks.gold.model.season import Past, SeasonRating
from tasks.gold.model.single import one_thread
from tasks.gold.model.walk import Walk
from tasks.gold.ratings import daily, solve, walk_forward
from tests.unit.gold.league import Summers, league, numbers, summers

EFFECT = 5.0  # points per 100 possessions and standard deviation of returning minutes
LAST = 2016


@pytest.fixture(scope="module")
def telling() -> Summers:
    return summers(71, EFFECT)


@pytest.fixture(scope="module")
def silent() -> Summers:
    return summers(72, 0.0)


@pytest.fixture(scope="module")
def small() -> Summers:
    return summers(73, EFFECT, count=3, teams=24, rounds=12)


def november(games: pl.DataFrame, forecast: pl.DataFrame) -> float:
    """Mean absolute error of the margin on the first six dates of the last two seasons."""
    rows = games.join(forecast, on="game_id").with_columns(date=pl.col("game_date").rank("dense").over("season"))
    rows = rows.filter(pl.col("season") >= LAST - 1, pl.col("date") <= 6)
    return float((rows["home_points"] - rows["away_points"] - rows["predicted_home_margin"]).abs().to_numpy().mean())


@one_thread
def weights(data: Summers) -> dict[str, np.ndarray]:
    """Of the preseason quantities, by form, after all seasons but the last."""
    read = read_games(data.games)
    preseason = read_preseason(data.preseason, read.teams)
    walk, past = Walk(read, preseason), Past(len(read.teams), preseason)
    walk.run()
    for season in list(data.net)[:-1]:
        past.close(SeasonRating(read, season, past).until(None))
    return {"sequential": walk.strengths.margin.carry.weights[3:], "static": past.carries["net"].weights[3:]}


def test_who_returns_improves_the_first_weeks_where_strength_depends_on_it(telling: Summers) -> None:
    without = november(telling.games, walk_forward(telling.games))
    learnt = november(telling.games, walk_forward(telling.games, preseason=telling.preseason))
    assert learnt < without - 0.2


def test_the_weight_has_the_right_sign_and_is_shrunk(telling: Summers) -> None:
    """In points at 68 possessions for the sequential form, per 100 for the static one; recruiting tells nothing."""
    found = weights(telling)
    for form, effect in (("sequential", EFFECT * 0.68), ("static", EFFECT)):
        returning, recruiting = found[form]
        assert 0.35 * effect < returning < effect, form
        assert abs(recruiting) < 0.12 * effect, form


def test_what_tells_nothing_costs_next_to_nothing(silent: Summers) -> None:
    without = november(silent.games, walk_forward(silent.games))
    assert november(silent.games, walk_forward(silent.games, preseason=silent.preseason)) < without + 0.02
    assert np.abs(np.concatenate(list(weights(silent).values()))).max() < 0.7


def test_the_first_morning_of_a_season_knows_who_returns(telling: Summers) -> None:
    """Static form: nothing of the season has been played, and yet the ratings are nearer to the truth."""
    first = telling.games.filter(season=LAST)["game_date"].min()
    off = []
    for preseason in (None, telling.preseason):
        rated = daily(telling.games, LAST, [first], preseason=preseason).sort("team_id")
        off.append(float(np.abs(rated["net"].to_numpy() - telling.net[LAST]).mean()))
    assert off[1] < 0.93 * off[0]


def test_daily_and_solve_agree(small: Summers) -> None:
    days = small.games.filter(season=2014)["game_date"].unique().sort().to_list()[:6:2]
    stacked = daily(small.games, 2014, days, preseason=small.preseason)
    for day in days[1:]:
        alone = solve(small.games, day, preseason=small.preseason).sort("team_id")
        rows = stacked.filter(as_of_date=day).sort("team_id")
        assert numbers(rows).to_numpy() == pytest.approx(numbers(alone).to_numpy(), abs=1e-8)


def test_the_weights_are_those_of_a_plain_regression(small: Summers) -> None:
    """One season has taught: what it became on what was expected and known, each quantity centred and scaled."""
    read = read_games(small.games)
    past = Past(len(read.teams), read_preseason(small.preseason, read.teams))
    first = SeasonRating(read, 2012, past).until(None)
    past.close(first)
    carry = past.carries["net"]
    known = (
        small.preseason.filter(season=2013).sort("team_id").select("returning_minutes_pct", "recruiting_class_rating")
    )
    scaled = known.select(((pl.all() - pl.all().mean()) / pl.all().std(ddof=0)).fill_null(0.0).clip(-3, 3)).to_numpy()
    faced = carry.faced * np.where(known["recruiting_class_rating"].is_null().to_numpy(), 1.0, OPPOSITION_BESIDE_CLASS)
    features = np.column_stack([carry.last, carry.before, faced, scaled])
    past.close(SeasonRating(read, 2013, past).until(None))
    plain = np.linalg.solve(features.T @ features + CARRY_TRUST * 1e-3 * np.eye(5), features.T @ carry.last)
    seen = np.array([len(known) - known[name].null_count() for name in known.columns])
    start = np.array([PRESEASON_START[name] for name in known.columns]) * 100 / 68
    assert carry.weights[3:] == pytest.approx((plain[3:] * seen + 100 * start) / (100 + seen), abs=1e-9)


@pytest.mark.parametrize(
    "nothing",
    [
        lambda frame: frame.clear(),
        lambda frame: frame.with_columns(pl.lit(None, pl.Float64).alias(name) for name in frame.columns[2:]),
        lambda frame: frame.with_columns(pl.lit(float("nan")).alias(name) for name in frame.columns[2:]),
        lambda frame: frame.with_columns(pl.col("team_id") + 5000),
    ],
    ids=["no rows", "nulls", "NaN", "other teams"],
)
def test_nothing_known_changes_nothing(small: Summers, nothing: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    """To the last digit: the lakes that have no rosters keep the numbers that docs/ratings.md reports."""
    given = nothing(small.preseason)
    assert walk_forward(small.games, preseason=given).equals(walk_forward(small.games))
    assert solve(small.games, preseason=given).equals(solve(small.games))


def test_the_first_season_with_transfers_changes_no_forecast_of_its_own(small: Summers) -> None:
    """A weight that starts at 0 is learned from finished seasons: trap: from the season that is being forecast."""
    minutes = pl.col("returning_minutes_pct") * 1000
    given = small.preseason.filter(season=2013).select("season", "team_id", transfer_minutes=minutes)
    before = (small.games["season"] <= 2013).to_numpy()
    one, two = walk_forward(small.games), walk_forward(small.games, preseason=given)
    assert numbers(two.filter(before)).to_numpy() == pytest.approx(numbers(one.filter(before)).to_numpy(), abs=1e-9)
    assert not two.filter(~before).equals(one.filter(~before))


def test_returning_minutes_count_in_the_first_season_that_has_them(small: Summers) -> None:
    """Trap: a weight that starts at 0 gives nothing to a lake in the November that matters."""
    given = small.preseason.filter(season=2013).select("season", "team_id", "returning_minutes_pct")
    first = (small.games["season"] == 2012).to_numpy()
    one, two = walk_forward(small.games), walk_forward(small.games, preseason=given)
    assert two.filter(first).equals(one.filter(first))
    opening = (small.games["game_date"] == small.games.filter(season=2013)["game_date"].min()).to_numpy()
    moved = (two["predicted_home_margin"] - one["predicted_home_margin"]).filter(opening)
    assert moved.abs().max() > 1.0


def test_rows_of_a_later_season_change_nothing_earlier(small: Summers) -> None:
    before = (small.games["season"] < 2014).to_numpy()
    whole = walk_forward(small.games, preseason=small.preseason).filter(before)
    assert numbers(walk_forward(small.games, preseason=small.before(2014)).filter(before)).to_numpy() == pytest.approx(
        numbers(whole).to_numpy(), abs=1e-9
    )
    changed = small.preseason.with_columns(
        returning_minutes_pct=pl.when(season=2014)
        .then(1 - pl.col("returning_minutes_pct"))
        .otherwise("returning_minutes_pct")
    )
    assert walk_forward(small.games, preseason=changed).filter(before).equals(whole)


def test_names_and_order_do_not_matter(small: Summers) -> None:
    names = {old: f"t{new}" for new, old in enumerate(reversed(range(100, 124)))}
    games = small.games.with_columns(pl.col("home_team_id", "away_team_id").replace_strict(names))
    preseason = small.preseason.with_columns(pl.col("team_id").replace_strict(names)).sample(
        fraction=1.0, shuffle=True, seed=1
    )
    one = walk_forward(small.games, preseason=small.preseason)
    two = walk_forward(games, preseason=preseason)
    assert numbers(two).to_numpy() == pytest.approx(numbers(one).to_numpy(), abs=1e-8)


def test_the_unit_of_a_quantity_does_not_matter(small: Summers) -> None:
    other = small.preseason.with_columns(pl.col("recruiting_class_rating") * 40 + 7)
    one = walk_forward(small.games, preseason=small.preseason)
    assert numbers(walk_forward(small.games, preseason=other)).to_numpy() == pytest.approx(
        numbers(one).to_numpy(), abs=1e-8
    )


def test_only_net_and_margin_are_moved(small: Summers) -> None:
    one, two = solve(small.games), solve(small.games, preseason=small.preseason)
    both = one.join(two, on="team_id")
    assert (both["net"] - both["net_right"]).abs().max() > 1e-3
    assert both["tempo"].to_list() == both["tempo_right"].to_list()
    total = [walk_forward(small.games, preseason=given)["predicted_total"] for given in (None, small.preseason)]
    assert total[0].equals(total[1])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda frame: frame.drop("team_id"), "missing: team_id"),
        (lambda frame: frame.select("season", "team_id"), "missing: one of returning_minutes_pct"),
        (lambda frame: frame.with_columns(starters_back=3), "not starters_back"),
        (lambda frame: pl.concat([frame, frame.head(1)]), "team 100 has several in 2012"),
        (lambda frame: frame.with_columns(pl.col("returning_minutes_pct") * 100), "between 0 and 1"),
        (lambda frame: frame.with_columns(recruiting_class_rating=-1.0), "-1"),
    ],
)
def test_a_frame_without_sense_is_refused(change: Callable[[pl.DataFrame], pl.DataFrame], said: str) -> None:
    games = league(74, teams=8, rounds=4).games
    frame = pl.DataFrame(
        {"season": 2012, "team_id": [100, 101], "returning_minutes_pct": [0.5, 0.6], "recruiting_class_rating": 3.0}
    )
    for answer in (walk_forward, solve):
        with pytest.raises(BadInput, match=said):
            answer(games, preseason=change(frame))


def test_rubbish_among_the_numbers_counts_as_unknown(small: Summers) -> None:
    spoilt = small.preseason.with_columns(
        pl.when(pl.col("team_id") % 3 == 0)
        .then(float("inf"))
        .otherwise("recruiting_class_rating")
        .alias("recruiting_class_rating")
    )
    for frame in (walk_forward(small.games, preseason=spoilt), solve(small.games, preseason=spoilt)):
        assert np.isfinite(numbers(frame).fill_null(0.0).to_numpy()).all()
