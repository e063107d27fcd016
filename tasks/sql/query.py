"""SQL over the lake with DuckDB: one view per table, over the data files that Iceberg says are current."""

from __future__ import annotations

import re
from io import BytesIO

import duckdb
import orjson
import polars as pl

from tasks.errors import BadInput
from tasks.lake.lake import Lake
from tasks.sql.formats import Format
from tasks.sql.views import View, views

WIDTH, NARROW = 160, 6  # characters of the terminal, and of a column with its rule
ROWS_ON_SIDE = 6
NAME = re.compile(r"\b(bronze|silver|gold|ops)\"?\s*\.\s*\"?(\w+)", re.IGNORECASE)
WORD = re.compile(r"\bv_\w+", re.IGNORECASE)


def query(location: str, sql: str) -> pl.DataFrame:
    """Result of a SQL statement on the lake's tables, named `layer.table`, and on the views of `tasks/sql/views.py`.

    Raises:
        BadInput: when there is no lake, no such table, or the statement fails.
    """
    lake = Lake.open(location)
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        try:
            _require_select(connection, sql)
            _make_views(lake, connection, sql)
            result: pl.DataFrame = connection.sql(sql).pl()
        except duckdb.CatalogException as error:
            raise BadInput(f"{error}. The lake's tables: {', '.join(lake.tables()) or 'none yet'}") from error
        except duckdb.Error as error:
            raise BadInput(f"the query failed: {error}") from error
    return result


def _require_select(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    found = connection.extract_statements(sql)
    if len(found) != 1 or found[0].expected_result_type != [duckdb.ExpectedResultType.QUERY_RESULT]:
        raise BadInput("`cbbd-etl query` takes one SELECT and changes nothing; save its result with --output")


def _make_views(lake: Lake, connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Views for the tables that the statement names; all of them when it asks for the catalog."""
    present = lake.tables()
    asked = [found for word in sorted({word.lower() for word in WORD.findall(sql)}) if (found := views().get(word))]
    named = {f"{layer}.{table}".lower() for layer, table in NAME.findall(sql)}
    named |= {name for item in asked for name in item.tables}
    for layer in sorted({name.partition(".")[0] for name in present}):
        connection.execute(f"create schema {layer}")
    for name in present:
        if name in named or not named:
            _make_view(lake, connection, name)
    for item in asked:
        _make_analyst_view(lake, connection, item, present)


def _make_analyst_view(lake: Lake, connection: duckdb.DuckDBPyConnection, item: View, present: list[str]) -> None:
    """`v_team_dashboard`, also as `gold.v_team_dashboard`, where Athena has it."""
    if missing := [name for name in item.tables if name not in present]:
        raise BadInput(
            f"{item.name} needs {', '.join(missing)}, which {lake.location} does not have; "
            "`python flows/ingest.py` and `python flows/gold.py` build what is missing"
        )
    connection.execute(f"create view main.{item.name} as {item.duckdb()}")
    connection.execute(f"create view gold.{item.name} as select * from main.{item.name}")  # noqa: S608  a file's name


def _make_view(lake: Lake, connection: duckdb.DuckDBPyConnection, name: str) -> None:
    table = lake.iceberg(name)
    assert table is not None, f"{name} was listed a moment ago"
    paths = [task.file.file_path.removeprefix("file://") for task in table.scan().plan_files()]
    if not paths:
        empty = f"empty_{name.replace('.', '_')}"  # DuckDB looks registered frames up by name when the view is read
        connection.register(empty, lake.scan(name).collect().to_arrow())
        connection.execute(f"create view {name} as select * from {empty}")  # noqa: S608  names come from the catalog
        return
    files = ", ".join("'" + path.replace("'", "''") + "'" for path in sorted(paths))
    columns = ", ".join(f'"{field.name}"' for field in table.schema().fields)
    # Table names come from the catalog and columns from the schema, not from the user.
    connection.execute(
        f"create view {name} as select {columns} from read_parquet([{files}], union_by_name = true, "  # noqa: S608
        "hive_partitioning = false)"
    )


def render(frame: pl.DataFrame, form: Format) -> bytes:
    """A result as bytes in one of `FORMATS`; JSON is an array of objects."""
    if form == "csv":
        return _flat(frame).write_csv().encode()
    if form == "json":
        return orjson.dumps(frame.to_dicts(), default=str) + b"\n"
    if form == "parquet":
        buffer = BytesIO()
        frame.write_parquet(buffer)
        return buffer.getvalue()
    return _as_text(frame).encode()


def _as_text(frame: pl.DataFrame) -> str:
    """A table for the terminal; one with more columns than fit beside each other stands on its side."""
    count = f"{frame.height:,} {'row' if frame.height == 1 else 'rows'}"
    if sum(max(len(name), NARROW) for name in frame.columns) > WIDTH and frame.height:
        shown = frame.head(ROWS_ON_SIDE)
        more = f"; the first {shown.height} are shown, --format csv has all" if shown.height < frame.height else ""
        frame, count = _on_its_side(shown), f"{count} of {len(frame.columns)} columns, one column per line{more}"
    with pl.Config(
        tbl_rows=50 if frame.columns[:1] != ["column"] else -1,
        tbl_cols=30,
        tbl_width_chars=WIDTH,
        fmt_str_lengths=60,
        tbl_hide_dataframe_shape=True,
        tbl_hide_column_data_types=True,
    ):
        return f"{frame}\n{count}\n"


def _on_its_side(frame: pl.DataFrame) -> pl.DataFrame:
    """One line per column, one column per row, values as text."""
    rows = {str(place): [_short(value) for value in row] for place, row in enumerate(frame.iter_rows(), start=1)}
    return pl.DataFrame({"column": frame.columns, **rows})


def _short(value: object) -> str | None:
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    return None if value is None else str(value)


def _flat(frame: pl.DataFrame) -> pl.DataFrame:
    """Lists and structs as JSON text: CSV has none of its own."""
    nested = [name for name, dtype in frame.schema.items() if dtype.is_nested()]
    texts = {
        name: [None if value is None else orjson.dumps(value, default=str).decode() for value in frame[name].to_list()]
        for name in nested
    }
    return frame.with_columns(pl.Series(name, values, dtype=pl.String) for name, values in texts.items())
