"""Rules about ratings and forecasts, checked on new rows. If one is broken, the previous version stays."""

from __future__ import annotations

import polars as pl

from quality.contracts.games import FCT_GAMES
from quality.contracts.gold_ratings import GAME_PREDICTIONS, PREDICTIVE, TEAM_RATINGS_DAILY
from quality.contracts.teams import DIM_TEAM_SEASONS
from quality.rules.base import HOLDS, Reads, Rule

CLOSE = 1e-6  # points per 100 possessions: rounding error of a sum of some hundred numbers
MORNING = ("as_of_date", "variant")


def mean_net_is_zero(ratings: pl.LazyFrame) -> pl.LazyFrame:
    """The mean over Division I is 0, weighted by possessions; unweighted before the first game."""
    weight = pl.col("rated_possessions")
    weighted = pl.when(weight.sum() > 0).then((pl.col("net") * weight).sum() / weight.sum()).otherwise(pl.mean("net"))
    means = ratings.group_by(MORNING).agg(mean_net=weighted)
    return means.with_columns((pl.col("mean_net").abs() < CLOSE).alias(HOLDS))


def net_is_offence_less_defence(ratings: pl.LazyFrame) -> pl.LazyFrame:
    """The three numbers of a row agree."""
    gap = pl.col("adjusted_offence") - pl.col("adjusted_defence") - pl.col("net")
    return ratings.with_columns((gap.abs() < CLOSE).fill_null(value=True).alias(HOLDS))  # null without possessions


def every_team_is_rated(ratings: pl.LazyFrame, members: pl.LazyFrame, games: pl.LazyFrame) -> pl.LazyFrame:
    """There is one row per Division I team with games in the season; the key makes ids unique."""
    scheduled = pl.concat([games.select(team_id=f"{side}_team_id") for side in ("home", "away")]).unique()
    expected = members.join(scheduled, on="team_id", how="semi").select(teams=pl.len())
    rated = ratings.join(members, on="team_id", how="semi").group_by(MORNING).agg(rated=pl.col("team_id").n_unique())
    others = ratings.join(members, on="team_id", how="anti").group_by(MORNING).agg(strangers=pl.len())
    found = rated.join(others, on=MORNING, how="full", coalesce=True).join(expected, how="cross")
    equal = (pl.col("rated") == pl.col("teams")) & pl.col("strangers").is_null()
    return found.filter(pl.col("teams") > 0).with_columns(equal.alias(HOLDS))


def every_game_is_predicted_once(predictions: pl.LazyFrame, games: pl.LazyFrame) -> pl.LazyFrame:
    """Every game has one forecast from results, whatever its status, and at most one with lines."""
    pure = pl.col("variant") == PREDICTIVE
    found = predictions.group_by("game_id").agg(predictions=pure.sum(), others=(~pure).sum())
    both = games.select("game_id", scheduled=pl.lit(1)).join(found, on="game_id", how="full", coalesce=True)
    counts = both.with_columns(pl.col("scheduled", "predictions", "others").fill_null(0))
    once = (pl.col("predictions") == 1) & (pl.col("others") <= 1) & (pl.col("scheduled") == 1)
    return counts.with_columns(once.alias(HOLDS))


def forecast_is_whole(predictions: pl.LazyFrame) -> pl.LazyFrame:
    """A game with both teams has every number, and margin, interval and win probability agree."""
    judged = predictions.filter(pl.col("flag") == "ok")
    margin, chance = pl.col("predicted_home_margin"), pl.col("home_win_probability")
    ordered = (pl.col("margin_low_80") < margin) & (margin < pl.col("margin_high_80"))
    agrees = (margin * (chance - 0.5) >= 0) & (pl.col("margin_sd") > 0) & pl.col("predicted_total").is_not_null()
    return judged.with_columns((ordered & agrees).alias(HOLDS))


def made_before_the_game(predictions: pl.LazyFrame) -> pl.LazyFrame:
    """No forecast is dated after its game."""
    return predictions.with_columns((pl.col("as_of_date") <= pl.col("game_date")).alias(HOLDS))


_TEAM = ("team_id", *MORNING)
_NUMBERS = ("predicted_home_margin", "margin_low_80", "margin_high_80", "margin_sd", "home_win_probability")

RATING_RULES: tuple[Rule, ...] = (
    Rule(
        name="mean_net_is_zero",
        description="The mean net rating of Division I, weighted by possessions, is 0 on every morning.",
        per="morning and variant",
        reads=(Reads(TEAM_RATINGS_DAILY, (*MORNING, "net", "rated_possessions")),),
        judge=mean_net_is_zero,
    ),
    Rule(
        name="net_is_offence_less_defence",
        description="Net is adjusted offence minus adjusted defence.",
        per="rating",
        reads=(Reads(TEAM_RATINGS_DAILY, (*_TEAM, "adjusted_offence", "adjusted_defence", "net")),),
        judge=net_is_offence_less_defence,
    ),
    Rule(
        name="every_team_is_rated",
        description="Every Division I team with games in the season has one rating per morning; no other team has one.",
        per="morning and variant",
        reads=(
            Reads(TEAM_RATINGS_DAILY, _TEAM),
            Reads(DIM_TEAM_SEASONS, ("team_id",)),
            Reads(FCT_GAMES, ("home_team_id", "away_team_id")),
        ),
        judge=every_team_is_rated,
    ),
    Rule(
        name="every_game_is_predicted_once",
        description="Every game of the season has one forecast from results, and at most one that also uses lines.",
        per="game",
        reads=(Reads(GAME_PREDICTIONS, ("game_id", "variant")), Reads(FCT_GAMES, ("game_id",))),
        judge=every_game_is_predicted_once,
    ),
    Rule(
        name="forecast_is_whole",
        description="The forecast of a game with both teams is complete, and its numbers agree with each other.",
        per="forecast",
        reads=(Reads(GAME_PREDICTIONS, ("game_id", "variant", "flag", *_NUMBERS, "predicted_total")),),
        judge=forecast_is_whole,
    ),
    Rule(
        name="made_before_the_game",
        description="A forecast is from the morning of its game or an earlier morning.",
        per="forecast",
        reads=(Reads(GAME_PREDICTIONS, ("game_id", "variant", "as_of_date", "game_date")),),
        judge=made_before_the_game,
    ),
)
