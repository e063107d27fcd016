"""Speed of the ratings on an invented season of full size, as ratios to a plain baseline that is part of this file.

Run: python benchmarks/ratings.py. Baseline of the daily ratings: per date, one dense least-squares system with two
unknowns per team (offence and defence) and two rows per game, as a notebook would solve it. The gold tables are made of
two seasons: both variants on every calendar day, and the forecasts.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date, timedelta
from time import perf_counter

import numpy as np
import polars as pl

from quality.contracts.gold_ratings import BOXES
from tasks.gold.game_predictions import game_predictions
from tasks.gold.model.single import one_thread
from tasks.gold.ratings import daily, solve, walk_forward
from tasks.gold.team_ratings_daily import team_ratings_daily

TEAMS, GAMES, DAYS = 365, 6000, 150


def season(year: int, seed: int = 7) -> pl.DataFrame:
    """A season of 6,000 games of 365 teams on 150 dates."""
    rng = np.random.default_rng(seed + year)
    net = np.random.default_rng(seed).normal(0, 12, TEAMS)
    home = rng.integers(0, TEAMS, GAMES)
    away = (home + rng.integers(1, TEAMS, GAMES)) % TEAMS
    possessions = rng.normal(68, 5, GAMES).round()
    margin = (net[home] - net[away] + 5) * 0.68 + rng.normal(0, 10.5, GAMES)
    total = rng.normal(140, 15, GAMES)
    points = np.round((total + margin) / 2), np.round((total - margin) / 2)
    days = np.sort(rng.integers(0, DAYS, GAMES))
    return pl.DataFrame(
        {
            "season": year,
            "game_id": np.arange(GAMES) + year * GAMES,
            "game_date": [date(year - 1, 11, 5) + timedelta(days=int(day)) for day in days],
            "home_team_id": home,
            "away_team_id": away,
            "neutral_site": rng.random(GAMES) < 0.1,
            "home_points": points[0],
            "away_points": points[1] + (points[0] == points[1]),
            "possessions": possessions,
        }
    )


@one_thread
def dense(games: pl.DataFrame) -> None:
    """The baseline: a dense system for every date."""
    home, away = games["home_team_id"].to_numpy(), games["away_team_id"].to_numpy()
    per_100 = 100 / games["possessions"].to_numpy()
    for day in games["game_date"].unique().sort():
        rows = np.arange(int((games["game_date"] < day).sum()))
        design = np.zeros((2 * len(rows), 2 * TEAMS + 1))
        for offset, scores, guards in ((0, home, away), (len(rows), away, home)):
            design[rows + offset, scores[rows]] = design[rows + offset, TEAMS + guards[rows]] = 1.0
        design[:, -1] = 1.0
        points = np.r_[(games["home_points"] * per_100)[rows], (games["away_points"] * per_100)[rows]]
        np.linalg.solve(design.T @ design + np.eye(2 * TEAMS + 1), design.T @ points)


def silver(games: pl.DataFrame) -> list[pl.LazyFrame]:
    """The same games as the gold tables read them from silver: every team a member, plays of every game usable."""
    keys = games.select("season", "game_id")
    teams = pl.concat([games.select("season", team_id=f"{side}_team_id") for side in ("home", "away")]).unique()
    result = pl.DataFrame({"has_result": [True]}), pl.DataFrame({"home_period_points": [[40, 40]]})
    plays = [
        games.select(
            *("season", "game_id"),
            team_id=f"{side}_team_id",
            variant=pl.lit("no_garbage_time"),
            points=f"{side}_points",
            pbp_possessions="possessions",
        )
        for side in ("home", "away")
    ]
    played = games.select(pl.exclude("possessions")).join(result[0], how="cross").join(result[1], how="cross")
    usable = keys.with_columns(
        is_pbp_usable=pl.lit(value=True),
        rating_possessions=games["possessions"],
        rating_possessions_source=pl.lit("plays"),
    )
    frames = (played, pl.DataFrame(schema=BOXES.schema), teams, usable, pl.concat(plays))
    return [frame.lazy() for frame in frames]


def timed(work: Callable[[], object]) -> float:
    """Seconds of the faster of two runs."""
    seconds = []
    for _ in range(2):
        start = perf_counter()
        work()
        seconds.append(perf_counter() - start)
    return min(seconds)


def main() -> None:
    """Print the table."""
    games = season(2013)
    both = pl.concat([season(2012), games])
    tables = silver(both)
    plain = timed(lambda: dense(games))
    table = {
        "dense solve per date": plain,
        "daily, 150 dates": timed(lambda: daily(games, 2013)),
        "daily, with a season before": timed(lambda: daily(both, 2013)),
        "solve, one season": timed(lambda: solve(games)),
        "walk_forward, one season": timed(lambda: walk_forward(games)),
        "gold.team_ratings_daily": timed(lambda: team_ratings_daily(*tables, season=2013).collect()),
        "gold.game_predictions": timed(lambda: game_predictions(*tables[:-1], season=2013).collect()),
    }
    for name, seconds in table.items():
        sys.stdout.write(f"{name:30s} {seconds:7.2f} s   {seconds / plain:6.3f} of the baseline\n")


if __name__ == "__main__":
    main()
