"""Scores that contradict the others of their game: the fewest plays without which no score ever falls."""

from __future__ import annotations

import numpy as np
import polars as pl

SCORES = ["home_score", "away_score"]


def out_of_order(plays: pl.DataFrame) -> pl.Series:
    """Whether the score of each play contradicts those of other plays.

    The largest set of plays counts in which both scores never fall; of equal sets, the one that ends latest.

    Args:
        plays: game_id, home_score and away_score without nulls, games in one piece each, in the order of play.
    """
    falls = pl.any_horizontal((pl.col(name).diff() < 0).over("game_id") for name in SCORES).fill_null(value=False)
    marked = plays.select("game_id", *SCORES, falls.alias("falls")).with_row_index("row")
    odd = marked.filter(pl.col("falls").any().over("game_id"))
    wrong = np.zeros(plays.height, dtype=np.bool_)
    for game in odd.partition_by("game_id"):
        wrong[game["row"].to_numpy()] = ~_kept(game.select(SCORES))
    return pl.Series("score_out_of_order", wrong)


def _kept(scores: pl.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """The plays of the heaviest chain of scores that never fall; equal scores in succession are one link."""
    links = scores.with_columns(pl.struct(SCORES).rle_id().alias("link"))
    each = links.group_by("link", maintain_order=True).agg(pl.col(SCORES).first(), pl.len())
    home, away, size = (each[name].to_numpy().astype(np.int64) for name in (*SCORES, "len"))
    weight, before = size.copy(), np.full(size.size, -1)
    for place in range(1, size.size):
        fits = (home[:place] <= home[place]) & (away[:place] <= away[place])
        if fits.any():
            best = place - 1 - int(np.argmax(np.where(fits, weight[:place], 0)[::-1]))
            weight[place] += weight[best]
            before[place] = best
    chain = np.zeros(size.size, dtype=np.bool_)
    place = size.size - 1 - int(np.argmax(weight[::-1]))
    while place >= 0:
        chain[place] = True
        place = int(before[place])
    return np.repeat(chain, size)
