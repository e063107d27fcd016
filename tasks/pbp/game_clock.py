"""The clock of a game: two halves of 20 minutes, overtimes of 5, in seconds."""

from __future__ import annotations

import polars as pl

REGULATION_PERIODS, HALF, OVERTIME = 2, 1200, 300
REGULATION = REGULATION_PERIODS * HALF  # seconds
SECONDS_OF_PERIOD = pl.when(pl.col("period") <= REGULATION_PERIODS).then(HALF).otherwise(OVERTIME)


def seconds_left(period: pl.Expr, in_period: pl.Expr) -> pl.Expr:
    """Seconds left in the game: the first half counts the second half too, an overtime counts alone."""
    return in_period + pl.when(period < REGULATION_PERIODS).then((REGULATION_PERIODS - period) * HALF).otherwise(0)


def elapsed(period: pl.Expr, in_period: pl.Expr) -> pl.Expr:
    """Seconds since the tip, from those left in the period."""
    overtimes = REGULATION + (period - REGULATION_PERIODS) * OVERTIME
    return pl.when(period <= REGULATION_PERIODS).then(period * HALF).otherwise(overtimes) - in_period
