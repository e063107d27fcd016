"""Chooses between rows with the same key: repeats, one team in two conferences, and versions of the same fact."""

from __future__ import annotations

import polars as pl

from quality.dataset import PROVENANCE, Table
from tasks.layers._memberships import Memberships, conference_columns

CONTENT = "__content"


def without_repeats(rows: pl.DataFrame, table: Table, memberships: Memberships | None = None) -> pl.DataFrame:
    """One row per key, where the rows say which one it is.

    Rows that are equal in every column are one row. Rows that differ only in the conference of a team are one fact: the
    conference of the newer membership stays. Of other rows with the same key, the preferred one stays
    (`Table.prefer`). Equal keys that are left stay, for the check to reject and `ops.conflicts` to report.
    """
    if not rows.select(pl.struct(table.key).is_duplicated().any()).item():
        return rows
    rows = rows.filter(pl.struct(*table.key, pl.struct(pl.all()).hash().alias(CONTENT)).is_first_distinct())
    rows = _with_one_conference(rows, table, memberships or Memberships())
    has_key = pl.all_horizontal(pl.col(name).is_not_null() for name in table.key)
    for order in table.prefer:
        value = pl.col(order) if isinstance(order, str) else order
        best = value.max().over(table.key)
        rows = rows.filter(~has_key | (value == best) | best.is_null())
    return rows


def _with_one_conference(rows: pl.DataFrame, table: Table, memberships: Memberships) -> pl.DataFrame:
    """Rows of which those that differ only in the conferences of teams are one."""
    conferences = conference_columns(table)
    rest = [name for name in rows.columns if name not in {*conferences, *(column.name for column in PROVENANCE)}]
    if not conferences:
        return rows
    rows = rows.with_row_index("__row").with_columns(pl.struct(rest).hash().alias(CONTENT))
    several = rows.filter(pl.struct(*table.key, CONTENT).is_duplicated())
    if several.is_empty():
        return rows.drop("__row", CONTENT)
    ranked, ranks = memberships.ranked(several, conferences)
    best = ranked.sort(
        [*ranks, *conferences, "__row"], descending=[True] * len(ranks) + [False] * (len(conferences) + 1)
    ).unique([*table.key, CONTENT], keep="first", maintain_order=True)
    dropped = several.join(best.select("__row"), on="__row", how="anti")
    return rows.join(dropped.select("__row"), on="__row", how="anti", maintain_order="left").drop("__row", CONTENT)
