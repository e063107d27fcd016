"""What silver rosters, player boxes and recruiting classes say before the first game of a season.

Rosters and classes have no date of their own. They are used if they were fetched before the day of that game, US
Eastern. This also applies to the earlier seasons that the weights are learned from: see docs/decisions/0010.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from quality.calendar import eastern_date
from tasks.gold.model.preseason import KEY, QUANTITIES

EMPTY = pl.Schema({"season": pl.Int64(), "team_id": pl.Int64(), **dict.fromkeys(QUANTITIES, pl.Float64())})


def preseason_of(games: pl.DataFrame, inputs: tuple[pl.LazyFrame, ...], season: int) -> pl.DataFrame:
    """The `preseason` of `tasks.gold.ratings` for a season and earlier ones, as known on the season's first morning.

    games: from `model_games`. inputs: rosters at the opening, newest rosters, player boxes and recruiting classes; or
    empty.
    """
    opening = games.filter(season=season)["game_date"].min()
    if not inputs or not isinstance(opening, date):
        return EMPTY.to_frame()
    early, newest, players, classes = inputs
    members = _members(_fetched_before(early, opening), _fetched_before(newest, opening)).collect()
    before = (members["season"].unique() - 1).to_list()  # only boxes of these seasons are needed
    players = players.filter(pl.col("season").is_in(before), pl.col("game_date") < opening)
    parts = [
        *continuity(members.lazy(), players),
        entering(_fetched_before(classes, opening)),
    ]
    keys = pl.concat([part.select(KEY) for part in parts]).unique()
    for part in parts:
        keys = keys.join(part, on=KEY, how="left")
    return keys.filter(pl.col("season") <= season).select(EMPTY.names()).sort(KEY).collect()


def _members(early: pl.LazyFrame, newest: pl.LazyFrame) -> pl.LazyFrame:
    """season, team_id, athlete_source_id: from the rosters at a season's opening, otherwise from the newest."""
    later = newest.join(early.select("season").unique(), on="season", how="anti")
    rows = pl.concat([early, later], how="diagonal")
    return rows.select("season", "team_id", athlete_source_id="source_id").unique()


def continuity(members: pl.LazyFrame, players: pl.LazyFrame) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """returning_minutes_pct and transfer_minutes by season and team, for teams with a roster and seasons with boxes.

    members: season, team_id, athlete_source_id. players: the same columns and minutes, one row per game.
    """
    here, athlete = [*KEY], ["season", "athlete_source_id"]
    last = players.group_by(*here, "athlete_source_id").agg(pl.col("minutes").sum().cast(pl.Float64))
    last = last.filter(pl.col("minutes") > 0).with_columns(pl.col("season") + 1)
    known = last.join(members.select(here).unique(), on=here, how="semi")
    still = known.join(members.with_columns(is_back=pl.lit(value=True)), on=[*here, "athlete_source_id"], how="left")
    back = pl.col("minutes").filter(pl.col("is_back").fill_null(value=False)).sum()
    returning = still.group_by(here).agg(returning_minutes_pct=(back / pl.col("minutes").sum()).clip(0, 1))
    elsewhere = members.join(last.rename({"team_id": "last_team_id"}), on=athlete, how="left")
    elsewhere_minutes = pl.col("minutes").filter(pl.col("last_team_id") != pl.col("team_id")).sum()
    joined = elsewhere.join(last.select("season").unique(), on="season", how="semi")
    return returning, joined.group_by(here).agg(transfer_minutes=elsewhere_minutes)


def entering(classes: pl.LazyFrame) -> pl.LazyFrame:
    """recruiting_class_rating by season and team. The class of 2024 first plays in the season 2025."""
    return classes.select(
        "team_id", season=pl.col("year") + 1, recruiting_class_rating=pl.col("rating").cast(pl.Float64)
    )


def _fetched_before(rows: pl.LazyFrame, day: date) -> pl.LazyFrame:
    return rows.filter(eastern_date(pl.col("fetched_at")) < day)
