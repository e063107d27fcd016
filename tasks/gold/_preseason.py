"""Silver rosters, player boxes and recruiting classes as what was known before a season's first game.

Rosters and classes have no date of their own: they count when they were fetched before the day of that game, US
Eastern. That goes for the seasons before it too, which only teach: docs/decisions/0010 says what it means for them.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from quality.calendar import eastern_date
from tasks.gold.model.preseason import KEY, QUANTITIES

EMPTY = pl.Schema({"season": pl.Int64(), "team_id": pl.Int64(), **dict.fromkeys(QUANTITIES, pl.Float64())})


def preseason_of(games: pl.DataFrame, inputs: tuple[pl.LazyFrame, ...], season: int) -> pl.DataFrame:
    """The `preseason` of `tasks.gold.ratings` for a season and those before it, as known on its first morning.

    games: as `model_games` has them. inputs: rosters at the opening, newest rosters, player boxes and recruiting
    classes, or nothing.
    """
    opening = games.filter(season=season)["game_date"].min()
    if not inputs or not isinstance(opening, date):
        return EMPTY.to_frame()
    early, newest, players, classes = inputs
    members = _members(_fetched_before(early, opening), _fetched_before(newest, opening)).collect()
    before = (members["season"].unique() - 1).to_list()  # the only seasons whose boxes are read
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
    """season, team_id, athlete_source_id: of a season the rosters at its opening, where it has none the newest."""
    later = newest.join(early.select("season").unique(), on="season", how="anti")
    rows = pl.concat([early, later], how="diagonal")
    return rows.select("season", "team_id", athlete_source_id="source_id").unique()


def continuity(members: pl.LazyFrame, players: pl.LazyFrame) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """returning_minutes_pct and transfer_minutes by season and team, of teams with a roster and seasons with boxes.

    members: season, team_id, athlete_source_id. players: the same and minutes, a row per game.
    """
    here, athlete = [*KEY], ["season", "athlete_source_id"]
    last = players.group_by(*here, "athlete_source_id").agg(pl.col("minutes").sum().cast(pl.Float64))
    last = last.filter(pl.col("minutes") > 0).with_columns(pl.col("season") + 1)
    known = last.join(members.select(here).unique(), on=here, how="semi")
    still = known.join(members.with_columns(is_back=pl.lit(value=True)), on=[*here, "athlete_source_id"], how="left")
    back = pl.col("minutes").filter(pl.col("is_back").fill_null(value=False)).sum()
    returning = still.group_by(here).agg(returning_minutes_pct=(back / pl.col("minutes").sum()).clip(0, 1))
    elsewhere = members.join(last.rename({"team_id": "last_team_id"}), on=athlete, how="left")
    came = pl.col("minutes").filter(pl.col("last_team_id") != pl.col("team_id")).sum()
    joined = elsewhere.join(last.select("season").unique(), on="season", how="semi")
    return returning, joined.group_by(here).agg(transfer_minutes=came)


def entering(classes: pl.LazyFrame) -> pl.LazyFrame:
    """recruiting_class_rating by season and team: who signs in 2024 first plays in the season 2025."""
    return classes.select(
        "team_id", season=pl.col("year") + 1, recruiting_class_rating=pl.col("rating").cast(pl.Float64)
    )


def _fetched_before(rows: pl.LazyFrame, day: date) -> pl.LazyFrame:
    return rows.filter(eastern_date(pl.col("fetched_at")) < day)
