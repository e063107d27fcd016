"""What changed from answer to answer: cells with another value, and rows that are gone."""

from __future__ import annotations

from datetime import date

import polars as pl

from quality.dataset import Table
from quality.diff import CELL, CONTENT, cells, compared, content, key_text
from tasks.corrections._statements import ResponseSpan, Statements, month_of_row, months_asked, routes
from tasks.lake.lake import Lake

ALIKE = 20  # rows of a game in which a value that changes alike is told once: a new start is not 400 changes of plays
PIECE = 50_000  # changed rows that are looked at together: what bounds memory
TOLD = ("key", *CELL, "first_seen", "last_seen", "raw_object")


def changes(
    lake: Lake, table: Table, season: int | None, history: list[ResponseSpan], month: date | None = None
) -> pl.DataFrame:
    """Changed cells and gone rows of a table: key, column_name, old, new, first_seen, last_seen, raw_object.

    Each row is compared with the same row in the answer before that had it. Columns that we compute or look up are left
    out: they follow from those that the source sends.

    Args:
        history: all answers behind the table, in the order of arrival; with `month`, those that can bring rows of it.
        month: tell of the rows that were first said to be of this month.
    """
    with Statements(lake, table) as said:
        index = _index(said, table, season, history, month)
        changed = index.filter(pl.col(CONTENT) != pl.col("content_before"))
        found = [_cells(said, table, season, history, part) for part in _pieces(changed)]
    rows = _until(pl.concat(found), index, table) if found else None
    parts = [*([_alike(rows, index, table)] if rows is not None else []), _gone(index, table)]
    answer = {"number": range(len(history)), "raw_object": [item.raw.path for item in history]}
    paths = pl.DataFrame(answer, schema={"number": pl.Int32, "raw_object": pl.String})
    return pl.concat([part.join(paths, on="number", how="left").select(TOLD) for part in parts])


def sent(table: Table) -> list[str]:
    """Columns whose values are the source's own."""
    computed = {item.column.name for item in table.derived} | ({table.lookup.column.name} if table.lookup else set())
    return [name for name in compared(table) if name not in computed]


def _index(
    said: Statements, table: Table, season: int | None, history: list[ResponseSpan], month: date | None
) -> pl.DataFrame:
    """Every statement about every row that was said twice: its key, hash, answer, and the statement before it."""
    names = list(dict.fromkeys([*table.key, *table.version]))
    narrow = [*map(pl.col, names), content(sent(table)), pl.col("raw_object")]
    narrow += [in_month.alias("month")] if month is not None and (in_month := month_of_row(table)) is not None else []
    earlier = [said.earlier(item).lazy().select(narrow).collect() for item in history if not item.current]
    current = pl.col("raw_object").is_in([item.raw.path for item in history if item.current])
    others = [
        said.current(route, season).filter(current).select(table.version).unique().collect()
        for route in routes(table)[1:]
    ]
    units = pl.concat([frame.select(table.version) for frame in earlier] + others).unique()
    now = [
        said.current(route, season, units, month).select(narrow).collect(engine="streaming") for route in routes(table)
    ]
    of_answer = pl.DataFrame(
        {
            "raw_object": [item.raw.path for item in history],
            "number": range(len(history)),
            "first": [item.first for item in history],
            "last": [item.raw.fetched_at for item in history],
            "until": [item.until for item in history],
            "current": [item.current for item in history],
            "whole": [not item.endpoint.partial for item in history],
        },
        schema_overrides={"number": pl.Int32, "until": pl.Datetime("us", "UTC")},
    )
    rows = pl.concat([*earlier, *now]).unique([*names, "raw_object"], keep="first", maintain_order=True)
    rows = rows.join(of_answer, on="raw_object", how="inner").drop("raw_object").sort(*table.key, "number")
    if month is not None:
        rows = rows.filter(_inside(table, history).first().over(table.key) == month).drop("month")
    return rows.with_columns(
        pl.int_range(pl.len(), dtype=pl.Int32).over(table.key).alias("position"),
        pl.col("number").shift().over(table.key).alias("number_before"),
        pl.col(CONTENT).shift().over(table.key).alias("content_before"),
    )


def _inside(table: Table, history: list[ResponseSpan]) -> pl.Expr:
    """Month of a row; of one that its request did not ask for, as when a filter is ignored, the nearest asked for."""
    asked = [months_asked(item.raw) if item.endpoint is table.source else set() for item in history]
    bounds = [pl.Series([of(months, default=None) for months in asked], dtype=pl.Date) for of in (min, max)]
    least, most = (pl.lit(values).gather(pl.col("number")) for values in bounds)
    return pl.max_horizontal(pl.min_horizontal("month", most), least)


def _cells(
    said: Statements, table: Table, season: int | None, history: list[ResponseSpan], changed: pl.DataFrame
) -> pl.DataFrame:
    """Changed cells of rows that answers changed, with the answer and the one before."""
    by, columns = [*table.key, "position"], sent(table)
    new = _rows(said, table, season, history, changed, "number")
    old = _rows(said, table, season, history, changed, "number_before")
    found = cells(old, new, by, columns).join(changed, on=by, how="left", nulls_equal=True)
    for which, value in (("number", "new"), ("number_before", "old")):
        # A column that was not sent is null in all rows: an answer without a null need not be parsed to know.
        for number in found.filter(pl.col(value).is_null())[which].unique():
            missing = pl.col("column_name").is_in(list(said.missing(history[number])))
            found = found.filter((pl.col(which) != number) | ~missing)
    return found


def _rows(
    said: Statements, table: Table, season: int | None, history: list[ResponseSpan], changed: pl.DataFrame, which: str
) -> pl.DataFrame:
    """The whole rows of the changed ones, as the answers of a column said them, each with its `position`."""
    by = [*table.key, "position"]
    frames = [
        said.earlier(history[part[which][0]]).join(part.select(by), on=table.key)
        for part in changed.partition_by(which)
        if not history[part[which][0]].current
    ]
    paths = pl.Series([item.raw.path if item.current else None for item in history], dtype=pl.String)
    now = changed.with_columns(raw_object=paths.gather(changed[which])).drop_nulls("raw_object")
    for route in routes(table) if not now.is_empty() else ():
        rows = said.current(route, season, now.select(table.version).unique())
        mine = rows.join(now.lazy().select(*by, "raw_object"), on=[*table.key, "raw_object"])
        frames.append(mine.collect(engine="streaming").unique(by, keep="first", maintain_order=True))
    return pl.concat(frames)


def _pieces(changed: pl.DataFrame) -> list[pl.DataFrame]:
    """Changed rows of whole answers, few enough to be in memory twice."""
    sizes = changed.group_by("number").len().sort("number")
    piece = sizes.select("number", piece=pl.col("len").cum_sum() // PIECE)
    return changed.join(piece, on="number").sort("number").partition_by("piece", maintain_order=True)


def _until(found: pl.DataFrame, index: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Adds first_seen and last_seen: of the answers from this one to the last before the value's next change."""
    by, place = list(table.key), pl.col("position")
    found = found.sort(*by, "column_name", "position")
    final = index.group_by(by).agg(place.max().alias("final"))
    found = found.join(final, on=by, how="left").with_columns(
        pl.coalesce(place.shift(-1).over(*by, "column_name") - 1, "final").alias("end")
    )
    ends = index.select(*by, place.alias("end"), pl.col("last").alias("last_seen"))
    return found.join(ends, on=[*by, "end"], how="left").rename({"first": "first_seen"})


def _alike(found: pl.DataFrame, index: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Cells with their key as text; those that changed alike in every row of a game, and in many, become one."""
    dtypes = dict(found.schema)
    found = found.with_columns(key=key_text(table.key, dtypes))
    step, cell = [*table.version, "number_before", "number"], [*table.version, "number_before", "number", *CELL]
    rows = index.group_by(step).agg(pl.len().alias("rows"))
    told = found.group_by(cell).agg(pl.len().alias("same"), pl.col("first_seen").min(), pl.col("last_seen").max())
    told = told.join(rows, on=step, how="left").filter((pl.col("same") == pl.col("rows")) & (pl.col("same") >= ALIKE))
    alone = found.join(told, on=cell, how="anti", nulls_equal=True)
    told = told.with_columns(key=key_text(table.version, dtypes))
    names = ["key", *CELL, "number", "first_seen", "last_seen"]
    return pl.concat([alone.select(names), told.select(names)])


def _gone(index: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Rows that no answer in force has: their game was answered anew without them, or is in no answer any more."""
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
        key=key_text(table.key, dict(gone.schema)),
        first_seen=pl.coalesce("later_first", "until", "last"),
        last_seen=pl.coalesce("in_force", "until", "last"),
        **{name: pl.lit(None, dtype) for name, dtype in CELL.items()},
    )
