"""gold.game_predictions_features: what was known about every game on its morning, from each team's side."""

from __future__ import annotations

import polars as pl

from quality.contracts.gold_games import RATING_COLUMNS, TEAM_FEATURES
from quality.contracts.gold_ratings import PREDICTIVE
from tasks.gold._form import form_after, game_values, recent_games, returning_minutes
from tasks.gold._lines import consensus, quoted, with_sides
from tasks.gold._sides import both_sides

NOBODY = -1


def game_predictions_features(games: pl.LazyFrame, *inputs: pl.LazyFrame, season: int) -> pl.LazyFrame:
    """Two rows per game of a season. All dated inputs are from before the day of the game.

    Lines are the newest of the source: fetched before the start, or later, when the source has the closing line.

    inputs: team boxes, player boxes, members, ratings, predictions and lines, in the contract's order.
    """
    boxes, players, members, ratings, predictions, lines = inputs
    every = both_sides(games, "points", "team_elo_end")
    own = every.filter(season=season)
    results = own.filter("has_result", pl.col("team_id") != NOBODY).with_columns(
        margin=pl.col("points") - pl.col("opponent_points")
    )
    rows = _latest(own, form_after(game_values(results, boxes)), "known_on")
    rows = rows.with_columns(rest_days=(pl.col("game_date") - pl.col("known_on")).dt.total_days()).drop("known_on")
    rows = rows.join(recent_games(own, results), on=["game_id", "team_id"], how="left")
    rows = _latest(rows, returning_minutes(players, season), "known_on").drop("known_on")
    rows = _latest(rows, _elo(every), "known_on").drop("known_on")
    rows = _rated(rows, ratings).join(
        members.select("team_id", is_division_i=pl.lit(value=True)).unique(), on="team_id", how="left"
    )
    rows = rows.with_columns(
        pl.col("is_division_i").fill_null(value=False),
        pl.col("games_before", "wins_before", "games_last_7_days").fill_null(0),
    )
    quotes = with_sides(quoted(lines), predictions.filter(variant=PREDICTIVE))
    return _flagged(_market(_forecast(_beside_opponent(rows), predictions), consensus(quotes)))


def _latest(rows: pl.LazyFrame, known: pl.LazyFrame, on: str, *, same_day: bool = False) -> pl.LazyFrame:
    """Adds a team's newest row of `known` from before the date of each game, or with `same_day` from that morning."""
    return rows.sort("game_date").join_asof(
        known.sort(on),
        left_on="game_date",
        right_on=on,
        by="team_id",
        strategy="backward",
        allow_exact_matches=same_day,
        coalesce=False,
        check_sortedness=False,
    )


def _elo(sides: pl.LazyFrame) -> pl.LazyFrame:
    """A team's Elo after each date, from its last result with an Elo."""
    rated = sides.filter("has_result", pl.col("team_elo_end").is_not_null(), pl.col("team_id") != NOBODY)
    ordered = rated.sort("team_id", "game_date", "start_at", "game_id")
    return ordered.group_by("team_id", known_on="game_date", maintain_order=True).agg(
        elo_before=pl.col("team_elo_end").last()
    )


def _rated(rows: pl.LazyFrame, ratings: pl.LazyFrame) -> pl.LazyFrame:
    """Adds ratings as of the game's morning, or the last morning with ratings if the game is later."""
    whole = ratings.filter(pl.col("variant") == PREDICTIVE).select("team_id", "as_of_date", *RATING_COLUMNS)
    return _latest(rows, whole, "as_of_date", same_day=True)


def _beside_opponent(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Adds the same features from the other row of the game."""
    names = [column.name for column in TEAM_FEATURES]
    other = rows.select("game_id", ~pl.col("is_home"), *(pl.col(name).alias(f"opponent_{name}") for name in names))
    return rows.join(other, on=["game_id", "is_home"], how="left")


def _turned(home: str, sign: int = 1) -> pl.Expr:
    """A number of the home side, seen from the row's team."""
    return pl.when("is_home").then(home).otherwise(sign * pl.col(home))


def _chance(home: str) -> pl.Expr:
    return pl.when("is_home").then(home).otherwise(1 - pl.col(home))


def _forecast(rows: pl.LazyFrame, predictions: pl.LazyFrame) -> pl.LazyFrame:
    pure = predictions.filter(variant=PREDICTIVE).drop("season", "variant")
    return rows.join(pure, on="game_id", how="left").with_columns(
        predicted_margin=_turned("predicted_home_margin", -1), win_probability=_chance("home_win_probability")
    )


def _market(rows: pl.LazyFrame, medians: pl.LazyFrame) -> pl.LazyFrame:
    columns = ("spread_open", "spread_close", "over_under_open", "total_close", "home_implied_probability")
    median = medians.select("game_id", *columns, "line_providers", "is_line_fetched_early")
    return rows.join(median, on="game_id", how="left").with_columns(
        pl.col("line_providers").fill_null(0),
        team_spread_open=_turned("spread_open", -1),
        team_spread_close=_turned("spread_close", -1),
        total_open="over_under_open",
        market_win_probability=_chance("home_implied_probability"),
    )


def _flagged(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Adds the flag: a team is not known yet, a rating is missing, or a team has no game in the season yet."""
    nobody = (pl.col("team_id") == NOBODY) | (pl.col("opponent_id") == NOBODY)
    unrated = pl.col("net").is_null() | pl.col("opponent_net").is_null()
    new = (pl.col("games_before") == 0) | (pl.col("opponent_games_before") == 0)
    flag = pl.when(nobody).then(pl.lit("no_team")).when(unrated).then(pl.lit("no_rating"))
    return rows.with_columns(flag=flag.when(new).then(pl.lit("no_games")).otherwise(pl.lit("ok")))
