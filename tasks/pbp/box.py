"""Team box scores from possessions, with and without garbage time: rows of silver.fct_game_teams_pbp."""

from __future__ import annotations

import polars as pl

from quality.contracts.possessions import ATTACK, DEFENCE, VARIANTS

GAME = ["game_id", "season", "game_date"]
PROVENANCE = [pl.col("fetched_at", "raw_object").max()]


def team_boxes(possessions: pl.LazyFrame) -> pl.LazyFrame:
    """Two rows per game and variant, one per team. A team without a possession has a row too."""
    rows = possessions.collect()
    everything, competitive = VARIANTS
    parts = [(everything, rows), (competitive, rows.filter(~pl.col("is_garbage_time")))]
    return pl.concat([_boxes(part).with_columns(variant=pl.lit(name)) for name, part in parts]).lazy()


def _boxes(rows: pl.DataFrame) -> pl.DataFrame:
    attack = [column.name for column in ATTACK]
    defence = [column.name for column in DEFENCE]
    own = rows.group_by(*GAME, team_id="offence_team_id", opponent_id="defence_team_id").agg(
        pl.len().cast(pl.Int64).alias("pbp_possessions"),
        pl.col("duration_seconds").sum().alias("offence_seconds"),
        pl.col(attack).sum(),
        *_fouls("offence"),
        *PROVENANCE,
    )
    against = rows.group_by(*GAME, team_id="defence_team_id", opponent_id="offence_team_id").agg(
        pl.col(defence).sum(), *_fouls("defence"), *PROVENANCE
    )
    both = pl.concat([own, against], how="diagonal")
    team = [*GAME, "team_id", "opponent_id"]
    return both.group_by(team).agg(pl.exclude(*team, "fetched_at", "raw_object").sum(), *PROVENANCE)


def _fouls(side: str) -> list[pl.Expr]:
    return [
        pl.col(f"{side}_fouls").sum().alias("personal_fouls"),
        pl.col(f"{side}_technical_fouls").sum().alias("technical_fouls"),
    ]
