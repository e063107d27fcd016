"""What of a table was known on the morning of a date: how a lake that stops there is seen in one that goes on."""

from __future__ import annotations

from datetime import date

import polars as pl

from quality.calendar import eastern_date
from quality.dataset import AS_OF, Table

ALWAYS_KNOWN = "dim_"  # who exists and who belongs where


def known_before(rows: pl.LazyFrame, table: Table, day: date) -> pl.LazyFrame:
    """Rows of a table as they stood on the morning of `day`, US Eastern, as far as the lake can tell.

    - Games keep their place in the schedule; the outcome of one on or after the day is not known yet.
    - Rows that describe the past (boxes, plays) go by the date of their game, snapshots by their day, polls by when
      they were published; one that does not say when counts for nothing.
    - What can be fetched before a game (lines, media), and totals of a season without a date, goes by when it was
      fetched: a newer number has written over the older one, so it counts for nothing rather than leak.
    - Dimensions, and tables of ours that are dated by the morning they hold for, are read as they are.
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
