"""The result of a SQL statement."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Result:
    """Rows, and what a person should know about them.

    Attributes:
        frame: all rows.
        heading: a line above the rows of a listing: what the table is that the columns belong to.
        note: a line below no rows: what the table covers.
        is_listing: rows of `show tables` and `describe`, whose long texts are wrapped; every row is shown.
    """

    frame: pl.DataFrame
    heading: str = ""
    note: str = ""
    is_listing: bool = False
