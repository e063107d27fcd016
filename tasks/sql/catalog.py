"""What a lake has: its tables, their columns with their meaning, the seasons of a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

import duckdb
import polars as pl

from quality.columns import Column
from quality.dataset import Table, registry
from tasks.errors import BadInput
from tasks.lake.counts import row_count
from tasks.lake.lake import Lake
from tasks.sql._result import Result
from tasks.sql.names import Wanted, everything
from tasks.sql.views import View


def list_tables(lake: Lake, layer: str | None = None) -> Result:
    """Every table and view with its number of rows and its meaning; of one layer or of all.

    Raises:
        BadInput: when there is no such layer.
    """
    wanted = everything(lake)
    rows: list[tuple[str, int | None, str]] = [
        (name, row_count(lake, name), meaning(name)) for name in sorted(wanted.tables)
    ]
    rows += [(f"gold.{view.name}", None, view.question) for view in wanted.views]
    of_layer = [row for row in rows if layer is None or row[0].startswith(f"{layer}.")]
    if layer is not None and not of_layer:
        layers = ", ".join(sorted({row[0].partition(".")[0] for row in rows})) or "none yet"
        raise BadInput(f"the lake has no layer {layer}; it has: {layers}")
    schema = {"table": pl.String, "rows": pl.Int64, "meaning": pl.String}
    return Result(pl.DataFrame(of_layer, schema, orient="row"), is_listing=True)


def describe(connection: duckdb.DuckDBPyConnection, wanted: Wanted) -> Result:
    """Every column of a registered table or view: its SQL type, whether it can be null, and its meaning."""
    name = wanted.only
    assert name is not None, "one table is described at a time"
    known = _columns(wanted)
    rows = []
    for column, kind, *_ in connection.execute(f"describe {name}").fetchall():
        found = known.get(column)
        nullable = found is None or found.nullable or bool(wanted.views)  # a view may join what is not there
        rows.append((column, kind, "yes" if nullable else "no", "" if found is None else column_meaning(found)))
    frame = pl.DataFrame(rows, dict.fromkeys(("column", "type", "nullable", "meaning"), pl.String), orient="row")
    return Result(frame, heading=f"{name}: {_heading(name, wanted.views)}", is_listing=True)


def coverage(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    """What a registered table or view covers: its seasons, or how many rows it has."""
    columns = {row[0] for row in connection.execute(f"describe {name}").fetchall()}
    season = next((column for column in ("season", "year") if column in columns), None)
    if season is None:
        ((count,),) = connection.execute(f"select count(*) from {name}").fetchall()  # noqa: S608  a name of the lake
        return f"{name} has {count:,} {'row' if count == 1 else 'rows'}"
    found = connection.execute(f"select distinct {season} from {name} order by 1").fetchall()  # noqa: S608  likewise
    seasons = [value for (value,) in found if value is not None]
    return f"{name} has the {season}{'s' * (len(seasons) > 1)} {ranges(seasons)}" if seasons else f"{name} has no rows"


def ranges(numbers: Iterable[int]) -> str:
    """Ascending numbers as people write them: `2015-2020, 2023`; nothing for none."""
    whole = list(numbers)
    if not whole:
        return ""
    breaks = [place for place, (one, other) in enumerate(pairwise(whole), start=1) if other != one + 1]
    parts = [whole[start:end] for start, end in pairwise([0, *breaks, len(whole)])]
    return ", ".join(f"{part[0]}-{part[-1]}" if len(part) > 1 else str(part[0]) for part in parts)


def contract(name: str) -> Table | None:
    """The contract of a table by its SQL name; None when no contract describes it."""
    layer, _, short = name.partition(".")
    if layer == "bronze":
        endpoint = registry().endpoints.get(short)
        return endpoint.table if endpoint is not None else None
    return registry().tables.get(name)


def meaning(name: str) -> str:
    """What a row of a table is; empty for a table without a contract."""
    found = contract(name)
    return found.description if found is not None else ""


def _heading(name: str, views: list[View]) -> str:
    if views:
        return views[0].question
    found = contract(name)
    if found is None:
        return "no contract describes this table"
    return found.description + (f" Key: {', '.join(found.key)}." if found.key else "")


def _columns(wanted: Wanted) -> Mapping[str, Column]:
    """Columns by name. A name has one meaning in the whole lake, so the columns of a view mean what they do there."""
    contracts = [found for name in wanted.all_tables if (found := contract(name)) is not None]
    return {column.name: column for contract in contracts for column in contract.columns}


def column_meaning(column: Column) -> str:
    """What a column means, with its unit."""
    unit = "" if column.unit is None or column.unit in column.description else f" ({column.unit})"
    return column.description + unit
