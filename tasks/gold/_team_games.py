"""Results by team, the newest ratings, and records: shared by the team tables."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from quality.contracts.gold_ratings import PREDICTIVE
from quality.contracts.gold_teams import QUADRANTS, SITES
from tasks.gold._games import today

CLOSE_MARGIN = 5  # points
REGULATION = 2  # periods
BUBBLE_RANK = 45  # rank of the team whose expected wins are the reference for a resume


def team_games(games: pl.LazyFrame, members: pl.LazyFrame) -> pl.LazyFrame:
    """Two rows per result: teams, site, margin, and the records in which the game counts.

    Columns: season, game_id, team_id, opponent_id, site, margin (points), is_win, is_close, team_conference_id,
    is_division (both are members of Division I) and is_conference (regular-season game of two members of a conference).
    """
    played = games.filter("has_result")
    sides = pl.concat([_side(played, "home", "away"), _side(played, "away", "home")])
    own = members.select("season", "team_id", team_conference_id="conference_id", team_belongs=pl.lit(value=True))
    met = own.rename({"team_id": "opponent_id"}).rename(
        {"team_conference_id": "opponent_conference_id", "team_belongs": "opponent_belongs"}
    )
    rows = sides.join(own, on=["season", "team_id"], how="left").join(met, on=["season", "opponent_id"], how="left")
    both = pl.col("team_belongs").fill_null(value=False) & pl.col("opponent_belongs").fill_null(value=False)
    same = (pl.col("team_conference_id") == pl.col("opponent_conference_id")).fill_null(value=False)
    return rows.with_columns(is_division=both, is_conference=both & same & pl.col("counts_in_league"))


def _side(played: pl.LazyFrame, side: str, other: str) -> pl.LazyFrame:
    margin = pl.col(f"{side}_points") - pl.col(f"{other}_points")
    overtime = (pl.col("home_period_points").list.len() > REGULATION).fill_null(value=False)
    standard = pl.col("game_type").is_null() | (pl.col("game_type") == "STD")  # conference tournaments have another
    return played.select(
        *("season", "game_id"),
        team_id=f"{side}_team_id",
        opponent_id=f"{other}_team_id",
        site=pl.when("neutral_site").then(pl.lit("neutral")).otherwise(pl.lit(side)),
        margin=margin,
        is_win=margin > 0,
        is_close=(margin.abs() <= CLOSE_MARGIN) | overtime,
        counts_in_league=pl.col("conference_game") & (pl.col("season_type") == "regular") & standard,
    )


def newest_ratings(ratings: pl.LazyFrame, games: pl.LazyFrame) -> pl.LazyFrame:
    """Ratings from all plays as of the morning after the last result; without any result, as of the first morning."""
    rated = ratings.filter(pl.col("variant") == PREDICTIVE).drop("variant")
    results = games.filter("has_result").select("game_date", home_points=pl.lit(1)).collect()
    until = today(results)
    known = rated.filter(pl.col("as_of_date") <= until) if until is not None else rated
    day = pl.col("as_of_date").max() if until is not None else pl.col("as_of_date").min()
    return known.filter(pl.col("as_of_date") == day)


def with_ratings(members: pl.LazyFrame, ratings: pl.LazyFrame) -> pl.LazyFrame:
    """One row per member with its name, conference and newest rating; the flag is `no_games` if there is no rating."""
    named = members.rename({"school": "team"})
    return named.join(ratings, on=["season", "team_id"], how="left").with_columns(pl.col("flag").fill_null("no_games"))


def with_quadrants(rows: pl.LazyFrame, ratings: pl.LazyFrame) -> pl.LazyFrame:
    """Team games with the opponent's rank, and the quadrant (1-4) from that rank and the site."""
    ranks = ratings.select("season", opponent_id="team_id", opponent_rank="rank")
    quadrant: pl.Expr = pl.lit(4)
    for number in (3, 2, 1):
        last = pl.col("site").replace_strict(
            {site: QUADRANTS[site][number - 1] for site in SITES}, return_dtype=pl.Int64
        )
        quadrant = pl.when(pl.col("opponent_rank") <= last).then(number).otherwise(quadrant)
    return rows.join(ranks, on=["season", "opponent_id"], how="left").with_columns(quadrant=quadrant)


def records(rows: pl.LazyFrame, kinds: Mapping[str, pl.Expr]) -> pl.LazyFrame:
    """Wins and losses by season and team, `<kind>_wins` and `<kind>_losses`, of the games that `kinds` select."""
    won = pl.col("is_win")
    counted = [
        (games & outcome).sum().cast(pl.Int64).alias(f"{kind}_{name}")
        for kind, games in kinds.items()
        for name, outcome in (("wins", won), ("losses", ~won))
    ]
    return rows.group_by("season", "team_id").agg(counted)


def quadrant_kinds() -> dict[str, pl.Expr]:
    """The games that count in each quadrant."""
    return {f"quadrant_{n}": pl.col("is_division") & (pl.col("quadrant") == n) for n in (1, 2, 3, 4)}
