"""gold.team_season_summary: a team's season so far in one row."""

from __future__ import annotations

import polars as pl

from quality.contracts.gold_teams import FOUR_FACTORS, SITES
from tasks.gold._team_games import newest_ratings, quadrant_kinds, records, team_games, with_quadrants, with_ratings

LOW_IS_GOOD = {  # for the offence; the reverse for the defence
    "effective_field_goal_pct": False,
    "turnover_pct": True,
    "offensive_rebound_pct": False,
    "free_throw_rate": False,
}
TEAM = ["season", "team_id"]


def team_season_summary(
    members: pl.LazyFrame,
    ratings: pl.LazyFrame,
    games: pl.LazyFrame,
    boxes: pl.LazyFrame,
    rosters: pl.LazyFrame,
    classes: pl.LazyFrame,
    *,
    season: int,
) -> pl.LazyFrame:
    """One row per Division I team of the season. quality/contracts/gold_team_seasons.py describes the columns."""
    rated = newest_ratings(ratings, games)
    played = with_quadrants(team_games(games, members), rated)
    inside = played.filter("is_division")
    parts = (
        records(played, _kinds()),
        inside.group_by(TEAM).agg(average_margin=pl.col("margin").mean()),
        factors(boxes.join(inside.select("season", "game_id", "team_id"), on=["season", "game_id", "team_id"])),
        rosters.group_by(TEAM).agg(roster_size=pl.col("athlete_id").n_unique().cast(pl.Int64)),
        classes.filter(pl.col("year") == season - 1)
        .select(  # the class of 2024 first plays in the season 2025
            "team_id", season="year", recruiting_class_rating="rating", recruiting_class_rank="ranking"
        )
        .with_columns(season=pl.lit(season, dtype=pl.Int64)),
    )
    rows = with_ratings(members, rated)
    for part in parts:
        rows = rows.join(part, on=TEAM, how="left")
    counted = pl.col("^.*_(wins|losses)$", "roster_size")
    return with_factor_ranks(rows.with_columns(counted.fill_null(0)))


def _kinds() -> dict[str, pl.Expr]:
    inside = pl.col("is_division")
    return {
        "total": pl.lit(value=True),
        "division": inside,
        "outside": ~inside,
        "conference": pl.col("is_conference"),
        **{site: inside & (pl.col("site") == site) for site in SITES},
        "close": inside & pl.col("is_close"),
        **quadrant_kinds(),
    }


def factors(boxes: pl.LazyFrame) -> pl.LazyFrame:
    """Four factors of offence and defence, and possessions per 40 minutes, from sums over games, by season and team."""
    own, other = ("team", "opponent"), ("opponent", "team")
    pace = 40 * _ratio(pl.col("team_stats_possessions"), pl.col("game_minutes"))
    return boxes.group_by(TEAM).agg(*_factors("offence", *own), *_factors("defence", *other), possessions_per_40=pace)


def _factors(name: str, side: str, other: str) -> list[pl.Expr]:
    def of(part: str, whose: str = side) -> pl.Expr:
        return pl.col(f"{whose}_stats_{part}").cast(pl.Float64)

    shots = of("field_goals_attempted")
    made = of("field_goals_made") + 0.5 * of("three_point_field_goals_made")
    parts = {
        "effective_field_goal_pct": (made, shots),
        "turnover_pct": (of("turnovers_total"), of("possessions")),
        "offensive_rebound_pct": (
            of("rebounds_offensive"),
            of("rebounds_offensive") + of("rebounds_defensive", other),
        ),
        "free_throw_rate": (of("free_throws_attempted"), shots),
    }
    return [_ratio(*parts[factor]).alias(f"{name}_{factor}") for factor in FOUR_FACTORS]


def _ratio(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """Sum divided by sum over the games that have both; null where the divisor is 0."""
    known = part.is_not_null() & whole.is_not_null()
    total = whole.filter(known).sum()
    return pl.when(total > 0).then(part.filter(known).sum() / total)


def with_factor_ranks(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Ranks of the factors in the division; 1 is best, and equal values share the better rank."""
    ranks = []
    for factor, low_is_good in LOW_IS_GOOD.items():
        for side, down in (("offence", not low_is_good), ("defence", low_is_good)):
            rank = pl.col(f"{side}_{factor}").rank("min", descending=down).over("season")
            ranks.append(rank.cast(pl.Int64).alias(f"{side}_{factor}_rank"))
    return rows.with_columns(ranks)
