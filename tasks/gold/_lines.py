"""Betting lines as used by both line tables: the numbers before the start, and the median of a game's providers."""

from __future__ import annotations

from datetime import date

import polars as pl

from quality.contracts.gold_lines import CONSENSUS
from quality.contracts.lines import SOURCE_CONSENSUS, SPREAD_CLOSE
from tasks.gold.model.lines import sides_exchanged

NUMBERS = ("spread_open", "spread_close", "over_under_open", "total_close", "home_moneyline", "away_moneyline")
CHANCES = ("home_implied_probability", "bookmaker_margin_pct")


def quoted(lines: pl.LazyFrame) -> pl.LazyFrame:
    """Lines with a pick'em as 0, and the win probabilities implied by their moneylines.

    The bookmaker's margin is removed proportionally: p = q_home / (q_home + q_away), q = -o / (100 - o) for odds o < 0
    and 100 / (100 + o) for others. A moneyline between -100 and 100 is not a valid price and gives no probability.
    """
    home, away = _quoted_chance("home_moneyline"), _quoted_chance("away_moneyline")
    return lines.with_columns(
        spread_close=SPREAD_CLOSE,
        total_close="over_under",
        home_implied_probability=home / (home + away),
        bookmaker_margin_pct=home + away - 1,
        is_line_fetched_early=pl.col("fetched_at") < pl.col("start_at"),
        line_providers=pl.lit(1, dtype=pl.Int64),
        is_consensus=pl.lit(value=False),
    )


def with_sides(rows: pl.LazyFrame, forecasts: pl.LazyFrame) -> pl.LazyFrame:
    """Adds `is_sides_suspect`: whether our forecast fits the spread far better with its sides exchanged.

    Spread and moneylines may agree and still belong to the other team. Null without a spread or a forecast.

    rows: as `quoted` returns them. forecasts: season, game_id, predicted_home_margin; one row per game.
    """
    ours = forecasts.select("season", "game_id", ours="predicted_home_margin")
    suspect = sides_exchanged(pl.col("ours"), -pl.col("spread_close")).alias("is_sides_suspect")
    return rows.join(ours, on=["season", "game_id"], how="left").with_columns(suspect).drop("ours")


def closing_lines(lines: pl.LazyFrame, forecasts: pl.DataFrame) -> pl.DataFrame:
    """The consensus of silver lines as the `lines` of `tasks.gold.ratings`: game_id, home_spread, total."""
    rows = consensus(with_sides(quoted(lines), forecasts.lazy()))
    known = rows.select("game_id", home_spread="spread_close", total="total_close")
    return known.filter(pl.any_horizontal(pl.exclude("game_id").is_not_null())).collect()


def first_taught(games: pl.DataFrame, lines: pl.DataFrame) -> date | None:
    """Date of the first game with a result and a line; later mornings know more than results.

    games: from `model_games`. lines: from `closing_lines`.
    """
    taught = games.filter(pl.col("home_points").is_not_null()).join(lines, on="game_id", how="semi")
    first = taught["game_date"].min()
    return first if isinstance(first, date) else None


def _quoted_chance(column: str) -> pl.Expr:
    odds = pl.col(column)
    return pl.when(odds <= -100).then(odds / (odds - 100)).when(odds >= 100).then(100 / (odds + 100))


def consensus(rows: pl.LazyFrame) -> pl.LazyFrame:
    """One row per game: the median of each number over its providers.

    Spreads with a suspect sign or suspect sides are left out, and so is the source's own consensus if there are other
    providers. Moneylines have no median (they jump from -100 to +100); their probabilities have one.

    rows: as `with_sides` returns them.
    """
    summary = pl.col("provider") == SOURCE_CONSENSUS
    alone = summary.all().over("season", "game_id")
    suspect = pl.col("is_spread_sign_suspect", "is_sides_suspect").fill_null(value=False)
    sound = ~pl.any_horizontal(suspect)
    counted = rows.filter(~summary | alone).with_columns(
        pl.when(sound).then(name).alias(name) for name in ("spread_open", "spread_close")
    )
    return counted.group_by("season", "game_id").agg(
        *(pl.col(name).median() for name in (*NUMBERS[:4], *CHANCES)),
        *(pl.lit(None, dtype=pl.Float64).alias(name) for name in NUMBERS[4:]),
        pl.lit(CONSENSUS).alias("provider"),
        pl.lit(value=True).alias("is_consensus"),
        pl.len().cast(pl.Int64).alias("line_providers"),
        pl.col("is_line_fetched_early").all(),
        *(pl.lit(None, dtype=pl.Boolean).alias(name) for name in ("is_spread_sign_suspect", "is_sides_suspect")),
        (pl.col("spread_close").median() == 0).alias("is_spread_pick_em"),
    )
