"""Form of a team from its results on earlier dates: rest, record, margins, four factors, and returning minutes."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from quality.contracts.gold_games import FACTORS, WINDOWS

WEEK = timedelta(days=7)
Sums = dict[str, tuple[pl.Expr, pl.Expr]]


def _own(name: str) -> pl.Expr:
    return pl.col(f"team_stats_{name}")


def _opponents(name: str) -> pl.Expr:
    return pl.col(f"opponent_stats_{name}")


def _factors() -> Sums:
    """Numerator and denominator of each factor in one game, for offence and defence."""
    found: Sums = {}
    for suffix, own, other in (("", _own, _opponents), ("_allowed", _opponents, _own)):
        shots, turnovers = own("field_goals_attempted"), own("turnovers_total")
        boards = own("rebounds_offensive")
        parts = (
            (own("field_goals_made") + 0.5 * own("three_point_field_goals_made"), shots),
            (turnovers, shots + 0.44 * own("free_throws_attempted") + turnovers),
            (boards, boards + other("rebounds_defensive")),
            (own("free_throws_attempted"), shots),
        )
        found |= {f"{name}{suffix}": pair for name, pair in zip(FACTORS, parts, strict=True)}
    return found


def game_values(results: pl.LazyFrame, boxes: pl.LazyFrame) -> pl.LazyFrame:
    """Results (season, game_id, game_date, team_id, margin) with the parts of each factor; null without a box score."""
    parts = [
        pl.when(pl.all_horizontal(top.is_not_null(), bottom > 0)).then(part.cast(pl.Float64)).alias(f"{name}:{kind}")
        for name, (top, bottom) in _factors().items()
        for kind, part in (("top", top), ("bottom", bottom))
    ]
    own = boxes.unique(["season", "game_id", "team_id"], keep="first").select("season", "game_id", "team_id", *parts)
    return results.join(own, on=["season", "game_id", "team_id"], how="left")


def form_after(values: pl.LazyFrame) -> pl.LazyFrame:
    """One row per team and date with a result: its form on the next morning. `game_date` is renamed to `known_on`.

    Windows count results: `last_5` sums the available box scores of the last five results.
    """
    ordered = values.sort("team_id", "game_date", "game_id")
    windows = [expression for name, size in WINDOWS.items() for expression in _window(name, size)]
    found = ordered.select(
        "team_id",
        *windows,
        known_on="game_date",
        games_before=pl.int_range(1, pl.len() + 1).over("team_id"),
        wins_before=(pl.col("margin") > 0).cast(pl.Int64).cum_sum().over("team_id"),
    )
    return found.group_by("team_id", "known_on", maintain_order=True).last()


def _window(name: str, size: int | None) -> list[pl.Expr]:
    def total(column: str) -> pl.Expr:
        values = pl.col(column).fill_null(0).cast(pl.Float64)
        summed = values.cum_sum() if size is None else values.rolling_sum(size, min_samples=1)
        return summed.over("team_id")

    def count() -> pl.Expr:
        played = pl.int_range(1, pl.len() + 1).over("team_id")
        return played if size is None else played.clip(upper_bound=size)

    ratios = [
        pl.when(total(f"{factor}:bottom") > 0.5)  # a sum of whole shots; less than that is a rounded 0
        .then((total(f"{factor}:top") / total(f"{factor}:bottom")).clip(lower_bound=0))
        .alias(f"{name}_{factor}")
        for factor in _factors()
    ]
    return [(total("margin") / count()).alias(f"{name}_margin"), *ratios]


def recent_games(rows: pl.LazyFrame, results: pl.LazyFrame) -> pl.LazyFrame:
    """game_id, team_id, games_last_7_days: number of results on the seven dates before each game of `rows`."""
    dates = results.select("team_id", played_on="game_date")
    ahead = pl.col("game_date") - pl.col("played_on")
    near = rows.select("game_id", "team_id", "game_date").join(dates, on="team_id", how="inner")
    near = near.filter(ahead > timedelta(0), ahead <= WEEK)
    return near.group_by("game_id", "team_id").agg(games_last_7_days=pl.len().cast(pl.Int64))


def returning_minutes(players: pl.LazyFrame, season: int) -> pl.LazyFrame:
    """team_id, known_on, returning_minutes_pct: one row per date on which a player first plays in the season.

    players: season, team_id, game_date, athlete_source_id, minutes; rows of this season and the one before.
    """
    by = ["team_id", "athlete_source_id"]
    seen = players.filter(pl.col("athlete_source_id").is_not_null(), pl.col("season").is_in([season - 1, season]))
    before = seen.filter(season=season - 1).group_by(by).agg(pl.col("minutes").sum())
    shares = before.select(*by, share=pl.col("minutes") / pl.col("minutes").sum().over("team_id"))
    first = (
        seen.filter(pl.col("season") == season, pl.col("minutes") > 0).group_by(by).agg(known_on=pl.min("game_date"))
    )
    known = first.join(shares.select("team_id").unique(), on="team_id", how="semi")
    daily = known.join(shares, on=by, how="left").group_by("team_id", "known_on")
    added = daily.agg(pl.col("share").fill_nan(None).fill_null(0).sum()).sort("team_id", "known_on")
    total = pl.col("share").cum_sum().over("team_id").clip(0, 1)
    return added.select("team_id", "known_on", returning_minutes_pct=total)
