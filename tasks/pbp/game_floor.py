"""Whether the line-ups of a game can be used, and how they agree with substitutions: rows of silver.fct_game_floor."""

from __future__ import annotations

import polars as pl

from quality.contracts.floor import AGREEMENT_ENOUGH, FCT_GAME_FLOOR, KNOWN_ENOUGH
from tasks.pbp.game_clock import elapsed

PLAYER = ["game_id", "team_id", "athlete_id"]


def game_floor(stints: pl.LazyFrame, substitutions: pl.LazyFrame) -> pl.LazyFrame:
    """One row per game with stints. Substitutions are the check, never the source."""
    rows = stints.collect()
    known = (pl.col("athlete_ids").list.len() > 0) & (pl.col("opponent_athlete_ids").list.len() > 0)
    possessions = pl.col("stint_offence_possessions")
    games = rows.group_by("game_id", "season", "game_date").agg(
        (pl.col("stint_seconds").sum() // 2).alias("floor_seconds"),
        (pl.col("stint_seconds").filter(known).sum() // 2).alias("known_floor_seconds"),
        pl.col("repaired_seconds", "recorded_moments", "odd_moments", "strangers").sum(),
        possessions.sum().alias("floor_possessions"),
        possessions.filter(~known).sum().alias("unknown_floor_possessions"),
        pl.col("fetched_at", "raw_object").max(),
        is_listed=(pl.col("athlete_ids").list.len() > 0).any(),
    )
    agreed = agreement(rows, merged(substitutions).collect())
    return _flagged(games.join(agreed, on="game_id", how="left")).select(list(FCT_GAME_FLOOR.by_name)).lazy()


def merged(substitutions: pl.LazyFrame) -> pl.LazyFrame:
    """Substitutions as [begin, end] in seconds since the tip, without overlaps of one player and without empty ones."""
    moments = {
        name: elapsed(pl.col(f"sub_{way}_period"), pl.col(f"sub_{way}_seconds_remaining"))
        for name, way in (("begin", "in"), ("end", "out"))
    }
    stints = substitutions.select(*PLAYER, **moments).sort(*PLAYER, "begin", "end")
    before = pl.col("end").cum_max().shift(1).over(PLAYER, order_by=["begin", "end"])
    return stints.with_columns(begin=pl.max_horizontal("begin", before)).filter(pl.col("begin") < pl.col("end"))


def agreement(stints: pl.DataFrame, substitutions: pl.DataFrame) -> pl.DataFrame:
    """Per game, the seconds on which both agree over the mean of the seconds of either (the Dice coefficient)."""
    of_plays = stints.explode("athlete_ids").select(
        "game_id", "team_id", "begin_elapsed_seconds", "end_elapsed_seconds", athlete_id="athlete_ids"
    )
    of_plays = of_plays.drop_nulls("athlete_id").rename({"begin_elapsed_seconds": "since", "end_elapsed_seconds": "to"})
    of_plays = of_plays.join(substitutions, on=["game_id", "team_id"], how="semi")  # they are fetched by team
    both = of_plays.join(substitutions, on=PLAYER)
    shared = pl.min_horizontal("to", "end") - pl.max_horizontal("since", "begin")
    parts = [
        both.group_by("game_id").agg(both=shared.clip(0).sum()),
        of_plays.group_by("game_id").agg(of_plays=(pl.col("to") - pl.col("since")).sum()),
    ]
    found = substitutions.group_by("game_id").agg(of_stints=(pl.col("end") - pl.col("begin")).sum())
    for part in parts:
        found = found.join(part, on="game_id", how="left")
    share = 2 * pl.col("both").fill_null(0) / (pl.col("of_plays") + pl.col("of_stints"))
    return found.select("game_id", substitution_agreement_pct=share)


def _flagged(games: pl.DataFrame) -> pl.DataFrame:
    few = pl.col("known_floor_seconds") < KNOWN_ENOUGH * pl.col("floor_seconds")
    contradicted = (pl.col("substitution_agreement_pct") < AGREEMENT_ENOUGH).fill_null(value=False)
    flag = pl.when(~pl.col("is_listed")).then(pl.lit("no_floor")).when(few).then(pl.lit("incomplete"))
    return games.with_columns(
        floor_flag=flag.when(contradicted).then(pl.lit("contradicts_substitutions")).otherwise(pl.lit("ok"))
    )
