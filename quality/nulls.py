"""Null limits: how much of a nullable column may be null, and among which rows. They reveal a failed join first.

A gold table above a limit is not published. A silver table above a limit is only a warning of the audit, because the
nulls may be correct at the source.

A limit above 0 guards against partial loss. A quantity that the source never sent is null in every row; this is a
warning of the run, and the table is published.

A limit selects the rows that should have a value by columns of the row itself (a player with minutes, a game with
lines). A season in progress, a season without lines or a lake without recruits therefore needs no exception.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

EVERY_ROW = pl.lit(value=True)
ENOUGH = 100  # rows from which a share is judged; with fewer rows, a handful of cases would decide


@dataclass(frozen=True)
class Given:
    """An input that must have rows; without them a limit is not judged.

    Args:
        table: name of the input with its layer.
        columns: columns that `where` reads.
        where: rows that count.
        seasons: first and last season that count, as offsets from the season that is built; (-1, -1): the previous one.
    """

    table: str
    columns: tuple[str, ...]
    where: pl.Expr = field(default=EVERY_ROW, compare=False)
    seasons: tuple[int, int] = (0, 0)


def with_values(table: str, *columns: str, seasons: tuple[int, int] = (0, 0)) -> Given:
    """Rows of an input in which all of some columns have a value."""
    return Given(table, columns, pl.all_horizontal(pl.col(name).is_not_null() for name in columns), seasons)


@dataclass(frozen=True)
class NullLimit:
    """The largest share of nulls that each of some columns may have, among some rows of a season.

    Args:
        name: subject of the columns, unique in the table. Table name and `name` form the name of the rule.
        columns: nullable columns of the table.
        when: the rows that are judged, in words that follow "rows": "with minutes", "for Division I teams".
        where: the same rows as an expression over columns of the table.
        at_most: share that may be null, 0-1. Zero follows from the formula; a higher share was measured or estimated.
        given: inputs that must have rows; without them nothing is judged.
        sent: inputs that hold the values. If they have such rows, a column without any value is a failed join and
            breaks the limit. Otherwise the source never sent the quantity, and a share above 0 is only a warning.
        enough: number of rows from which a share above 0 is judged.
        reason: source of the share, or why the source sends nulls.
    """

    name: str
    columns: tuple[str, ...]
    when: str = "of a season"
    where: pl.Expr = field(default=EVERY_ROW, compare=False)
    at_most: float = 0.0
    given: tuple[Given, ...] = ()
    sent: tuple[Given, ...] = ()
    enough: int = ENOUGH
    reason: str = ""

    @property
    def reads(self) -> tuple[str, ...]:
        """Columns of the table that are needed to judge the limit."""
        return tuple(dict.fromkeys((*self.where.meta.root_names(), *self.columns)))
