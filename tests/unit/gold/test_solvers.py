"""Each way of solving says what a plain dense solve says, to 1e-8."""

import numpy as np
import polars as pl
import pytest

from tasks.gold.model._field import Block, TeamField
from tasks.gold.model._static import NET, STYLE
from tasks.gold.ratings import daily, solve
from tests.unit.gold.league import league, numbers


def dense_offence_and_defence(games: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Generalised least squares on two unknowns per team, two observations per game: no rotation, nothing clever."""
    home, away = (games[f"{side}_team_id"].to_numpy() - 100 for side in ("home", "away"))
    size, count = int(max(home.max(), away.max())) + 1, games.height
    possessions, rows = games["possessions"].to_numpy(), np.arange(count)
    at_home = (~games["neutral_site"]).to_numpy().astype(float)
    design = np.zeros((2 * count, 2 * size + 2))  # offences, defences, home edge, level of a team's points
    for row, scores, guards, edge in ((rows, home, away, at_home / 2), (rows + count, away, home, -at_home / 2)):
        design[row, scores] = design[row, size + guards] = design[row, -1] = 1.0
        design[row, -2] = edge
    points = np.r_[games["home_points"], games["away_points"]] * 100.0 / np.r_[possessions, possessions]
    weight = np.tile(possessions / 68.0, 2)
    margin, total = NET.process.game_sd**2, STYLE.process.game_sd**2
    noise = np.diag((margin + total) / 4 / weight)
    noise[np.r_[rows, rows + count], np.r_[rows + count, rows]] = ((total - margin) / 4 / weight)[np.r_[rows, rows]]
    own, cross = (sum(v) / 4 for v in _prior_variances())
    prior = np.zeros((2 * size + 2, 2 * size + 2))
    teams = np.arange(size)
    covariance = np.array([[own, cross], [cross, own]])
    inverse = np.linalg.inv(covariance)
    prior[teams, teams] = prior[size + teams, size + teams] = inverse[0, 0]
    prior[teams, size + teams] = prior[size + teams, teams] = inverse[0, 1]
    prior[-2, -2] = 1.0 / NET.level_variance
    normal = design.T @ np.linalg.solve(noise, design) + prior
    answer = np.linalg.solve(normal, design.T @ np.linalg.solve(noise, points))
    return answer[:size] + answer[-1], answer[size : 2 * size] + answer[-1]


def _prior_variances() -> tuple[tuple[float, float], tuple[float, float]]:
    """Four times the variance of a team's offence (and defence), and four times the covariance of the two."""
    net, style = NET.process.first_sd**2, STYLE.process.first_sd**2
    return (style, net), (style, -net)


def test_two_rotated_ridges_are_the_plain_ridge_on_offence_and_defence() -> None:
    games = league(1, teams=12, rounds=10).games
    offence, defence = dense_offence_and_defence(games)
    rated = solve(games).sort("team_id")
    assert rated["net"].to_numpy() == pytest.approx(_centred(offence - defence, games), abs=1e-8)
    ours = (rated["adjusted_offence"] + rated["adjusted_defence"]).to_numpy()
    plain = offence + defence
    assert ours - ours.mean() == pytest.approx(plain - plain.mean(), abs=1e-8)
    assert rated["adjusted_offence"].mean() == pytest.approx(float(offence.mean()), abs=1.0)


def _centred(values: np.ndarray, games: pl.DataFrame) -> np.ndarray:
    teams = np.r_[games["home_team_id"], games["away_team_id"]] - 100
    weight = np.bincount(teams, weights=np.tile(games["possessions"].to_numpy(), 2))
    return values - np.average(values, weights=weight)


def test_the_filter_with_drift_is_the_dense_posterior_of_a_random_walk() -> None:
    rng = np.random.default_rng(3)
    size, days, drift, noise = 9, 14, 0.4, 6.0
    field = TeamField(2.0, 1.5, size)
    field.add(np.zeros(size), np.full(size, 25.0))
    start, spread = field.mean.copy(), field.cov.copy()
    rows, when, results = [], [], []
    for day in range(days):
        home, away = rng.permutation(size)[:6].reshape(2, 3) + 1
        block = Block(home, away, rng.integers(0, 2, 3).astype(float), -1.0)
        results.append(rng.normal(0, 8, 3))
        if day:
            field.drift(drift)
        forecast = field.forecast(block)
        field.learn(forecast, results[-1] - forecast.mean, np.full(3, noise))
        rows.append(block.apply(np.eye(size + 1)))
        when.append(np.full(3, float(day)))
    design, time, result = np.vstack(rows), np.concatenate(when), np.concatenate(results)
    walk = np.eye(size + 1)
    walk[0, 0] = 0.0
    shared = design @ walk @ design.T * drift * np.minimum.outer(time, time)
    known = design @ spread @ design.T + shared + noise * np.eye(len(result))
    to_now = spread @ design.T + drift * walk @ design.T * time
    expected = start + to_now @ np.linalg.solve(known, result - design @ start)
    left = spread + drift * (days - 1) * walk - to_now @ np.linalg.solve(known, to_now.T)
    assert field.mean == pytest.approx(expected, abs=1e-8)
    assert field.cov == pytest.approx(left, abs=1e-8)


@pytest.mark.parametrize("earlier", [0, 1])
def test_ratings_carried_from_date_to_date_are_those_solved_anew(earlier: int) -> None:
    games = pl.concat([league(5 + k, teams=14, rounds=14, season=2012 + k).games for k in range(earlier + 1)])
    season = 2012 + earlier
    stacked = daily(games, season)
    dates = stacked["as_of_date"].unique().sort()
    assert dates.len() == 13 + earlier  # before the first game of all nobody is known
    for day in dates:
        one, carried = solve(games, day).sort("team_id"), stacked.filter(as_of_date=day).sort("team_id")
        assert one.drop(pl.col(pl.Float64)).equals(carried.drop(pl.col(pl.Float64)))
        assert numbers(one).to_numpy() == pytest.approx(numbers(carried).to_numpy(), abs=1e-8, nan_ok=True)


def test_the_uncertainty_is_that_of_the_dense_posterior() -> None:
    games = league(8, teams=10, rounds=6).games
    count, size = games.height, 10
    design = np.zeros((count, size + 1))
    rows = np.arange(count)
    design[rows, games["home_team_id"].to_numpy() - 100] = 1.0
    design[rows, games["away_team_id"].to_numpy() - 100] = -1.0
    design[:, -1] = ~games["neutral_site"]
    weight = games["possessions"].to_numpy() / 68.0 / NET.process.game_sd**2
    prior = np.diag(1.0 / np.r_[np.full(size, NET.process.first_sd**2), NET.level_variance])
    covariance = np.linalg.inv(design.T @ (design * weight[:, None]) + prior)
    rated = solve(games).sort("team_id")
    assert rated["uncertainty"].to_numpy() == pytest.approx(np.sqrt(np.diag(covariance))[:size], abs=1e-8)
