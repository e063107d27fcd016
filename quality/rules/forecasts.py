"""Rules about forecasts of seasons and tournaments, checked on new rows."""

from __future__ import annotations

from itertools import pairwise

import polars as pl

from quality.contracts.gold_forecasts import BRACKET_FORECAST, ROUNDS, SEASON_FORECAST
from quality.rules.base import HOLDS, Reads, Rule

CLOSE = 1e-6  # rounding error of a sum of some hundred shares
RANKS = "conference_rank_probabilities"
CONFERENCE = ("as_of_date", "conference_id")


def ranks_are_whole(forecasts: pl.LazyFrame) -> pl.LazyFrame:
    """Each team has one rank, and a conference has as many ranks as teams."""
    ranks = forecasts.drop_nulls("conference_id").with_columns(size=pl.len().over(CONFERENCE))
    whole = (pl.col(RANKS).list.sum() - 1).abs() < CLOSE
    return ranks.with_columns(
        (whole & (pl.col(RANKS).list.len() == pl.col("size"))).fill_null(value=False).alias(HOLDS)
    )


def every_conference_has_a_title(forecasts: pl.LazyFrame) -> pl.LazyFrame:
    """One team or more has the best record; alone at most one."""
    sums = (
        forecasts.drop_nulls("conference_id")
        .group_by(CONFERENCE)
        .agg(titles=pl.col("title_probability").sum(), outright=pl.col("outright_title_probability").sum())
    )
    holds = (pl.col("titles") >= 1 - CLOSE) & (pl.col("outright") <= 1 + CLOSE)
    return sums.with_columns(holds.alias(HOLDS))


def records_only_grow(forecasts: pl.LazyFrame) -> pl.LazyFrame:
    """Expected records include the games that were played."""
    pairs = [("wins", "total_wins"), ("losses", "total_losses")]
    pairs += [(f"conference_{name}", f"conference_{name}") for name in ("wins", "losses")]
    grows = [pl.col(f"expected_{name}") >= pl.col(played) - CLOSE for name, played in pairs]
    return forecasts.with_columns(pl.all_horizontal(grows).alias(HOLDS))


def every_round_is_full(forecasts: pl.LazyFrame) -> pl.LazyFrame:
    """The probabilities of a round add up to its places, and no team is in a round without the one before."""
    over = ("season", "as_of_date")
    full = [
        pl.col(name).is_null() | ((pl.col(name).sum().over(over) - 2**number).abs() < CLOSE)
        for number, name in enumerate(ROUNDS)
    ]
    before = [(pl.col(later) <= pl.col(earlier) + CLOSE).fill_null(value=True) for later, earlier in pairwise(ROUNDS)]
    return forecasts.with_columns(pl.all_horizontal(*full, *before).alias(HOLDS))


_RANKED = ("team_id", *CONFERENCE, RANKS)
_TITLES = (*CONFERENCE, "title_probability", "outright_title_probability")
_WON = tuple(f"{name}{result}" for name in ("conference_", "total_") for result in ("wins", "losses"))
_EXPECTED = tuple(f"expected_{name}{result}" for name in ("", "conference_") for result in ("wins", "losses"))

FORECAST_RULES: tuple[Rule, ...] = (
    Rule(
        name="ranks_are_whole",
        description="A team's rank probabilities add up to 1, with one rank per team of its conference.",
        per="team and morning",
        reads=(Reads(SEASON_FORECAST, _RANKED),),
        judge=ranks_are_whole,
    ),
    Rule(
        name="every_conference_has_a_title",
        description="Title probabilities of a conference add up to 1 or more, outright ones to 1 or less.",
        per="conference and morning",
        reads=(Reads(SEASON_FORECAST, _TITLES),),
        judge=every_conference_has_a_title,
    ),
    Rule(
        name="records_only_grow",
        description="Expected wins and losses at the end are not below those so far.",
        per="team and morning",
        reads=(Reads(SEASON_FORECAST, ("team_id", "as_of_date", *_WON, *_EXPECTED)),),
        judge=records_only_grow,
    ),
    Rule(
        name="every_round_is_full",
        description="Probabilities of a tournament round add up to its places and fall from round to round.",
        per="team and morning",
        reads=(Reads(BRACKET_FORECAST, ("season", "team_id", "as_of_date", *ROUNDS)),),
        judge=every_round_is_full,
    ),
)
