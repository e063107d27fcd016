"""What a lake has: tables, columns and their meaning. Everything follows from the registry and Iceberg's metadata."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from cbbd_etl._lake import Place, open_lake
from quality.columns import Column
from quality.dataset import Table, registry
from quality.wording import null_rule, type_name, valid
from tasks.errors import BadInput, NoLake, did_you_mean
from tasks.lake.damage import explaining
from tasks.lake.lake import Lake
from tasks.sql.catalog import contract, meaning, ranges
from tasks.sql.facts import Facts, facts
from tasks.sql.names import everything, nearest
from tasks.sql.query import query
from tasks.sql.views import View, views

TABLES: dict[str, pl.DataType | type[pl.DataType]] = {
    "table": pl.String,
    "rows": pl.Int64,
    "seasons": pl.String,
    "fetched_at": pl.Datetime("us", "UTC"),
    "updated_at": pl.Datetime("us", "UTC"),
    "meaning": pl.String,
}
SIMILAR = 0.6
NOTHING = Facts(0, (), None, None)
IN_EXAMPLE = 3  # columns of an example beside the key


@dataclass(frozen=True)
class Description:
    """What a table is.

    Attributes:
        table: its name with its layer.
        meaning: what a row is.
        key: columns that identify a row; empty for bronze and views.
        point_in_time: column with the morning that a row is valid for; it uses only information from before.
        facts: what the lake has of it, in words; None where there is no lake.
        columns: one row per column: column, type, unit, null (when it is null), valid (valid values), meaning.
        examples: command lines and Python lines that read it.
    """

    table: str
    meaning: str
    key: tuple[str, ...]
    point_in_time: str | None
    facts: str | None
    columns: pl.DataFrame
    examples: tuple[str, ...]

    @property
    def grain(self) -> str:
        """What identifies a row: `one row per game_id, team_id`; empty for a view."""
        if self.key:
            return f"one row per {', '.join(self.key)}"
        return next((found for found in self.meaning.split(". ") if found.startswith("One row per")), "")

    def to_dict(self) -> dict[str, Any]:
        """The description as values that JSON has; `columns` is a list with a dictionary per column."""
        names = ("table", "meaning", "grain", "key", "point_in_time", "facts")
        found = {name: getattr(self, name) for name in names}
        return found | {"columns": self.columns.to_dicts(), "examples": list(self.examples)}

    def __str__(self) -> str:
        """The description as text, a line per column."""
        head = [f"{self.table}: {self.meaning}", *filter(None, (self.grain and f"grain: {self.grain}", self.facts))]
        rows = self.columns.select("column", "type", "unit", "null", "meaning").iter_rows()
        lines = ["  " + " | ".join(filter(None, row)) for row in rows]
        return "\n".join([*head, "columns:", *lines, "examples:", *(f"  {line}" for line in self.examples)])


def tables(*, lake: Place = None) -> pl.DataFrame:
    """Every table and view of the lake: rows, seasons, time of the newest response, of the last commit, and meaning.

    Returns:
        table, rows, seasons (`2015-2020, 2023`), fetched_at (UTC; null for computed tables), updated_at (UTC), meaning.
        For a view only table and meaning are filled.
    """
    opened = open_lake(lake)
    with explaining(opened):
        wanted = everything(opened)
        rows = [_row(name, _facts(opened, name)) for name in sorted(wanted.tables)]
    rows += [(f"gold.{view.name}", None, "", None, None, view.question) for view in wanted.views]
    return pl.DataFrame(rows, TABLES, orient="row")


def _row(name: str, found: Facts) -> tuple[object, ...]:
    return name, found.rows, ranges(found.seasons), found.fetched_at, found.updated_at, meaning(name)


def _facts(lake: Lake, name: str) -> Facts:
    table = lake.iceberg(name)
    return NOTHING if table is None else facts(table)


def columns(search: str) -> pl.DataFrame:
    """Columns whose name or meaning has all words of a search: `columns("offensive rebound")`. No lake is needed.

    Returns:
        column, type, unit, meaning, tables (SQL names; bronze only for columns that no other layer has). Columns whose
        name has the words come first.

    Raises:
        BadInput: when no column has them; it names similar columns.
    """
    words = search.lower().replace("_", " ").split()
    if not words:
        raise BadInput("columns: name a word of a column's name or meaning, such as rebound")
    homes = _homes()
    found = [(column, where) for column, where in homes.values() if _has(f"{column.name} {column.description}", words)]
    if not found:
        raise BadInput(f"no column has the words {search!r}{did_you_mean('_'.join(words), homes)}")
    found.sort(key=lambda item: (not _has(item[0].name, words), item[0].name))
    rows = [(c.name, type_name(c.dtype), c.unit or "", c.description, where) for c, where in found]
    schema: dict[str, pl.DataType] = dict.fromkeys(("column", "type", "unit", "meaning"), pl.String())
    return pl.DataFrame(rows, schema | {"tables": pl.List(pl.String())}, orient="row")


def _has(text: str, words: list[str]) -> bool:
    lower = text.lower().replace("_", " ")
    return all(word in lower for word in words)


def _homes() -> dict[str, tuple[Column, list[str]]]:
    """Columns by name with the tables that have them. A name has one meaning in the whole lake."""
    found: dict[str, tuple[Column, list[str]]] = {}
    for item in _every_table():
        for column in item.columns:
            if item.layer != "bronze" or all(home.startswith("bronze.") for home in found.get(column.name, (0, []))[1]):
                found.setdefault(column.name, (column, []))[1].append(item.qualified)
    return found


def _every_table() -> list[Table]:
    """Tables of silver, gold and ops, then bronze."""
    return [*registry().tables.values(), *(endpoint.table for endpoint in registry())]


def describe(table: str, *, lake: Place = None) -> Description:
    """What a table or view is: grain, key, columns with meaning, unit and null rule, examples.

    A table of the registry is described even where there is no lake or the lake does not have it yet.

    Raises:
        BadInput: when there is no such table; it names the nearest ones.
    """
    opened = _found_lake(lake)
    bare = table.strip().lower()
    if view := views().get(bare.removeprefix("gold.")):
        return _of_view(view, opened)
    item = _named(bare)
    with_facts = _in_words(_facts(opened, item.qualified), opened) if opened else None
    rows = [
        (c.name, type_name(c.dtype), c.unit or "", null_rule(item, c), valid(c), c.description) for c in item.columns
    ]
    frame = pl.DataFrame(
        rows, dict.fromkeys(("column", "type", "unit", "null", "valid", "meaning"), pl.String), orient="row"
    )
    examples = tuple(_examples(item, opened))
    return Description(item.qualified, item.description, item.key, item.point_in_time, with_facts, frame, examples)


def _found_lake(place: Place) -> Lake | None:
    try:
        return open_lake(place)
    except NoLake:
        if place is not None:
            raise
        return None


def _named(name: str) -> Table:
    every = {item.qualified: item for item in _every_table()}
    if found := contract(name):
        return found
    short = [item for item in every.values() if item.name == name and item.layer != "bronze"]
    if len(short) == 1:
        return short[0]
    meant = nearest(name, [*every, *(f"gold.{view}" for view in views())], SIMILAR)
    raise BadInput(f"there is no table {name}" + (f"; did you mean {' or '.join(meant)}?" if meant else ""))


def _in_words(found: Facts, lake: Lake) -> str:
    if not found.updated_at:
        return f"no rows in {lake.location} yet"
    seasons = f", seasons {ranges(found.seasons)}" if found.seasons else ""
    fetched = f", newest response {found.fetched_at:%Y-%m-%d %H:%M} UTC" if found.fetched_at else ""
    return f"{found.rows:,} rows{seasons}{fetched}, updated {found.updated_at:%Y-%m-%d %H:%M} UTC"


def _of_view(view: View, lake: Lake | None) -> Description:
    if lake is None:
        raise BadInput(f"{view.name} is described from the tables of a lake: name one with `lake`")
    found = query(lake, f"describe gold.{view.name}")
    blank = pl.lit("").alias
    shown = found.select("column", "type", blank("unit"), blank("null"), blank("valid"), "meaning")
    examples = (f'cbbd-etl query "from gold.{view.name} limit 5"', f'cbb.query("from gold.{view.name}")')
    about = f"{view.question} Reads {', '.join(view.tables)}."
    return Description(f"gold.{view.name}", about, (), None, None, shown, examples)


def _examples(item: Table, lake: Lake | None) -> Iterator[str]:
    """Lines that read a table, written from its contract."""
    seasons = _facts(lake, item.qualified).seasons if lake else ()
    simple = [c.name for c in item.columns if not isinstance(c.dtype, pl.List | pl.Struct)]
    chosen = [*item.key, *[name for name in simple if name not in item.key][:IN_EXAMPLE]]
    where = f" where {item.season_column} = {seasons[-1]}" if item.season_column and seasons else ""
    yield f'cbbd-etl query "select {", ".join(chosen)} from {item.qualified}{where} limit 5"'  # noqa: S608  only shown
    name = item.qualified if item.layer == "bronze" else item.name
    yield f'cbb.load("{name}", seasons={seasons[-1]})' if where else f'cbb.load("{name}")'
    yield from (f'cbbd-etl query "from gold.{v.name} limit 5"' for v in views().values() if item.qualified in v.tables)
