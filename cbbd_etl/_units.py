"""What an export consists of: the parts of tables that are written at once, each read by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from cbbd_etl._destination import Destination
from cbbd_etl._lake import Seasons, Version, as_list
from tasks.errors import BadInput
from tasks.lake.lake import Lake
from tasks.sql.catalog import ranges
from tasks.sql.facts import Part, parts, season_column
from tasks.sql.formats import FileFormat

LAYERS = ("silver", "gold")  # what is exported where no tables are named
UNKNOWN = "unknown"  # in the place of the season, for rows without one


@dataclass(frozen=True)
class Unit:
    """A season of a table, or a whole table that is not kept by season.

    Attributes:
        is_rest: it is the rows without a season, of a table that is kept by season.
    """

    version: Version
    part: Part
    is_rest: bool = False

    @property
    def table(self) -> str:
        """Name of the table with its layer."""
        return self.version.name

    @property
    def label(self) -> str:
        """Name of its season; empty for a whole table."""
        return UNKNOWN if self.is_rest else str(self.part.season or "")

    def path(self, destination: Destination) -> str:
        """Path of its file below the destination."""
        if destination.database:
            return destination.database
        layer, _, name = self.table.partition(".")
        return f"{layer}/{name}{self.label and '/'}{self.label}.{destination.file_format}"

    def resource(self, destination: Destination) -> str:
        """Name of its resource: the table, with the season where that has a file of its own."""
        return f"{self.table}.{self.label}" if self.label and not destination.database else self.table

    @property
    def frame(self) -> pl.LazyFrame:
        """Its rows, file after file of the table; each of these is in the order of the table."""
        frame, column = self.version.scan(), season_column(self.version.table)
        if column is None or not self.label:
            return frame
        return frame.filter(pl.col(column).is_null() if self.is_rest else pl.col(column) == self.part.season)

    def write(self, file: Path, file_format: FileFormat) -> None:
        """Write its rows into a file as a stream: a season of plays does not fit into the memory of a small machine."""
        if file_format == "csv":
            self.frame.select(_for_csv(name, dtype) for name, dtype in self.version.schema.items()).sink_csv(file)
        else:
            self.frame.sink_parquet(file)


def _for_csv(name: str, dtype: pl.DataType) -> pl.Expr:
    """Times as ISO 8601, which CSV readers agree on; lists and objects as JSON."""
    column = pl.col(name)
    if isinstance(dtype, pl.Datetime):
        return column.dt.to_string("iso:strict")
    if not dtype.is_nested():
        return column
    whole = pl.struct(column.alias("x")).struct.json_encode().str.strip_prefix('{"x":').str.strip_suffix("}")
    return pl.when(column.is_not_null()).then(whole).alias(name)


def units(
    tables: Iterable[str] | str | None, seasons: Seasons, lake: Lake, *, with_empty: bool
) -> tuple[list[Unit], set[str]]:
    """What is to be in an export, by table and season, and the names of the tables.

    Args:
        with_empty: also tables without rows.

    Raises:
        BadInput: when the lake has no such table, or none of the tables has a season.
    """
    versions = {found.name: found for found in (Version.of(lake, name) for name in _names(tables, lake))}
    by_table = {name: parts(versions[name].table) for name in sorted(versions)}
    wanted = as_list(seasons)
    present = sorted({part.season for found in by_table.values() for part in found if part.season is not None})
    if missing := sorted(set(wanted or ()) - set(present)):
        has = f"the seasons {ranges(present)}" if present else "no seasons"
        raise BadInput(f"there is no season {missing[0]} to export; the tables have {has}")
    found = [unit for name, found in by_table.items() for unit in _units_of(versions[name], found, wanted)]
    return [unit for unit in found if with_empty or unit.part.rows], set(versions)


def _names(wanted: Iterable[str] | str | None, lake: Lake) -> list[str]:
    names = [wanted] if isinstance(wanted, str) else list(wanted or ())
    found = names or [name for name in lake.tables() if name.partition(".")[0] in LAYERS]
    if not found:
        raise BadInput(f"{lake.location} has no tables of {' or '.join(LAYERS)} yet; `cbbd-etl ingest` builds them")
    return found


def _units_of(version: Version, found: list[Part], wanted: list[int] | None) -> Iterator[Unit]:
    by_season = any(part.season is not None for part in found)
    chosen = [found[-1].season] if wanted == [] else wanted  # an empty list is the newest season
    for part in found:
        if not by_season or chosen is None or part.season in chosen:
            yield Unit(version, part, is_rest=by_season and part.season is None)
