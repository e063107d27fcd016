"""Files for other tools: one per table and season, or one DuckDB file, with a description of every column."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, partial
from itertools import groupby
from pathlib import Path

import polars as pl

from cbbd_etl._database import write_database
from cbbd_etl._destination import Destination
from cbbd_etl._lake import Place, Seasons, open_lake
from cbbd_etl._package import Package, Resource, resource
from cbbd_etl._units import Unit, units
from tasks.lake.damage import explaining
from tasks.sql.formats import FileFormat

FILES: dict[str, pl.DataType | type[pl.DataType]] = {
    "table": pl.String,
    "season": pl.Int64,
    "rows": pl.Int64,
    "bytes": pl.Int64,
    "path": pl.String,
    "is_written": pl.Boolean,
}
SAVE_SECONDS = 10.0  # of work at most are lost when the process is killed

Say = Callable[[str], None]


@dataclass(frozen=True)
class Export:
    """What an export has.

    Attributes:
        location: the folder or `s3://bucket/prefix` with the files.
        file_format: parquet, csv or duckdb.
        files: one row per table and season: table, season (null for a table without seasons), rows, bytes (of its file;
            null in a dry run where that is to be written), path (below the location), is_written (false where the file
            of an earlier export is still right and was kept).
    """

    location: str
    file_format: FileFormat
    files: pl.DataFrame

    @property
    def rows(self) -> int:
        """Rows in all files."""
        return int(self.files["rows"].sum())

    @property
    def bytes(self) -> int:
        """Bytes of all files."""
        return int(self.files.unique("path")["bytes"].sum())


def export(
    tables: Iterable[str] | str | None = None,
    *,
    out: str | Path | None = None,
    seasons: Seasons = True,
    file_format: FileFormat | None = None,
    lake: Place = None,
    dry_run: bool = False,
    progress: Say | None = None,
) -> Export:
    """Write tables as files that any tool reads, and `datapackage.json`, which describes them (Data Package standard).

    Parquet and CSV: one file per table and season, `silver/fct_games/2025.parquet`; a table that is not kept by season
    is one file, `silver/dim_teams.parquet`. DuckDB: one file with typed tables, comments and the views for analysts.
    A file appears whole or not at all. It is kept if its data is that of the last export, so an export that was
    interrupted continues. Files of tables and seasons that are not named stay, but a DuckDB file is replaced as a whole
    and has exactly what is named.

    Args:
        tables: names such as `fct_games` or `bronze.games`; default: all of silver and gold.
        out: a folder, `s3://bucket/prefix`, or a file that ends in `.duckdb`; default: `export` in the lake.
        seasons: by the year they end in: one or several, None for the newest of each table, True for all. A table
            without one of them has no file of it; a table without seasons is always whole.
        file_format: parquet, csv or duckdb; default: duckdb for a file that ends so, else parquet. CSV has times as ISO
            8601 in UTC, and lists as JSON.
        lake: folder or `s3://bucket/prefix`.
        dry_run: write nothing; return what would be written.
        progress: takes a line of text for each file that is written.

    Raises:
        BadInput: before anything is written: when the lake has no such table, no table has a season, place and format
            contradict each other, or no files can be written there.
        LakeUnavailable: when the lake cannot be read or a file cannot be written.
    """
    opened = open_lake(lake)
    with explaining(opened):
        destination = Destination.of(out, file_format, opened)
        found, names = units(tables, seasons, opened, with_empty=bool(destination.database))
        package = Package.read(destination, opened.marker() or {})
        job = _Job(destination, package, found, progress or _silent)
        current = job.current()
        if not dry_run:
            job.write(current)
            job.remove_lost(names if seasons is True else set())
        return Export(destination.location, destination.file_format, job.files(current, dry_run=dry_run))


def _silent(text: str) -> None:
    """Takes a line and drops it."""


@dataclass(frozen=True)
class _Job:
    """One export, checked. A resource is an entry of the package."""

    destination: Destination
    package: Package
    units: list[Unit]
    say: Say

    def current(self) -> set[str]:
        """Names of the resources whose file is right as it is. One DuckDB file is right as a whole or not at all."""
        known = self.package.resources
        sizes = self.destination.sizes(item["path"] for item in known.values())
        found = {name for name, data in self._data.items() if self.package.is_current(name, data, sizes)}
        is_whole = found == self._data.keys() == known.keys()
        return found if is_whole or not self.destination.database else set()

    def write(self, current: set[str]) -> None:
        """Write what is not current. The package is saved meanwhile and at any end, so the next export continues."""
        if self.destination.database:
            if len(current) < len(self._data):
                self._write_database()
            return
        saved = time.monotonic()
        try:
            for unit in self.units:
                name = unit.resource(self.destination)
                self.package.resources[name] = self._kept(unit) if name in current else self._written(unit)
                if time.monotonic() - saved > SAVE_SECONDS:
                    self.package.save(datetime.now(UTC))
                    saved = time.monotonic()
        finally:
            self.package.save(datetime.now(UTC))

    def files(self, current: set[str], *, dry_run: bool) -> pl.DataFrame:
        """A row per unit, as `Export.files` has it."""
        rows = []
        for unit in self.units:
            name = unit.resource(self.destination)
            is_current = name in current
            size = None if dry_run and not is_current else self.package.resources[name]["bytes"]
            path = unit.path(self.destination)
            rows.append((unit.table, unit.part.season, unit.part.rows, size, path, not is_current))
        return pl.DataFrame(rows, FILES, orient="row")

    def remove_lost(self, tables: set[str]) -> None:
        """Remove the files of seasons that tables no longer have."""
        names, known = self._data.keys(), self.package.resources
        lost = [name for name in known if name not in names and ".".join(name.split(".")[:2]) in tables]
        if lost and not self.destination.database:
            paths = [known.pop(name)["path"] for name in lost]
            self.package.save(datetime.now(UTC))
            self.destination.delete(paths)

    @cached_property
    def _data(self) -> dict[str, str]:
        """Fingerprint of the data of each resource."""
        found: dict[str, list[str]] = {}
        for unit in self.units:
            found.setdefault(unit.resource(self.destination), []).append(unit.part.data)
        return {name: " ".join(values) for name, values in found.items()}

    def _written(self, unit: Unit) -> Resource:
        """Write the file of a unit; its resource."""
        with self.destination.writing(unit.path(self.destination)) as file:
            unit.write(file, self.destination.file_format)
            facts = _facts_of(file)
        self._say([unit])
        return self._resource([unit]) | facts

    def _kept(self, unit: Unit) -> Resource:
        """The resource of a file that is kept, with the meanings that the registry has now."""
        known = self.package.resources[unit.resource(self.destination)]
        return self._resource([unit]) | {name: known[name] for name in ("bytes", "hash", "version")}

    def _write_database(self) -> None:
        by_table = {name: list(group) for name, group in groupby(self.units, lambda unit: unit.table)}
        parts = {
            name: [partial(unit.write, file_format="parquet") for unit in found] for name, found in by_table.items()
        }
        with self.destination.writing(self.destination.database) as file:
            write_database(file, parts, lambda name: self._say(by_table[name]))
            facts = _facts_of(file)
        self.package.resources = {name: self._resource(found) | facts for name, found in by_table.items()}
        self.package.save(datetime.now(UTC))

    def _resource(self, found: list[Unit]) -> Resource:
        """Description of the units of one resource, and what they are made from."""
        first = found[0]
        name, table = first.resource(self.destination), first.version.table
        snapshot = table.current_snapshot()
        version = {"snapshot_id": str(snapshot.snapshot_id) if snapshot else None, "data": self._data[name]}
        about = resource(name, first.table, first.path(self.destination), first.version.schema, self.destination)
        return about | {"rows": sum(unit.part.rows for unit in found), "version": version}

    def _say(self, found: list[Unit]) -> None:
        label = found[0].label if len(found) == 1 else ""
        self.say(f"{f'{found[0].table} {label}'.rstrip()}: {sum(unit.part.rows for unit in found):,} rows")


def _facts_of(file: Path) -> dict[str, object]:
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    return {"bytes": file.stat().st_size, "hash": f"sha256:{digest}"}
