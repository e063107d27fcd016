"""How much of a nullable column may be null, and among which rows: where a join fails, it shows here first.

A gold table above a limit is not published. A silver table above one is a warning of the audit: the source may mean it.

A limit names the rows that should have a value by what the row itself says (a player with minutes, a game with lines),
so that a season in progress, a season without lines or a lake without recruits is no exception but simply not judged.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

EVERY_ROW = pl.lit(value=True)
ENOUGH = 100  # rows that a share is judged of; of fewer a handful of cases would decide


@dataclass(frozen=True)
class Given:
    """Rows of an input without which a limit is not judged.

    Args:
        table: its qualified name.
        columns: what `where` reads.
        where: the rows that count.
        seasons: first and last season that count, as distances from the season that is made; (-1, -1): the last.
    """

    table: str
    columns: tuple[str, ...]
    where: pl.Expr = field(default=EVERY_ROW, compare=False)
    seasons: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class NullLimit:
    """Of each of these columns at most a share is null among some rows of a season.

    Args:
        name: what the columns tell, unique in the table; with the table's name it is the name of the rule.
        columns: nullable columns of the table.
        when: the rows that are judged, in words.
        where: the same as an expression over columns of the table.
        at_most: share that may be null, 0-1. 0 follows from the formula; more is known of the source, or a judgement.
        given: inputs that must have rows; without them nothing is judged.
        enough: rows from which on a share above 0 is judged.
        reason: where the share comes from.
    """

    name: str
    columns: tuple[str, ...]
    when: str = "in a season"
    where: pl.Expr = field(default=EVERY_ROW, compare=False)
    at_most: float = 0.0
    given: tuple[Given, ...] = ()
    enough: int = ENOUGH
    reason: str = ""

    @property
    def reads(self) -> tuple[str, ...]:
        """Columns of the table that are needed to judge."""
        return tuple(dict.fromkeys((*self.where.meta.root_names(), *self.columns)))
