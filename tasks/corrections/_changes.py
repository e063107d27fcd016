"""Changes between the responses to the same request: cells with another value, and rows that are gone."""

from __future__ import annotations

from datetime import date

import polars as pl

from quality.dataset import Pattern, Table
from quality.diff import CELL, CONTENT, cells, content, key_text
from tasks.corrections._statements import (
    ResponseSpan,
    Statements,
    dates_with,
    month_of_row,
    requested_months,
    routes,
    sent,
)
from tasks.lake.iceberg import next_month
from tasks.requests import DAY

ALIKE = 20  # equal changes of so many rows of a game become one: a new start time is not 400 changes of plays
PIECE = 50_000  # changed rows that are compared at a time, to limit memory
COLUMNS = ("key", *CELL, "first_seen", "last_seen", "raw_object")


def changes(
    statements: Statements, season: int | None, history: list[ResponseSpan], month: date | None = None
) -> pl.DataFrame:
    """Changed cells and removed rows of a table: key, column_name, old, new, first_seen, last_seen, raw_object.

    Each row is compared with the same row in the last earlier response that has it. Computed and looked-up columns are
    left out, because they follow from the columns that the source sends.

    Args:
        history: all responses for the table, in order of arrival; with `month`, those that can have rows of that month.
        month: only rows that were of this month in their first response.
    """
    table = statements.table
    index = _index(statements, table, season, history, month)
    changed = index.filter(pl.col(CONTENT) != pl.col("content_before"))
    found = [_cells(statements, table, season, history, part) for part in _pieces(changed)]
    rows = _until(pl.concat(found), index, table) if found else None
    parts = [*([_alike(rows, index, table)] if rows is not None else []), _gone(index, table)]
    numbers = {"number": range(len(history)), "raw_object": [item.raw.path for item in history]}
    paths = pl.DataFrame(numbers, schema={"number": pl.Int32, "raw_object": pl.String})
    return pl.concat([part.join(paths, on="number", how="left").select(COLUMNS) for part in parts])


def _index(
    statements: Statements, table: Table, season: int | None, history: list[ResponseSpan], month: date | None
) -> pl.DataFrame:
    """One row per response and row of the table, for rows in two or more responses.

    Columns: the row's key, its content hash, the response, and the response before it that has the same row.
    """
    columns = _index_columns(table, month)
    earlier = [statements.earlier(item).lazy().select(columns).collect() for item in history if not item.current]
    now = _current(statements, table, season, history, month, earlier)
    key = list(dict.fromkeys([*table.key, *table.version, "raw_object"]))
    rows = pl.concat([*earlier, *now]).lazy().unique(key, keep="first", maintain_order=True)
    rows = rows.join(_responses(history), on="raw_object", how="inner").drop("raw_object")
    rows = _trusted(rows, history).sort(*table.key, "number")
    if month is not None:
        rows = rows.filter(_month(table, history).first().over(table.key) == month).drop("month")
    return rows.with_columns(
        pl.int_range(pl.len(), dtype=pl.Int32).over(table.key).alias("position"),
        pl.col("number").shift().over(table.key).alias("number_before"),
        pl.col(CONTENT).shift().over(table.key).alias("content_before"),
    ).collect()


def _trusted(rows: pl.LazyFrame, history: list[ResponseSpan]) -> pl.LazyFrame:
    """Rows without the games that are held back; earlier responses are current for the games that bronze keeps."""
    for part in ("without", "kept"):
        pairs = [(number, game) for number, item in enumerate(history) for game in getattr(item, part)]
        if not pairs:
            continue
        games = pl.LazyFrame(pairs, schema={"number": pl.Int32, "game_id": pl.Int64}, orient="row")
        if part == "without":
            rows = rows.join(games, on=["number", "game_id"], how="anti")
        else:
            named = rows.join(games.with_columns(named=True), on=["number", "game_id"], how="left")
            rows = named.with_columns(pl.col("current") | pl.col("named").fill_null(value=False)).drop("named")
    return rows


def _index_columns(table: Table, month: date | None) -> list[pl.Expr]:
    """Key, version, content hash and response of a row, and its month if one is wanted."""
    names = list(dict.fromkeys([*table.key, *table.version]))
    columns = [*map(pl.col, names), content(sent(table)), pl.col("raw_object")]
    of_row = month_of_row(table) if month is not None else None
    return columns if of_row is None else [*columns, of_row.alias("month")]


def _current(
    statements: Statements,
    table: Table,
    season: int | None,
    history: list[ResponseSpan],
    month: date | None,
    earlier: list[pl.DataFrame],
) -> list[pl.DataFrame]:
    """Index rows of the current responses, for versions of rows that another response has too."""
    current = pl.col("raw_object").is_in([item.path for item in history if item.current])
    source, *others = routes(table)
    other_units = [
        statements.current(route, season).filter(current).select(table.version).unique().collect() for route in others
    ]
    units = pl.concat([*(frame.select(table.version) for frame in earlier), *other_units]).unique()
    columns, dates = _index_columns(table, month), _dates(statements, table, history, month, units)
    return [
        statements.current(route, season, units, dates).select(columns).collect(engine="streaming")
        for route in (source, *others)
    ]


def _dates(
    statements: Statements, table: Table, history: list[ResponseSpan], month: date | None, units: pl.DataFrame
) -> tuple[date, date] | None:
    """First and last date whose responses can have the rows of a month that are looked for."""
    if month is None or routes(table)[0].pattern is not Pattern.DATES:
        return None
    known = dates_with(statements.lake, history, units["game_id"]) if table.version == ("game_id",) else None
    return known or (month - DAY, next_month(month) + DAY)


def _responses(history: list[ResponseSpan]) -> pl.LazyFrame:
    """One row per response: its number in the order of arrival, and the facts about it."""
    rows = [
        (item.path, number, item.first, item.raw.fetched_at, item.until, item.current, not item.endpoint.partial)
        for number, item in enumerate(history)
    ]
    return pl.LazyFrame(rows, schema=RESPONSE, orient="row")


TIME = pl.Datetime("us", "UTC")
RESPONSE = {
    "raw_object": pl.String(),
    "number": pl.Int32(),
    "first": TIME,
    "last": TIME,
    "until": TIME,
    "current": pl.Boolean(),
    "whole": pl.Boolean(),
}


def _month(table: Table, history: list[ResponseSpan]) -> pl.Expr:
    """Month of a row. If its request did not cover it (the API ignored a filter), the nearest month that it covered."""
    requested = [requested_months(item.raw) if item.of(table) else set() for item in history]
    bounds = [pl.Series([of(months, default=None) for months in requested], dtype=pl.Date) for of in (min, max)]
    least, most = (pl.lit(values).gather(pl.col("number")) for values in bounds)
    return pl.max_horizontal(pl.min_horizontal("month", most), least)


def _cells(
    statements: Statements, table: Table, season: int | None, history: list[ResponseSpan], changed: pl.DataFrame
) -> pl.DataFrame:
    """Changed cells of the changed rows, with the response and the one before it."""
    by, columns = [*table.key, "position"], sent(table)
    new = _rows(statements, table, season, history, changed, "number")
    old = _rows(statements, table, season, history, changed, "number_before")
    found = cells(old, new, by, columns).join(changed, on=by, how="left", nulls_equal=True)
    for which, value in (("number", "new"), ("number_before", "old")):
        # A missing column is null in all rows, so responses without a null need not be parsed for missing columns.
        for number in found.filter(pl.col(value).is_null())[which].unique():
            missing = pl.col("column_name").is_in(list(statements.missing(history[number])))
            found = found.filter((pl.col(which) != number) | ~missing)
    return found


def _rows(
    statements: Statements,
    table: Table,
    season: int | None,
    history: list[ResponseSpan],
    changed: pl.DataFrame,
    which: str,
) -> pl.DataFrame:
    """All columns of the changed rows, from the responses in the column `which`, each row with its `position`."""
    by = [*table.key, "position"]
    frames = [
        statements.earlier(history[part[which][0]]).join(part.select(by), on=table.key)
        for part in changed.partition_by(which)
        if not history[part[which][0]].current
    ]
    paths = pl.Series([item.path if item.current else None for item in history], dtype=pl.String)
    now = changed.with_columns(raw_object=paths.gather(changed[which])).drop_nulls("raw_object")
    for route in routes(table) if not now.is_empty() else ():
        rows = statements.current(route, season, now.select(table.version).unique())
        mine = rows.join(now.lazy().select(*by, "raw_object"), on=[*table.key, "raw_object"])
        frames.append(mine.collect(engine="streaming").unique(by, keep="first", maintain_order=True))
    return pl.concat(frames)


def _pieces(changed: pl.DataFrame) -> list[pl.DataFrame]:
    """Changed rows in groups of complete responses, small enough to be in memory twice."""
    sizes = changed.group_by("number").len().sort("number")
    piece = sizes.select("number", piece=pl.col("len").cum_sum() // PIECE)
    return changed.join(piece, on="number").sort("number").partition_by("piece", maintain_order=True)


def _until(found: pl.DataFrame, index: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Adds first_seen and last_seen: from this response to the last one before the value changes again."""
    by, place = list(table.key), pl.col("position")
    found = found.sort(*by, "column_name", "position")
    final = index.group_by(by).agg(place.max().alias("final"))
    found = found.join(final, on=by, how="left").with_columns(
        pl.coalesce(place.shift(-1).over(*by, "column_name") - 1, "final").alias("end")
    )
    ends = index.select(*by, place.alias("end"), pl.col("last").alias("last_seen"))
    return found.join(ends, on=[*by, "end"], how="left").rename({"first": "first_seen"})


def _alike(found: pl.DataFrame, index: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Cells with their key as text. Equal changes in all rows of a game, if there are many, become one."""
    dtypes = dict(found.schema)
    found = found.with_columns(key=key_text(table.key, dtypes))
    step, cell = [*table.version, "number_before", "number"], [*table.version, "number_before", "number", *CELL]
    rows = index.group_by(step).agg(pl.len().alias("rows"))
    merged = found.group_by(cell).agg(pl.len().alias("same"), pl.col("first_seen").min(), pl.col("last_seen").max())
    in_all = (pl.col("same") == pl.col("rows")) & (pl.col("same") >= ALIKE)
    merged = merged.join(rows, on=step, how="left").filter(in_all)
    single = found.join(merged, on=cell, how="anti", nulls_equal=True)
    merged = merged.with_columns(key=key_text(table.version, dtypes))
    names = ["key", *CELL, "number", "first_seen", "last_seen"]
    return pl.concat([single.select(names), merged.select(names)])


def _gone(found: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Rows that no current response has: a later response has their game without them, or no response has the game."""
    dtypes, index = dict(found.schema), found.lazy()
    whole = index.filter("whole")
    force = whole.filter("current").group_by(table.version).agg(pl.col("last").max().alias("in_force"))
    rows = index.join(force, on=table.version, how="left")
    present = rows.filter(pl.col("current") & (pl.col("last") >= pl.col("in_force").fill_null(pl.col("last"))))
    gone = rows.group_by(table.key).last().join(present, on=table.key, how="anti")
    after = whole.select(*table.version, pl.col("number").alias("later"), pl.col("first").alias("later_first")).unique()
    later = gone.join(after, on=table.version, how="inner").filter(pl.col("later") > pl.col("number"))
    later = later.group_by(table.key).agg(pl.col("later").min(), pl.col("later_first").min())
    gone = gone.join(later, on=table.key, how="left")
    return gone.select(
        pl.col("later").alias("number"),
        key=key_text(table.key, dtypes),
        first_seen=pl.coalesce("later_first", "until", "last"),
        last_seen=pl.coalesce("in_force", "until", "last"),
        **{name: pl.lit(None, dtype) for name, dtype in CELL.items()},
    ).collect()
