"""gold.similar_player_seasons: nearest neighbours of player seasons by rates and role.

Nearest neighbours: Fix and Hodges (1951). Rates are taken as deviations from the mean of their season, in its standard
deviations, so that seasons of different pace and of other rules can be compared.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quality.contracts.gold_similar import ENOUGH_MINUTES, NEIGHBOURS, OWN, PROFILE
from tasks.gold.model.arrays import Ints

Values = NDArray[np.float32]
FARTHEST = 3.0  # deviations beyond it count as it, so that one rate alone does not decide
UNUSUAL, APART = 0.5, 0.5  # standard deviations
NAMED = 3  # rates that are named
BLOCK = 256  # seasons that are compared with all others at a time


def similar_player_seasons(players: pl.LazyFrame, *, season: int) -> pl.LazyFrame:
    """Rows of a season. A player's own earlier seasons, and the other team of a player on two teams, do not count."""
    rows = _profiles(players).sort("season", "team_id", "athlete_id").collect()
    values = rows.select(list(PROFILE)).to_numpy().astype(np.float32)
    mine = np.flatnonzero((rows["season"] == season).to_numpy())
    athletes = rows["athlete_id"].to_numpy()
    parts = [_nearest(values, athletes, mine[start : start + BLOCK]) for start in range(0, len(mine), BLOCK)]
    own, other, distance = (np.concatenate(part) for part in zip(*parts, strict=True)) if parts else _nobody()
    found = pl.concat(
        [
            rows[own].select(list(OWN)),
            rows[other].select(pl.col(name).alias(f"similar_{name}") for name in OWN),
            _explained(values[own], values[other]),
        ],
        how="horizontal",
    ).with_columns(profile_distance=pl.Series(distance, dtype=pl.Float64))
    rank = pl.int_range(1, pl.len() + 1).over("team_id", "athlete_id")
    return found.with_columns(similar_rank=rank, compared_player_seasons=pl.lit(rows.height, pl.Int64)).lazy()


def _profiles(players: pl.LazyFrame) -> pl.LazyFrame:
    """Player seasons with enough minutes; the rates in standard deviations of the season, an unknown one as average."""
    minutes, shots = pl.col("minutes"), pl.col("field_goals_attempted")
    tried = pl.when(shots > 0).then(shots)
    offensive = pl.col("rebounds_offensive")
    known = players.filter(minutes >= ENOUGH_MINUTES).with_columns(
        three_point_share=pl.col("three_point_field_goals_attempted") / tried,
        free_throw_rate=pl.col("free_throws_attempted") / tried,
        rebounds_offensive_per40=40 * offensive / minutes,
        rebounds_defensive_per40=40 * (pl.col("rebounds_total") - offensive) / minutes,
        fouls_per40=40 * pl.col("fouls") / minutes,
    )
    scaled = []
    for name in PROFILE:
        value, sd = pl.col(name).cast(pl.Float64), pl.col(name).std().over("season")
        deviation = (value - value.mean().over("season")) / pl.when(sd > 0).then(sd)
        scaled.append(deviation.fill_nan(None).fill_null(0.0).clip(-FARTHEST, FARTHEST).alias(name))
    return known.select(*OWN, *scaled)


def _nearest(values: Values, athletes: Ints, mine: Ints) -> tuple[Ints, Ints, Values]:
    """Places of the seasons and of their neighbours, the nearest first, and the distances."""
    square = (values**2).sum(axis=1)
    gaps = square[mine, None] + square[None, :] - 2 * values[mine] @ values.T
    gaps[athletes[mine, None] == athletes[None, :]] = np.inf
    count = min(NEIGHBOURS, len(values))
    near = np.argpartition(gaps, count - 1, axis=1)[:, :count]
    order = np.lexsort((near, np.take_along_axis(gaps, near, axis=1)), axis=1)
    near = np.take_along_axis(near, order, axis=1)
    own, other = np.repeat(mine, count), near.ravel()
    far = np.isfinite(np.take_along_axis(gaps, near, axis=1)).ravel()
    own, other = own[far], other[far]
    distance: Values = np.sqrt(((values[own] - values[other]) ** 2).mean(axis=1))
    return own, other, distance


def _nobody() -> tuple[Ints, Ints, Values]:
    return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)


def _explained(own: Values, other: Values) -> pl.DataFrame:
    """The rates in which two seasons agree and differ, as lists of words."""
    gap = other - own
    same = np.minimum(np.abs(own), np.abs(other)) * ((own * other > 0) & (np.abs(gap) <= APART))
    return pl.DataFrame(
        {
            "alike_rates": _named(same, own, UNUSUAL),
            "different_rates": _named(np.abs(gap), gap, APART),
        }
    )


def _named(score: Values, sign: Values, least: float) -> pl.Series:
    """The rates with the highest scores above `least`, each with a sign."""
    words = list(PROFILE.values())
    best = np.argsort(-score, axis=1, kind="stable")[:, :NAMED]
    lists = [
        [f"{'+' if sign[row, place] > 0 else '-'}{words[place]}" for place in places if score[row, place] > least]
        for row, places in enumerate(best)
    ]
    return pl.Series(lists, dtype=pl.List(pl.String))
