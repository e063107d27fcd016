"""gold.team_resume: the value of a team's results against Division I, by the newest ratings."""

from __future__ import annotations

import numpy as np
import polars as pl

from tasks.gold._team_games import (
    BUBBLE_RANK,
    newest_ratings,
    quadrant_kinds,
    records,
    team_games,
    with_quadrants,
    with_ratings,
)
from tasks.gold.model.outcome import win_probability
from tasks.gold.model.parameters import OUTCOME_SD, PACE

TOP = 25  # number of teams whose mean net is the reference for strength of record
SITE = {"home": 1.0, "neutral": 0.0, "away": -1.0}
TEAM = ["season", "team_id"]


def team_resume(members: pl.LazyFrame, ratings: pl.LazyFrame, games: pl.LazyFrame) -> pl.LazyFrame:
    """One row per Division I team of the season, including teams without a result."""
    rated = newest_ratings(ratings, games).collect()
    played = with_quadrants(team_games(games, members), rated.lazy()).filter("is_division")
    counted = records(played, {"division": pl.lit(value=True), **quadrant_kinds()})
    worth = _worth(played.collect(), rated)
    rows = (
        with_ratings(members, rated.lazy()).join(counted, on=TEAM, how="left").join(worth.lazy(), on=TEAM, how="left")
    )
    rows = rows.with_columns(pl.col("^.*_(wins|losses)$").exclude("expected_bubble_wins").fill_null(0))
    above = (pl.col("division_wins") - pl.col("expected_bubble_wins")).alias("wins_above_bubble")
    return rows.with_columns(above).with_columns(
        wins_above_bubble_rank=_rank("wins_above_bubble", descending=True),
        strength_of_record_rank=_rank("strength_of_record", descending=False),
    )


def _rank(column: str, *, descending: bool) -> pl.Expr:
    return pl.col(column).rank("min", descending=descending).over("season").cast(pl.Int64)


def _worth(played: pl.DataFrame, rated: pl.DataFrame) -> pl.DataFrame:
    """Expected wins of the bubble team, and strength of record, by season and team with a result."""
    schema = {
        "season": pl.Int64,
        "team_id": pl.Int64,
        "expected_bubble_wins": pl.Float64,
        "strength_of_record": pl.Float64,
    }
    if rated.is_empty():
        return pl.DataFrame(schema=schema)
    best = rated.sort("rank")["net"].to_numpy()
    bubble, top = float(best[:BUBBLE_RANK][-1]), float(best[:TOP].mean())
    met = rated.select("season", opponent_id="team_id", opponent_net="net")
    games = played.join(met, on=["season", "opponent_id"]).sort("season", "team_id", "game_id")
    home = float(rated["home_advantage"].to_numpy().mean())
    rows = [
        (
            *key,
            float(chances(bubble, group, home).sum()),
            at_least(chances(top, group, home), int(group["is_win"].sum())),
        )
        for key, group in games.group_by(TEAM, maintain_order=True)
    ]
    return pl.DataFrame(rows, schema=schema, orient="row")


def chances(net: float, games: pl.DataFrame, home_advantage: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Win probability of a team with this net in each game at its site, with normal margins per 100 possessions.

    games: rows with opponent_net (points per 100 possessions) and site.
    """
    site = games["site"].replace_strict(SITE, return_dtype=pl.Float64).to_numpy()
    margin = net - games["opponent_net"].to_numpy() + home_advantage * site
    return win_probability(margin, np.full(len(margin), OUTCOME_SD * 100 / PACE))


def at_least(chance: np.ndarray[tuple[int], np.dtype[np.float64]], wins: int) -> float:
    """Probability of at least `wins` wins in independent games (Poisson binomial distribution, by convolution)."""
    distribution = np.ones(1)
    for won in chance:
        distribution = np.convolve(distribution, (1 - won, won))
    return float(np.clip(distribution[wins:].sum(), 0.0, 1.0))
