"""Tables as they were known on the morning of a date, reconstructed from a lake that continues after it."""

from __future__ import annotations

from datetime import date

import polars as pl

from quality.calendar import eastern_date
from quality.dataset import AS_OF, Table

ALWAYS_KNOWN = "dim_"  # teams, athletes, memberships


def known_before(rows: pl.LazyFrame, table: Table, day: date) -> pl.LazyFrame:
    """Rows of a table as they were on the morning of `day`, US Eastern, as far as the lake allows.

    - Games stay in the schedule; the outcome of a game on or after the day is removed.
    - Rows about the past (boxes, plays) are kept by the date of their game, snapshots by their day, and polls by their
      publication date. A poll without a publication date is left out.
    - Rows that can be fetched before a game (lines, media), and season totals without a date, are kept by the time of
      their fetch. A later fetch has overwritten the earlier value, so such a row is left out rather than leaked.
    - Dimensions, and gold tables dated by the morning that they are valid for, are read unchanged.
    """
    names = table.by_name
    if table.outcome:
        ahead = pl.col("game_date") >= day
        blank = {name: pl.lit(value, dtype=names[name].dtype) for name, value in table.outcome}
        present = set(rows.collect_schema().names())
        return rows.with_columns(
            pl.when(ahead).then(value).otherwise(name).alias(name) for name, value in blank.items() if name in present
        )
    if (condition := _known(table, day)) is not None:
        rows = rows.filter(condition)
    return rows


def _known(table: Table, day: date) -> pl.Expr | None:
    names = table.by_name
    fetched_before = eastern_date(pl.col("fetched_at")) < day
    if AS_OF.name in names:
        return pl.col(AS_OF.name) < day
    if table.layer == "gold" or table.name.startswith(ALWAYS_KNOWN):
        return None
    if "poll_date" in names:
        return eastern_date(pl.col("poll_date")) < day
    if "game_date" in names and not (table.source is not None and table.source.ahead):
        return pl.col("game_date") < day
    return fetched_before if "fetched_at" in names else None
