"""The lake of Iceberg tables. `Lake.open(path).scan("silver.fct_games")` reads and `Lake.replace` writes.

A partition is replaced in one commit. The commit also stores a fingerprint of the inputs, so a comparison of
fingerprints shows whether a partition is up to date.
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
NOT_IN_A_PATH = "#?%"  # PyIceberg and SQLite treat paths as URLs and would write somewhere else


@dataclass(frozen=True)
class StoredFile:
    """A file of the lake: its relative path, size in bytes, and time of its last change (UTC)."""

    path: str
    bytes: int
    modified: datetime


class Lake:
    """One lake: in a folder with a SQLite catalog, or under an S3 prefix with AWS Glue.

    Attributes:
        raw: its raw store, or that of another lake whose tables are rebuilt here.
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
        # Callers need not close a lake: its catalog's connections are closed when it is garbage-collected.
        finalize(self, catalog.close)

    @classmethod
    def open(cls, location: str | Path, *, create: bool = False, database_prefix: str = "cbbd_") -> Lake:
        """Open a lake. With `create`, a lake that does not exist is created.

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
            raise BadInput(f"a lake cannot be created at {folder}: {error.strerror}; name another folder") from error
        return cls(str(folder), *in_folder(folder))

    # -- identity -------------------------------------------------------------------------------------------------

    def marker(self) -> Mapping[str, object] | None:
        """The lake's source, or None if there is no lake yet."""
        return self.read_json(MARKER)

    def claim(self, identity: Mapping[str, object]) -> None:
        """Record the source of the data. A lake never mixes sources.

        Raises:
            LakeConflict: when the lake has data from another source.
        """
        known = self.marker()
        if known is None:
            for name in self.tables():
                self.iceberg(name)  # raises if the table belongs to another lake
            self.write_json(MARKER, identity, overwrite=False)
            known = self.marker()
        if known != identity:
            raise LakeConflict(
                f"{self.location} has data from {_describe(known)}, and this run reads {_describe(identity)}; "
                "use a separate lake for each source: --lake"
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
            if namespace.startswith(self._prefix):  # the Glue catalog of an account may have other databases too
                layer = namespace.removeprefix(self._prefix)
                found += [f"{layer}.{name}" for _, name in self._catalog.list_tables(namespace)]
        return sorted(found)

    @explaining_storage_errors
    def iceberg(self, name: str) -> IcebergTable | None:
        """The newest version of a table by its SQL name, or None.

        Raises:
            LakeConflict: when the table in the catalog belongs to another lake.
        """
        layer, _, table = name.partition(".")
        try:
            found = self._catalog.load_table((f"{self._prefix}{layer}", table))
        except NoSuchTableError:
            return None
        if self._prefix and not found.location().startswith(f"{self.location}/"):
            raise LakeConflict(
                f"{self._prefix}{name} in the catalog is stored at {found.location()}, not in {self.location}; "
                "give this lake databases of its own with CBBD_DATABASE_PREFIX"
            )
        return found

    def inputs(self, table: Table) -> dict[str, str]:
        """Fingerprint of the inputs of each partition of a table, from its last build."""
        found = self.iceberg(table.qualified)
        properties = found.properties if found else {}
        return {name.removeprefix(INPUTS): value for name, value in properties.items() if name.startswith(INPUTS)}

    # -- writing --------------------------------------------------------------------------------------------------

    def replace(self, table: Table, part: Part, inputs: str | None = None) -> Replacement:
        """Replace one part of a table: `with lake.replace(...) as out: out.add(checked)`. The end of the block commits.

        Args:
            inputs: fingerprint of the inputs, stored with the part. None allows the part to become empty.
        """
        return Replacement(self._ensure(table), table, part, inputs)

    @explaining_storage_errors
    def _ensure(self, table: Table) -> IcebergTable:
        for _ in range(ENSURE_ATTEMPTS - 1):
            # Another process creates or changes the same table: the next attempt sees its result.
            with suppress(IntegrityError, CommitFailedException):
                return self._create_or_evolve(table)
        return self._create_or_evolve(table)

    def _create_or_evolve(self, table: Table) -> IcebergTable:
        known = self.iceberg(table.qualified)
        if known is not None:
            return evolve(known, table)
        return create(self._catalog, f"{self._prefix}{table.layer}", table)

    # -- JSON files of the lake -----------------------------------------------------------------------------------

    @explaining_storage_errors
    def read_json(self, path: str) -> dict[str, object] | None:
        """The content of a JSON file of the lake, or None if there is no such file."""
        try:
            value: dict[str, object] = orjson.loads(bytes(obstore.get(self._store, path).bytes()))
        except (NotFoundError, FileNotFoundError) as error:
            if bucket_that_is_missing(error):
                raise
            return None
        return value

    @explaining_storage_errors
    def write_json(self, path: str, value: Mapping[str, object], *, overwrite: bool = True) -> None:
        """Write a JSON file of the lake atomically. Without `overwrite` an existing file stays as it is."""
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
        """All files in the folder of the tables, whether a table references them or not."""
        found = [meta for batch in obstore.list(self._store, f"{WAREHOUSE}/") for meta in batch]
        return [StoredFile(meta["path"], meta["size"], meta["last_modified"]) for meta in found]

    @explaining_storage_errors
    def delete_table_files(self, paths: list[str]) -> None:
        """Delete files in the folder of the tables.

        Raises:
            ValueError: for any other path. No other file of a lake is ever deleted.
        """
        if wrong := [path for path in paths if not path.startswith(f"{WAREHOUSE}/") or ".." in path]:
            raise ValueError(f"{wrong[0]} is not a file of a table; nothing was deleted")
        obstore.delete(self._store, paths)

    def relative(self, address: str) -> str:
        """Path relative to the lake of a file that a table references by its full address."""
        return address.removeprefix("file://").removeprefix(f"{self.location}/")


def local_folder(place: str) -> Path:
    """The folder of a local lake, checked but not created.

    Raises:
        BadInput: when there is no lake at `place` and none can be created there.
    """
    if not place.strip():
        raise BadInput("an empty path for the lake: name a folder or s3://bucket/prefix")
    folder = Path(place).expanduser().absolute()
    if wrong := sorted(set(NOT_IN_A_PATH) & set(str(folder))):
        raise BadInput(f"a lake cannot be at {folder}: {' '.join(wrong)} cannot be in its path; name another folder")
    if not folder.exists():
        _check_creatable(folder)
    elif not folder.is_dir():
        raise BadInput(f"{folder} is a file; a lake is a folder or s3://bucket/prefix")
    elif not _is_lake(folder) and any(folder.iterdir()):
        raise BadInput(f"{folder} holds other files and is not a lake; name an empty or a new folder")
    return folder


def _check_creatable(folder: Path) -> None:
    parent = next(above for above in folder.parents if above.exists())
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise BadInput(f"a lake cannot be created at {folder}: {parent} is not a folder with write access")


def _is_lake(folder: Path) -> bool:
    """Whether a folder is a lake, even one whose creation was interrupted."""
    return (folder / MARKER).is_file() or (folder / CATALOG).is_file()


def _no_lake(place: str | Path) -> NoLake:
    return NoLake(f"there is no lake at {place}; `cbbd-etl ingest --lake {place}` creates one")


def _describe(identity: Mapping[str, object] | None) -> str:
    return ", ".join(f"{name} {value}" for name, value in (identity or {}).items()) or "an unknown source"


def row_counts(lake: Lake, layers: Iterable[str] = ("silver",)) -> dict[str, int]:
    """Number of rows of each table of the given layers, from Iceberg's metadata."""
    counts: dict[str, int] = {}
    wanted = set(layers)
    for name in lake.tables():
        if name.partition(".")[0] in wanted:
            table = lake.iceberg(name)
            counts[name] = sum(task.file.record_count for task in table.scan().plan_files()) if table else 0
    return counts
