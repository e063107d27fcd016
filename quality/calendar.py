"""Dates of games: always in US Eastern time, independent of the clock of the source or the machine."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import polars as pl

EASTERN = ZoneInfo("America/New_York")


def eastern_date(moment: pl.Expr) -> pl.Expr:
    """The US Eastern calendar date of a timestamp that has a time zone."""
    return moment.dt.convert_time_zone(EASTERN.key).dt.date()
