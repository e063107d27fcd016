"""Three real games, recorded in another layout, as rows of silver.fct_plays."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

TYPES = {
    "block": "Block Shot", "dunk": "DunkShot", "end": "End Period", "foul": "PersonalFoul",
    "free throw": "MadeFreeThrow", "jump ball": "Jumpball", "jumper": "JumpShot", "layup": "LayUpShot",
    "steal": "Steal", "three point jumper": "JumpShot", "timeout": "ShortTimeOut",
    "turnover": "Lost Ball Turnover", "tv timeout": "OfficialTVTimeOut", "two point tip shot": "TipShot",
}  # fmt: skip
RANGES = {
    "dunk": "rim", "layup": "rim", "two point tip shot": "rim", "jumper": "jumper",
    "three point jumper": "three_pointer", "free throw": "free_throw",
}  # fmt: skip

DAY = date(2018, 11, 22)


def teams_of(box: pl.DataFrame) -> dict[str, int]:
    """An id per team name."""
    return {name: 1000 + place for place, name in enumerate(sorted(box["team"].unique()))}


def recorded_plays(shared: Path) -> tuple[pl.DataFrame, dict[str, int]]:
    """Plays of the three games in the columns and words of the API, and the ids given to the teams."""
    plays = pl.read_parquet(shared / "recorded" / "espn_plays_3_games.parquet")
    ids = teams_of(pl.read_parquet(shared / "recorded" / "espn_box_3_games.parquet"))
    kind, words, team = pl.col("play_type"), pl.col("play_desc"), pl.col("play_team")
    rebound = (
        pl.when(words.str.contains("Deadball")).then(pl.lit("Dead Ball Rebound"))
        .when(words.str.contains("Offensive")).then(pl.lit("Offensive Rebound"))
        .otherwise(pl.lit("Defensive Rebound"))
    )  # fmt: skip
    id_of = {side: pl.col(f"{side}_team").replace_strict(ids, return_dtype=pl.Int64) for side in ("home", "away")}
    own = team.replace_strict(ids, default=None, return_dtype=pl.Int64)
    return plays.with_row_index("play_id").select(
        pl.col("play_id").cast(pl.Int64),
        "game_id",
        pl.lit(2019, pl.Int64).alias("season"),
        pl.lit(DAY).alias("game_date"),
        pl.when(kind == "rebound").then(rebound).otherwise(kind.replace_strict(TYPES, default=None)).alias("play_type"),
        own.alias("team_id"),
        pl.when(team.is_not_null())
        .then(pl.when(own == id_of["home"]).then(id_of["away"]).otherwise(id_of["home"]))
        .alias("opponent_id"),
        pl.col("half").alias("period"),
        pl.col("secs_left_half").alias("seconds_remaining"),
        "home_score",
        "away_score",
        "scoring_play",
        pl.lit(None, pl.Float64).alias("score_value"),
        words.alias("play_text"),
        pl.col("scoring_play").alias("shot_info_made"),
        kind.replace_strict(RANGES, default=None).alias("shot_info_range"),
        pl.col("is_assisted").alias("shot_info_assisted"),
        pl.lit(None, pl.Datetime("us", "UTC")).alias("fetched_at"),
        pl.lit(None, pl.String).alias("raw_object"),
    ), ids  # fmt: skip


def recorded_box(shared: Path) -> pl.DataFrame:
    """Team totals of the three games."""
    box = pl.read_parquet(shared / "recorded" / "espn_box_3_games.parquet")
    ids = teams_of(box)
    return box.filter(pl.col("player_id") == "TOTAL").with_columns(
        pl.col("team").replace_strict(ids, return_dtype=pl.Int64).alias("team_id")
    )


def recorded_schedule(shared: Path) -> list[dict[str, Any]]:
    """Rows of the schedule for the three games: teams, date and final score, without a line or Elo."""
    plays = pl.read_parquet(shared / "recorded" / "espn_plays_3_games.parquet")
    ids = teams_of(pl.read_parquet(shared / "recorded" / "espn_box_3_games.parquet"))
    games = plays.group_by("game_id", "home_team", "away_team").agg(pl.col("home_score", "away_score").max())
    return [
        {
            "game_id": row["game_id"], "game_date": DAY, "status": "final", "has_result": True, "neutral_site": True,
            "home_team_id": ids[row["home_team"]], "away_team_id": ids[row["away_team"]],
            "home_points": row["home_score"], "away_points": row["away_score"],
        }
        for row in games.iter_rows(named=True)
    ]  # fmt: skip
