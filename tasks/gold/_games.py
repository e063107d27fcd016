"""Silver games, boxes and membership as the input frame of the rating model: see `tasks.gold.ratings`."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from quality.contracts.possessions import POSSESSION_SOURCES
from tasks.gold.model.parameters import USUAL_PER_BOX, USUAL_PER_PLAYS

# The model's names for box columns, and silver's.
BOX = {
    "fga": "field_goals_attempted",
    "orb": "rebounds_offensive",
    "tov": "turnovers_total",
    "fta": "free_throws_attempted",
    "fg3m": "three_point_field_goals_made",
    "fg3a": "three_point_field_goals_attempted",
    "ast": "assists",
    "blk": "blocks",
}
SIDES = ("home", "away")
OVERTIME_MINUTES = 5
USUAL = dict(zip(POSSESSION_SOURCES, (USUAL_PER_PLAYS, USUAL_PER_BOX), strict=True))


def model_games(
    games: pl.LazyFrame, boxes: pl.LazyFrame, members: pl.LazyFrame, possessions: pl.LazyFrame
) -> pl.DataFrame:
    """One row per game with the model's input columns; points are null without a final result.

    Minutes are 40 plus 5 per overtime, from the periods with points. Unknown teams (-1) are null. Membership is null in
    a season without known members. Possessions are those for ratings (from usable plays, otherwise from the box score),
    on the usual scale.
    """
    frame = games.select(
        *("season", "game_id", "game_date", "neutral_site"),
        *(_team(side) for side in SIDES),
        *(pl.when("has_result").then(f"{side}_points").alias(f"{side}_points") for side in SIDES),
        minutes=_minutes(),
    )
    for side in SIDES:
        frame = frame.join(_box(boxes, side), on=["season", "game_id"], how="left")
        frame = frame.join(_membership(members, side), on=["season", f"{side}_team_id"], how="left")
    usual = pl.col("rating_possessions_source").replace_strict(USUAL, default=1.0, return_dtype=pl.Float64)
    counted = possessions.select(
        "season", "game_id", "is_pbp_usable", possessions=pl.col("rating_possessions") * usual.fill_null(1.0)
    )
    frame = frame.join(counted, on=["season", "game_id"], how="left")
    known = members.select("season", known=pl.lit(value=True)).unique()
    belongs = [pl.when("known").then(pl.col(f"{side}_is_division_i").fill_null(value=False)) for side in SIDES]
    frame = frame.join(known, on="season", how="left").with_columns(
        expression.alias(f"{side}_is_division_i") for side, expression in zip(SIDES, belongs, strict=True)
    )
    return frame.drop("known").sort("game_date", "game_id").collect()


def without_garbage_time(games: pl.DataFrame, boxes: pl.LazyFrame) -> pl.DataFrame:
    """The same games with points from outside garbage time, where the plays are usable. Other games are unchanged.

    Points are scaled to the possessions of the whole game. So the weight of the game and its tempo stay the same, and
    only points per possession change.

    boxes: rows of silver.fct_game_teams_pbp.
    """
    own = boxes.filter(pl.col("variant") == "no_garbage_time", pl.col("pbp_possessions") > 0).select(
        "season", "game_id", "team_id", per_possession=pl.col("points") / pl.col("pbp_possessions")
    )
    usable = pl.col("is_pbp_usable").fill_null(value=False) & pl.col("home_points").is_not_null()
    frame = games.lazy()
    for side in SIDES:
        renamed = own.rename({"team_id": f"{side}_team_id", "per_possession": f"{side}_rate"})
        frame = frame.join(renamed, on=["season", "game_id", f"{side}_team_id"], how="left")
    known = usable & pl.all_horizontal(pl.col("home_rate", "away_rate", "possessions").is_not_null())
    points = [
        pl.when(known)
        .then(pl.col(f"{side}_rate") * pl.col("possessions") / USUAL_PER_PLAYS)
        .otherwise(f"{side}_points")
        for side in SIDES
    ]
    scaled = [expression.alias(f"{side}_points") for side, expression in zip(SIDES, points, strict=True)]
    rows = frame.with_columns(*scaled, is_from_plays=known).drop("home_rate", "away_rate")
    return rows.sort("game_date", "game_id").collect()


def _team(side: str) -> pl.Expr:
    team = pl.col(f"{side}_team_id")
    return pl.when(team >= 0).then(team).alias(f"{side}_team_id")


def _minutes() -> pl.Expr:
    periods = pl.col("home_period_points").list.len()
    return pl.when(periods >= 2).then(40.0 + OVERTIME_MINUTES * (periods.cast(pl.Float64) - 2))


def _box(boxes: pl.LazyFrame, side: str) -> pl.LazyFrame:
    own = boxes.filter(pl.col("is_home") == (side == "home")).unique(["season", "game_id"], keep="first")
    columns = [pl.col(f"team_stats_{silver}").cast(pl.Float64).alias(f"{side}_{name}") for name, silver in BOX.items()]
    return own.select("season", "game_id", *columns)


def _membership(members: pl.LazyFrame, side: str) -> pl.LazyFrame:
    return members.select(
        "season", pl.col("team_id").alias(f"{side}_team_id"), pl.lit(value=True).alias(f"{side}_is_division_i")
    ).unique()


def today(games: pl.DataFrame) -> date | None:
    """The morning after the last result, the latest one that the games can describe. None without any result."""
    last = games.filter(pl.col("home_points").is_not_null())["game_date"].max()
    return last + timedelta(days=1) if isinstance(last, date) else None
