"""Strength of the teams before a game: the expected margin of the home team as known at tip-off, and its source."""

from __future__ import annotations

import polars as pl

from quality.contracts.lines import SOURCE_CONSENSUS, SPREAD_CLOSE
from quality.contracts.win_probability import PREGAME_SOURCES

# Measured on 54,724 real games between Division I teams, seasons 2011 to 2020, on 29 November 2026, by
# `benchmarks/win_probability_fit.py --games`. Elo: by a formula of the usual form, because the source does not publish
# its own; 400 points are a factor of 10 in the odds.
POINTS_PER_ELO = 0.060
HOME_EDGE_WITH_ELO = 4.2  # points; larger than the home edge, because Elo lags behind and strong teams host
HOME_EDGE_ALONE = 5.4  # points: mean margin of home teams, because strong teams host more often
LARGEST_MARGIN = 60.0  # points; no closing spread is larger
# Standard deviation of expected margins of each source around those of the closing line, in points.
MARGIN_SD = dict(zip(PREGAME_SOURCES, (0.0, 4.1, 8.8), strict=True))


def pregame(games: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Expected margin of each game: game_id, pregame_home_margin, pregame_source, margin_sd (points).

    Args:
        games: columns of silver.fct_games that silver.fct_play_win_probability reads, one row per game.
        lines: columns of silver.fct_lines that it reads, one row per game and provider.
    """
    line, elo, edge = PREGAME_SOURCES
    by_line = -pl.col("closing")
    by_elo = POINTS_PER_ELO * (pl.col("home_team_elo_start") - pl.col("away_team_elo_start"))
    at_home = (~pl.col("neutral_site").fill_null(value=False)).cast(pl.Float64)
    known = [by_line.is_not_null(), by_elo.is_not_null()]
    margin = pl.when(known[0]).then(by_line).when(known[1]).then(by_elo + HOME_EDGE_WITH_ELO * at_home)
    source = pl.when(known[0]).then(pl.lit(line)).when(known[1]).then(pl.lit(elo)).otherwise(pl.lit(edge))
    return games.join(closing_spreads(lines), on="game_id", how="left").select(
        "game_id",
        margin.otherwise(HOME_EDGE_ALONE * at_home).clip(-LARGEST_MARGIN, LARGEST_MARGIN).alias("pregame_home_margin"),
        source.alias("pregame_source"),
        source.replace_strict(MARGIN_SD, return_dtype=pl.Float64).alias("margin_sd"),
    )


def closing_spreads(lines: pl.DataFrame) -> pl.DataFrame:
    """Median closing spread of each game over its providers: game_id, closing (negative: the home team is favoured).

    Spreads whose sign contradicts the moneylines are left out, and so is the source's own consensus if there are other
    providers.
    """
    summary = pl.col("provider") == SOURCE_CONSENSUS
    sound = ~pl.col("is_spread_sign_suspect").fill_null(value=False)
    quoted = lines.with_columns(SPREAD_CLOSE.alias("closing")).filter(sound & pl.col("closing").is_finite())
    counted = quoted.filter(~summary | summary.all().over("game_id"))
    return counted.group_by("game_id").agg(pl.col("closing").median())
