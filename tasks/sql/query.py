"""SQL over the lake with DuckDB, on the data files that Iceberg says are current."""

from __future__ import annotations

import duckdb
import polars as pl

from tasks.errors import BadInput
from tasks.lake.cached import CachedLake
from tasks.lake.lake import Lake
from tasks.sql._connection import connected, register
from tasks.sql._errors import explained
from tasks.sql._result import Result
from tasks.sql._statement import Statement, read_statement
from tasks.sql.catalog import coverage, describe, list_tables
from tasks.sql.interruption import interruptible
from tasks.sql.names import table_of, wanted_by

NOT_IN_A_FRAME = ("INTERVAL", "UNION", "BIGNUM")  # types that Polars does not have; they become text


def query(lake: Lake, sql: str, limit: int | None = None) -> pl.DataFrame:
    """Rows of a SQL statement on the lake's tables, named `layer.table`, and on the views of `tasks/sql/views.py`.

    Args:
        limit: return only the first rows, this many; None returns all.

    Raises:
        BadInput: when the lake has no such table, or the statement fails, does more than read, or reads anything else.
        LakeUnavailable: when the lake's data cannot be read.
    """
    return run(lake, sql, limit).frame


def run(lake: Lake, sql: str, limit: int | None = None) -> Result:
    """Like `query`, with what a person should know about the rows."""
    lake = CachedLake(lake)
    with connected() as connection, explained(lake):
        statement = read_statement(connection, sql)
        if statement.shows == "tables":
            return list_tables(lake, statement.layer)
        if statement.shows == "columns":
            wanted = table_of(statement, lake)
            register(connection, lake, wanted)
            return describe(connection, wanted)
        return interruptible(connection, lambda: _rows(connection, lake, statement, limit))


def _rows(connection: duckdb.DuckDBPyConnection, lake: Lake, statement: Statement, limit: int | None) -> Result:
    wanted = wanted_by(statement, lake, connection)
    register(connection, lake, wanted)
    frame = _frame(connection, statement.sql, limit)
    is_empty = frame.is_empty() and wanted.only is not None
    return Result(frame, note=coverage(connection, wanted.only) if is_empty and wanted.only else "")


def _frame(connection: duckdb.DuckDBPyConnection, sql: str, limit: int | None) -> pl.DataFrame:
    relation = connection.sql(sql)
    if limit is not None:
        relation = relation.limit(limit)
    types = list(map(str, relation.types))
    if any(name in kind for kind in types for name in NOT_IN_A_FRAME):
        texts = (_as_text(place, kind) for place, kind in enumerate(types))
        names = relation.columns
        relation = relation.project(", ".join(f'{text} as "{_quoted(names[n])}"' for n, text in enumerate(texts)))
    try:
        frame: pl.DataFrame = relation.pl()
    except pl.exceptions.PolarsError as error:
        raise BadInput(f"the result has a type that cannot be shown ({error}); cast it to varchar") from error
    whole = [name for name, kind in zip(frame.columns, types, strict=True) if kind == "HUGEINT"]
    return frame.with_columns(_whole(frame[name]) for name in whole)


def _as_text(place: int, kind: str) -> str:
    """A column by its place, as text where Polars lacks its type."""
    return f"cast(#{place + 1} as varchar)" if any(name in kind for name in NOT_IN_A_FRAME) else f"#{place + 1}"


def _quoted(name: str) -> str:
    return name.replace('"', '""')


def _whole(column: pl.Series) -> pl.Series:
    """A sum of whole numbers as whole numbers where they fit: DuckDB's 128 bits arrive as decimals."""
    found = column.cast(pl.Int64, strict=False)
    return found if found.null_count() == column.null_count() else column
