"""One DuckDB file with the tables of an export: types, comments with their meaning, views for analysts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

import duckdb

from tasks.sql.catalog import column_meaning, contract
from tasks.sql.interruption import interruptible
from tasks.sql.views import views

# DuckDB 2 writes files that only DuckDB 2 opens, unless the file is kept readable for an older version.
READABLE_SINCE = "v1.2.0"

Write = Callable[[Path], None]
"""Writes a part of a table into a Parquet file."""


def write_database(file: Path, tables: Mapping[str, Iterable[Write]], done: Callable[[str], None]) -> None:
    """Write tables `layer.table` into a new file, and the views `gold.v_...` whose tables are all among them.

    DuckDB opens the file since version 1.2.

    Args:
        tables: for each table what writes its parts; the first gives its columns.
        done: is called with the name of each table that is written.
    """
    file.unlink(missing_ok=True)
    with duckdb.connect(str(file), config={"storage_compatibility_version": READABLE_SINCE}) as connection:
        connection.execute("set timezone = 'UTC'; set enable_progress_bar = false")
        for schema in sorted({name.partition(".")[0] for name in tables}):
            connection.execute(f"create schema {schema}")
        for name, parts in tables.items():
            _write_table(connection, name, parts, file.with_name(f"{file.name}.part"))
            done(name)
        for view in views().values():
            if tables.keys() >= set(view.tables):
                connection.execute(f"create view gold.{view.name} as {view.duckdb()}")
                connection.execute(f"comment on view gold.{view.name} is {_text(view.question)}")


def _write_table(connection: duckdb.DuckDBPyConnection, name: str, parts: Iterable[Write], between: Path) -> None:
    # Names of tables and columns come from the catalog, not from the user.
    for number, write in enumerate(parts):
        write(between)
        start = f"insert into {name} by name" if number else f"create table {name} as"
        copy = f"{start} select * from read_parquet(?, hive_partitioning = false)"  # noqa: S608
        interruptible(connection, partial(connection.execute, copy, [str(between)]))
        between.unlink()
    for statement in _comments(connection, name):
        connection.execute(statement)


def _comments(connection: duckdb.DuckDBPyConnection, name: str) -> Iterator[str]:
    known = contract(name)
    if known is None:
        return
    key = f" Key: {', '.join(known.key)}." if known.key else ""
    yield f"comment on table {name} is {_text(known.description + key)}"
    for column, *_ in connection.execute(f"describe {name}").fetchall():
        if found := known.by_name.get(column):
            yield f'comment on column {name}."{column}" is {_text(column_meaning(found))}'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
