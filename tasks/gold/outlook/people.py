"""The players of a season by team: minutes, adjusted impact, and what it is worth above reserves."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from quality.calendar import eastern_date
from tasks.gold.preseason import ROTATION

PLAYER = ["team_id", "athlete_id"]
FREE_SEASON = 2021  # did not count against eligibility
LAST_TEAM = ("last_game", "season_minutes")  # order of an athlete's teams; a team without a game comes first
WORTH = ("season_minutes", "net_contribution", "value_above_reserves")


def players_of(boxes: pl.DataFrame, impact: pl.DataFrame, roster: pl.DataFrame, season: int) -> pl.DataFrame:
    """One row per team and athlete in box scores or on the roster of the season.

    Columns: team_id, athlete_id, name, position, seasons_played (null without a roster), season_minutes, last_game,
    share (of the team's minutes in games between Division I teams), net_impact, net_contribution, value_above_reserves.
    The last four are null for players without minutes or without an estimate.
    """
    played = boxes.drop_nulls("athlete_id").sort("game_date").group_by(PLAYER).agg(
        pl.col("name", "position").drop_nulls().last(),
        season_minutes=pl.col("minutes").sum().cast(pl.Float64),
        last_game=pl.col("game_date").max(),
    )  # fmt: skip
    listed = roster.unique(PLAYER, keep="first", maintain_order=True).select(
        *PLAYER, "start_season", listed="name", listed_position="position"
    )
    free = pl.col("start_season").le(FREE_SEASON) & (season >= FREE_SEASON)
    both = played.join(listed, on=PLAYER, how="full", coalesce=True).with_columns(
        pl.coalesce("listed", "name", pl.concat_str(pl.lit("athlete "), "athlete_id")).alias("name"),
        pl.coalesce("position", "listed_position").alias("position"),
        pl.col("season_minutes").fill_null(0.0),
        seasons_played=(season + 1 - pl.col("start_season") - free.cast(pl.Int64)).clip(0, 40),
    )
    return _valued(both.join(_newest(impact, boxes), on=PLAYER, how="left")).drop("listed", "listed_position")


def _newest(impact: pl.DataFrame, boxes: pl.DataFrame) -> pl.DataFrame:
    """The newest estimate of each player that follows from the games so far."""
    last = boxes["game_date"].max()
    known = impact.clear() if last is None else impact.filter(pl.col("as_of_date") <= morning_after(last))
    newest = known.filter(pl.col("as_of_date") == pl.col("as_of_date").max().over(PLAYER))
    return newest.select(*PLAYER, "net_impact", share="minutes_share_pct")


def _valued(rows: pl.DataFrame) -> pl.DataFrame:
    there = (pl.col("season_minutes") > 0) & pl.col("net_impact").is_not_null()
    rows = rows.with_columns(pl.when(there).then(name).alias(name) for name in ("net_impact", "share"))
    place = pl.struct("season_minutes", "athlete_id").rank("ordinal", descending=True).over("team_id")
    reserves = rows.filter(place > ROTATION).drop_nulls("net_impact")
    total = float(reserves["share"].sum())
    usual = float((reserves["share"] * reserves["net_impact"]).sum()) / total if total > 0 else 0.0
    return rows.with_columns(
        net_contribution=5 * pl.col("share") * pl.col("net_impact"),
        value_above_reserves=5 * pl.col("share") * (pl.col("net_impact") - usual).clip(0.0),
    )


def elsewhere(people: pl.DataFrame, wanted: pl.DataFrame) -> pl.DataFrame:
    """What athletes did in the season at other teams: one row per row of `wanted` that was at another team.

    wanted: team_id (the new team) and athlete_id. Adds the sums of `WORTH`, net_impact (mean by share of minutes) and
    from_team_id, the last of the other teams.
    """
    rows = wanted.select(PLAYER).unique().join(people.rename({"team_id": "from_team_id"}), on="athlete_id")
    others = rows.filter(pl.col("from_team_id") != pl.col("team_id")).sort(*LAST_TEAM, "from_team_id")
    known = pl.col("net_impact").is_not_null()
    weight = pl.col("share").filter(known)
    mean = (pl.col("net_impact").filter(known) * weight).sum() / pl.when(weight.sum() > 0).then(weight.sum())
    sums = [pl.when(pl.col(name).count() > 0).then(pl.col(name).sum()).alias(name) for name in WORTH[1:]]
    return others.group_by(PLAYER).agg(
        pl.col("from_team_id").last(), pl.col("season_minutes").sum(), *sums, mean.alias("net_impact")
    )


def next_roster(early: pl.DataFrame, newest: pl.DataFrame, season: int) -> pl.DataFrame:
    """The roster of a season by team and athlete: that before the first game, else the newest."""
    opening = early.filter(season=season)
    rows = newest.filter(season=season) if opening.is_empty() else opening
    return rows.unique(PLAYER, keep="first", maintain_order=True)


def morning(boxes: pl.DataFrame, *fetched: pl.DataFrame) -> date | None:
    """The morning after the newest game or response among what is used; None without any."""
    days = [day for day in (boxes["game_date"].max(), *map(eastern, fetched)) if isinstance(day, date)]
    return morning_after(max(days)) if days else None


def eastern(rows: pl.DataFrame) -> date | None:
    """The day of the newest response among rows, US Eastern; None without rows."""
    day = rows.select(eastern_date(pl.col("fetched_at")).max()).item()
    return day if isinstance(day, date) else None


def morning_after(day: object) -> date:
    """The day after a day."""
    assert isinstance(day, date)
    return day + timedelta(days=1)
