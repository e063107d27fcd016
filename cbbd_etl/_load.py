"""Tables and results of SQL as data frames."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, overload

import polars as pl

from cbbd_etl._lake import Moment, Place, Seasons, Version, open_lake
from tasks.errors import BadInput, did_you_mean
from tasks.lake.damage import explaining
from tasks.sql.query import query as run_query


@overload
def load(
    table: str,
    *,
    seasons: Seasons = None,
    columns: Iterable[str] | None = None,
    as_of: Moment = None,
    lazy: Literal[False] = False,
    lake: Place = None,
) -> pl.DataFrame: ...
@overload
def load(
    table: str,
    *,
    seasons: Seasons = None,
    columns: Iterable[str] | None = None,
    as_of: Moment = None,
    lazy: Literal[True],
    lake: Place = None,
) -> pl.LazyFrame: ...
def load(
    table: str,
    *,
    seasons: Seasons = None,
    columns: Iterable[str] | None = None,
    as_of: Moment = None,
    lazy: bool = False,
    lake: Place = None,
) -> pl.DataFrame | pl.LazyFrame:
    """A table of the lake: `load("fct_plays", seasons=[2024, 2025])`. Rows are in no order.

    `.to_pandas()` of the result needs the extra `cbbd-etl[pandas]`; `.to_arrow()` needs nothing.

    Args:
        table: its name, with or without the layer: `fct_games`, `silver.fct_games`. Bronze needs the layer.
        seasons: by the year they end in; True for all. Default: the newest one that the table has. A table without
            seasons is read whole.
        columns: the columns to read, in this order. Default: all.
        as_of: read the table as it was in the lake at this time: the Iceberg version that was the newest then. A day
            means its first moment in US Eastern. This is the time of our commits, not of the games: results of a day
            come into the lake with the ingest after it. Versions are kept until maintenance expires them. Each table
            has its own versions, so two tables can be from before and after a commit of the same run.
        lazy: return a LazyFrame, of which `collect()` reads only what is needed.
        lake: folder or `s3://bucket/prefix`; S3 is read with the credentials that all AWS tools use.

    Raises:
        BadInput: when the lake has no such table, column, season or version.
        LakeUnavailable: when the lake's data cannot be read.
    """
    opened = open_lake(lake)
    with explaining(opened):
        version = Version.of(opened, table, as_of)
        frame = version.of_seasons(seasons)
        if columns is not None:
            frame = frame.select(_checked(version, columns, frame.collect_schema().names()))
        return frame if lazy else frame.collect()


def _checked(version: Version, columns: Iterable[str], known: list[str]) -> list[str]:
    wanted = [columns] if isinstance(columns, str) else list(columns)
    if unknown := [name for name in wanted if name not in known]:
        raise BadInput(f"{version.name} has no column {unknown[0]}{did_you_mean(unknown[0], known)}")
    return wanted


def query(sql: str, *, limit: int | None = None, lake: Place = None) -> pl.DataFrame:
    """Rows of one SELECT (DuckDB) on the lake's tables, `layer.table`, and on the views `gold.v_...`.

    The query reads the lake and nothing else: no other file, no network, no extension.

    Args:
        sql: the statement.
        limit: return only the first rows, this many; None returns all.
        lake: folder or `s3://bucket/prefix`.

    Raises:
        BadInput: when the lake has no such table, the limit is below 1, or the statement fails, does more than read, or
            reads anything else.
        LakeUnavailable: when the lake's data cannot be read.
    """
    if limit is not None and limit < 1:
        raise BadInput(f"limit: {limit} is not a number of rows; the least is 1")
    opened = open_lake(lake)
    with explaining(opened):
        return run_query(opened, sql, limit)
