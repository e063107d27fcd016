"""A DuckDB connection that sees some tables of a lake and nothing else of the machine or the network."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import duckdb
from pyiceberg.table import Table as IcebergTable

from tasks.errors import LakeUnavailable
from tasks.lake.lake import Lake
from tasks.lake.storage import FAILURES, unavailable
from tasks.sql.names import Wanted
from tasks.sql.views import View

CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",  # else a statement could read our variables
}


@contextmanager
def connected() -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database in memory; what does not fit there is in a temporary folder until the end."""
    with (
        tempfile.TemporaryDirectory(prefix="cbbd-query-", ignore_cleanup_errors=True) as folder,
        duckdb.connect(config={**CONFIG, "temp_directory": folder}) as connection,
    ):
        connection.execute("set timezone = 'UTC'; set parquet_metadata_cache = true")
        connection.execute("set enable_progress_bar = false")  # it is printed on standard output, among the rows
        yield connection


def register(connection: duckdb.DuckDBPyConnection, lake: Lake, wanted: Wanted) -> None:
    """Make tables and views readable under their names, then lock the connection: only their files can be read.

    Raises:
        LakeUnavailable: when the data of a table cannot be read.
    """
    found = {name: _existing(lake, name) for name in wanted.all_tables}
    sizes = _sizes(found)
    every_file = {path: size for files in sizes.values() for path, size in files.items()}
    _reach(connection, found.values(), every_file)
    for schema in sorted({name.partition(".")[0] for name in found} | ({"gold"} if wanted.views else set())):
        connection.execute(f"create schema {schema}")
    for name, table in found.items():
        try:
            _register_table(connection, lake, name, table, sorted(sizes[name]))
        except duckdb.Error as error:
            raise unreadable(error) from error
    for view in wanted.views:
        _register_view(connection, view)
    _lock(connection, list(every_file))


def unreadable(error: duckdb.Error) -> LakeUnavailable:
    """What it means that a data file of the lake cannot be read."""
    lines = [line for line in str(error).partition("\n\nLINE")[0].splitlines() if line.strip()]
    said = lines[-1].strip()[:300]  # what went wrong in Python's part comes with a traceback before it
    return LakeUnavailable(
        f"the data of the lake could not be read ({said}). A run may have replaced the table meanwhile: run the query "
        "again. If that fails, too, `cbbd-etl rebuild` rebuilds the tables from raw"
    )


def _existing(lake: Lake, name: str) -> IcebergTable:
    table = lake.iceberg(name)
    assert table is not None, f"{name} was there a moment ago"
    return table


def _sizes(tables: Mapping[str, IcebergTable]) -> dict[str, dict[str, int]]:
    try:
        return {name: _files(table) for name, table in tables.items()}
    except FAILURES as error:
        raise unavailable(error) from error


def _files(table: IcebergTable) -> dict[str, int]:
    """Bytes of the current data files by address; of files in a folder, by path."""
    files = [task.file for task in table.scan().plan_files()]
    return {file.file_path.removeprefix("file://"): file.file_size_in_bytes for file in files}


def _reach(connection: duckdb.DuckDBPyConnection, tables: Iterable[IcebergTable], sizes: dict[str, int]) -> None:
    """Let DuckDB read files that are in no folder of this machine."""
    remote = {path: size for path, size in sizes.items() if "://" in path}
    if remote:
        from tasks.sql._files import DataFiles  # noqa: PLC0415  for lakes on S3 only

        connection.register_filesystem(DataFiles(next(iter(tables)).io, remote))


def _register_table(
    connection: duckdb.DuckDBPyConnection, lake: Lake, name: str, table: IcebergTable, paths: list[str]
) -> None:
    if not paths:
        empty = f"empty_{name.replace('.', '_')}"  # DuckDB looks registered frames up by name when the view is read
        connection.register(empty, lake.scan(name).collect().to_arrow())
        connection.execute(f"create view {name} as select * from {empty}")  # noqa: S608  names come from the catalog
        return
    columns = ", ".join(f'"{field.name}"' for field in table.schema().fields)
    # Table names come from the catalog and columns from the schema, not from the user.
    connection.execute(
        f"create view {name} as select {columns} from read_parquet({_texts(paths)}, union_by_name = true, "  # noqa: S608
        "hive_partitioning = false)"
    )


def _register_view(connection: duckdb.DuckDBPyConnection, view: View) -> None:
    """`v_team_dashboard`, also as `gold.v_team_dashboard`, where Athena has it."""
    connection.execute(f"create view main.{view.name} as {view.duckdb()}")
    connection.execute(f"create view gold.{view.name} as select * from main.{view.name}")  # noqa: S608  a file's name


def _lock(connection: duckdb.DuckDBPyConnection, paths: Iterable[str]) -> None:
    connection.execute(f"set allowed_paths = {_texts(paths)}")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")


def _texts(values: Iterable[str]) -> str:
    """A list of texts in SQL."""
    return "[" + ", ".join("'" + value.replace("'", "''") + "'" for value in values) + "]"
