"""Players that the API never sends in box scores: those without a position.

`/games/players` joins players with positions, so a player without one is left out, and the players' points are fewer
than the team's. Plays name the shooter of each basket, which shows who is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import polars as pl

from quality.contracts.athletes import DIM_ATHLETES
from quality.contracts.game_players import FCT_GAME_PLAYERS
from quality.contracts.plays import FCT_PLAYS
from quality.dataset import Table

Rows = Callable[[Table, tuple[str, ...]], pl.LazyFrame]  # columns of a table in the season
BOX = ("game_id", "team_id", "athlete_id", "points")
SHOT = ("game_id", "team_id", "shot_info_made", "shot_info_range", "shot_info_shooter_id")


def left_out(games: pl.DataFrame, rows: Rows) -> dict[int, str]:
    """Games whose missing points are all of players without a position: the explanation, by game.

    Args:
        games: game_id, home and away team_id and points.
        rows: reads a table of the season.
    """
    missing, shots = _missing_points(games, rows), _absent_shooters(games, rows)
    known = rows(DIM_ATHLETES, ("athlete_id", "position")).drop_nulls("position").select("athlete_id").collect()
    unplaced = shots.join(known, on="athlete_id", how="anti")
    named = unplaced.group_by("game_id", "team_id").agg(pl.col("points").sum().alias("made"), pl.col("athlete_id"))
    explained = missing.join(named, on=["game_id", "team_id"], how="left")
    holds = (pl.col("missing") == 0) | (pl.col("missing") == pl.col("made")).fill_null(value=False)
    complete = explained.filter(holds.all().over("game_id")).drop_nulls("made")
    return dict(_sentences(complete))


def _missing_points(games: pl.DataFrame, rows: Rows) -> pl.DataFrame:
    """Points of each team that no player in its box score has: game_id, team_id, missing."""
    sides = [games.select("game_id", team_id=f"{side}_team_id", score=f"{side}_points") for side in ("home", "away")]
    boxes = rows(FCT_GAME_PLAYERS, BOX).filter(pl.col("game_id").is_in(games["game_id"].implode()))
    listed = boxes.group_by("game_id", "team_id").agg(pl.col("points").sum()).collect()
    both = pl.concat(sides).join(listed, on=["game_id", "team_id"], how="left")
    return both.select("game_id", "team_id", missing=pl.col("score") - pl.col("points").fill_null(0))


def _absent_shooters(games: pl.DataFrame, rows: Rows) -> pl.DataFrame:
    """Points of the athletes who made shots in the plays and are not in the box score."""
    of_games = pl.col("game_id").is_in(games["game_id"].implode())
    shot = pl.col("shot_info_range")
    value = pl.when(shot == "free_throw").then(1).when(shot == "three_pointer").then(3).otherwise(2)
    made = rows(FCT_PLAYS, SHOT).filter(of_games, "shot_info_made", pl.col("shot_info_shooter_id").is_not_null())
    points = made.group_by("game_id", "team_id", athlete_id="shot_info_shooter_id").agg(value.sum().alias("points"))
    listed = rows(FCT_GAME_PLAYERS, BOX).filter(of_games).select("game_id", "athlete_id").drop_nulls()
    return points.join(listed, on=["game_id", "athlete_id"], how="anti").sort("game_id", "athlete_id").collect()


def _sentences(explained: pl.DataFrame) -> Iterator[tuple[int, str]]:
    for (game,), sides in explained.group_by("game_id", maintain_order=True):
        athletes = ", ".join(str(athlete) for listed in sides["athlete_id"] for athlete in listed)
        points = sides["missing"].sum()
        yield (
            game,
            f"the API leaves out players without a position: athletes {athletes}, who made the missing {points} points",
        )
