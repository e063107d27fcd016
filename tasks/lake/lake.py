"""The lake: Iceberg tables behind one door. `Lake.open(path).scan("silver.fct_games")` reads, `Lake.replace` writes.

A partition is replaced in one commit. With the data the commit stores the fingerprint of the inputs it was made from,
so whether a partition is up to date is a comparison, not a memory.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from weakref import finalize

import obstore
import orjson
import polars as pl
from obstore.exceptions import AlreadyExistsError, NotFoundError
from obstore.store import ObjectStore
from pyiceberg.catalog import Catalog
from pyiceberg.exceptions import CommitFailedException, NoSuchTableError
from pyiceberg.table import Table as IcebergTable
from sqlalchemy.exc import IntegrityError

from quality.dataset import Table
from tasks.errors import BadInput, LakeConflict, NoLake
from tasks.lake.iceberg import Part, create, evolve
from tasks.lake.raw import RawStore
from tasks.lake.replacement import INPUTS, Replacement
from tasks.lake.storage import CATALOG, bucket_that_is_missing, explaining_storage_errors, in_bucket, in_folder

# PyIceberg plans the scans; Polars would otherwise warn that its own planner is not installed.
os.environ.setdefault("POLARS_ICEBERG_PLANNER", "pyiceberg")

MARKER = "lake.json"
WAREHOUSE = "warehouse"
ENSURE_ATTEMPTS = 5
NOT_IN_A_PATH = "#?%"  # PyIceberg and SQLite read paths as addresses and would write somewhere else


@dataclass(frozen=True)
class StoredFile:
    """A file of the lake: path in it, size in bytes, time of its last change (UTC)."""

    path: str
    bytes: int
    modified: datetime


class Lake:
    """One lake in a folder (SQLite catalog inside) or under an S3 prefix (AWS Glue).

    Attributes:
        raw: its raw store, or that of another lake whose tables are made anew here.
    """

    def __init__(
        self,
        location: str,
        store: ObjectStore,
        catalog: Catalog,
        database_prefix: str = "",
        raw: RawStore | None = None,
    ) -> None:
        self.location = location
        self.raw = raw or RawStore(store)
        self._store = store
        self._catalog = catalog
        self._prefix = database_prefix
        # Nobody has to close a lake: its catalog's connections go when it does.
        finalize(self, catalog.close)

    @classmethod
    def open(cls, location: str | Path, *, create: bool = False, database_prefix: str = "cbbd_") -> Lake:
        """Open a lake; `create` makes a new one where there is none.

        Raises:
            NoLake: when there is no lake at `location` and none is to be made.
            BadInput: when no lake can be there.
        """
        place = str(location)
        if not place.startswith("s3://"):
            return cls._local(local_folder(place), create=create)
        place = place.rstrip("/")
        lake = cls(place, *in_bucket(place), database_prefix)
        if not create and lake.marker() is None:
            raise _no_lake(place)
        return lake

    @classmethod
    def _local(cls, folder: Path, *, create: bool) -> Lake:
        if not create and not (folder / MARKER).is_file():
            raise _no_lake(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadInput(f"no lake can be made at {folder}: {error.strerror}") from error
        return cls(str(folder), *in_folder(folder))

    # -- what kind of lake it is ----------------------------------------------------------------------------------

    def marker(self) -> Mapping[str, object] | None:
        """What the lake says about itself, or None where there is no lake yet."""
        return self.read_json(MARKER)

    def claim(self, identity: Mapping[str, object]) -> None:
        """Remember where the data comes from; a lake never mixes sources.

        Raises:
            LakeConflict: when the lake holds data of another source.
        """
        known = self.marker()
        if known is None:
            for name in self.tables():
                self.iceberg(name)  # refuses a table that the catalog has for another lake
            self.write_json(MARKER, identity, overwrite=False)
            known = self.marker()
        if known != identity:
            raise LakeConflict(
                f"{self.location} holds data of {_describe(known)}, this run brings {_describe(identity)}; "
                "give the other source a lake of its own with --lake"
            )

    # -- reading --------------------------------------------------------------------------------------------------

    def scan(self, name: str) -> pl.LazyFrame:
        """A table as a LazyFrame, by its SQL name: `scan("silver.fct_games")`.

        Raises:
            BadInput: when the lake has no such table.
        """
        table = self.iceberg(name)
        if table is None:
            raise BadInput(f"no table {name} in {self.location}; there are: {', '.join(self.tables()) or 'none yet'}")
        return pl.scan_iceberg(table)

    @explaining_storage_errors
    def tables(self) -> list[str]:
        """SQL names of the tables in the lake, sorted."""
        found = []
        for (namespace,) in self._catalog.list_namespaces():
            if namespace.startswith(self._prefix):  # an account's Glue catalog has databases of others too
                layer = namespace.removeprefix(self._prefix)
                found += [f"{layer}.{name}" for _, name in self._catalog.list_tables(namespace)]
        return sorted(found)

    @explaining_storage_errors
    def iceberg(self, name: str) -> IcebergTable | None:
        """The PyIceberg table behind a SQL name at its newest version, or None.

        Raises:
            LakeConflict: when the catalog has it for another lake.
        """
        layer, _, table = name.partition(".")
        try:
            found = self._catalog.load_table((f"{self._prefix}{layer}", table))
        except NoSuchTableError:
            return None
        if self._prefix and not found.location().startswith(f"{self.location}/"):
            raise LakeConflict(
                f"{self._prefix}{name} in the catalog is kept at {found.location()}, not in {self.location}; "
                "give this lake databases of its own with CBBD_DATABASE_PREFIX"
            )
        return found

    def inputs(self, table: Table) -> dict[str, str]:
        """Fingerprints by partition: what each partition of a table was last made from."""
        found = self.iceberg(table.qualified)
        properties = found.properties if found else {}
        return {name.removeprefix(INPUTS): value for name, value in properties.items() if name.startswith(INPUTS)}

    # -- writing --------------------------------------------------------------------------------------------------

    def replace(self, table: Table, part: Part, inputs: str | None = None) -> Replacement:
        """Replace one part of a table: `with lake.replace(...) as out: out.add(checked)`; the commit comes at the end.

        Args:
            inputs: fingerprint of what the part is made from, kept with it. None lets the part become empty.
        """
        return Replacement(self._ensure(table), table, part, inputs)

    @explaining_storage_errors
    def _ensure(self, table: Table) -> IcebergTable:
        for _ in range(ENSURE_ATTEMPTS - 1):
            # Another process makes or evolves the same table: what it did is found at the next look.
            with suppress(IntegrityError, CommitFailedException):
                return self._in_shape(table)
        return self._in_shape(table)

    def _in_shape(self, table: Table) -> IcebergTable:
        known = self.iceberg(table.qualified)
        if known is not None:
            return evolve(known, table)
        return create(self._catalog, f"{self._prefix}{table.layer}", table)

    # -- small files beside the tables ----------------------------------------------------------------------------

    @explaining_storage_errors
    def read_json(self, path: str) -> dict[str, object] | None:
        """A JSON file of the lake, or None."""
        try:
            value: dict[str, object] = orjson.loads(bytes(obstore.get(self._store, path).bytes()))
        except (NotFoundError, FileNotFoundError) as error:
            if bucket_that_is_missing(error):
                raise
            return None
        return value

    @explaining_storage_errors
    def write_json(self, path: str, value: Mapping[str, object], *, overwrite: bool = True) -> None:
        """Write a JSON file of the lake in one atomic step; without `overwrite` the first writer wins."""
        text = orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str)
        try:
            obstore.put(self._store, path, text, mode="overwrite" if overwrite else "create")
        except AlreadyExistsError:
            return

    @explaining_storage_errors
    def list_files(self, prefix: str) -> list[str]:
        """Paths of the files below a prefix of the lake, sorted."""
        return sorted(meta["path"] for batch in obstore.list(self._store, prefix) for meta in batch)

    # -- files of the tables --------------------------------------------------------------------------------------

    @explaining_storage_errors
    def table_files(self) -> list[StoredFile]:
        """Every file below the tables' folder, whether a table names it or not."""
        found = [meta for batch in obstore.list(self._store, f"{WAREHOUSE}/") for meta in batch]
        return [StoredFile(meta["path"], meta["size"], meta["last_modified"]) for meta in found]

    @explaining_storage_errors
    def delete_table_files(self, paths: list[str]) -> None:
        """Delete files of the tables' folder.

        Raises:
            ValueError: for a path that is not below it: nothing else of a lake is ever deleted.
        """
        if wrong := [path for path in paths if not path.startswith(f"{WAREHOUSE}/") or ".." in path]:
            raise ValueError(f"{wrong[0]} is no file of a table; nothing was deleted")
        obstore.delete(self._store, paths)

    def relative(self, address: str) -> str:
        """Path in this lake of a file that a table names by its whole address."""
        return address.removeprefix("file://").removeprefix(f"{self.location}/")


def local_folder(place: str) -> Path:
    """The folder of a local lake, checked but not made.

    Raises:
        BadInput: when a lake can neither be there nor be made there.
    """
    if not place.strip():
        raise BadInput("an empty path for the lake: name a folder or s3://bucket/prefix")
    folder = Path(place).expanduser().absolute()
    if wrong := sorted(set(NOT_IN_A_PATH) & set(str(folder))):
        raise BadInput(f"no lake can be at {folder}: {' '.join(wrong)} cannot be in its path; name another folder")
    if not folder.exists():
        parent = next(above for above in folder.parents if above.exists())
        if not parent.is_dir() or not os.access(parent, os.W_OK):
            raise BadInput(f"no lake can be made at {folder}: {parent} is not a folder that can be written to")
    elif not folder.is_dir():
        raise BadInput(f"{folder} is a file; a lake is a folder or s3://bucket/prefix")
    elif not _is_lake(folder) and any(folder.iterdir()):
        raise BadInput(f"{folder} holds other files and is no lake; name an empty or a new folder")
    return folder


def _is_lake(folder: Path) -> bool:
    """Whether a folder holds a lake, be it one whose making was interrupted."""
    return (folder / MARKER).is_file() or (folder / CATALOG).is_file()


def _no_lake(place: str | Path) -> NoLake:
    return NoLake(f"there is no lake at {place}; `cbbd-etl ingest --lake {place}` makes one")


def _describe(identity: Mapping[str, object] | None) -> str:
    return ", ".join(f"{name} {value}" for name, value in (identity or {}).items()) or "an unknown source"


def row_counts(lake: Lake, layers: Iterable[str] = ("silver",)) -> dict[str, int]:
    """Rows per table of the given layers, from Iceberg's own metadata."""
    counts: dict[str, int] = {}
    wanted = set(layers)
    for name in lake.tables():
        if name.partition(".")[0] in wanted:
            table = lake.iceberg(name)
            counts[name] = sum(task.file.record_count for task in table.scan().plan_files()) if table else 0
    return counts
