"""Field goal attempts from plays: rows of silver.fct_shots."""

from __future__ import annotations

import polars as pl

from quality.contracts.shots import FCT_SHOTS, SENT
from tasks.pbp import events as ev

RIM = [name for name, kind in ev.KIND_OF_TYPE.items() if kind == ev.SHOT and name.startswith(("Lay", "Dunk", "Tip"))]
SENT_RANGE = pl.col("shot_info_range")


def shots(plays: pl.LazyFrame) -> pl.LazyFrame:
    """Attempts of the game's two teams. Result and value are those that possessions count.

    Args:
        plays: what `FCT_SHOTS` reads of silver.fct_plays, whole games, in any order.
    """
    read = plays.collect()
    typed = ev.events(read.select(ev.PLAY_COLUMNS)).filter(pl.col("kind") == ev.SHOT)
    found = typed.select("play_id", "made", "value", "assisted").join(read, on="play_id").join(
        ev.teams(read), on="game_id"
    )  # fmt: skip
    at_the_rim = (SENT_RANGE == "rim").fill_null(value=False) | pl.col("play_type").is_in(RIM)
    other = pl.when(pl.col("team_id") == pl.col("low")).then("high").otherwise("low")
    return found.select(
        *("play_id", "game_id", "season", "game_date", "period", "seconds_remaining", "team_id"),
        *SENT,
        *("fetched_at", "raw_object"),
        opponent_id=other,
        shot_range=pl.when(pl.col("value") == 3)
        .then(pl.lit("three"))
        .when(at_the_rim)
        .then(pl.lit("rim"))
        .otherwise(pl.lit("jumper")),
        is_shot_made="made",
        is_shot_assisted=pl.col("assisted") & pl.col("made"),
        shot_value=pl.col("value").cast(pl.Int64),
    ).select(list(FCT_SHOTS.by_name)).lazy()  # fmt: skip
