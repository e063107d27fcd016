"""The lake of Iceberg tables. `Lake.open(path).scan("silver.fct_games")` reads and `Lake.replace` writes.

A partition is replaced in one commit. The commit also stores a fingerprint of the inputs, so a comparison of
fingerprints shows whether a partition is up to date.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4
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
from tasks.errors import BadInput, LakeConflict
from tasks.lake._home import Home, is_same_folder, require_catalog
from tasks.lake._pointers import layers_of
from tasks.lake._reopen import reopen
from tasks.lake.iceberg import Part, create, evolve
from tasks.lake.leases import Lease
from tasks.lake.places import MARKER, WAREHOUSE, local_folder, no_lake
from tasks.lake.raw import RawStore
from tasks.lake.replacement import INPUTS, Replacement
from tasks.lake.storage import (
    FAILURES,
    bucket_that_is_missing,
    damaged,
    explaining_storage_errors,
    in_bucket,
    in_folder,
)

# PyIceberg plans the scans; Polars would otherwise warn that its own planner is not installed.
os.environ.setdefault("POLARS_ICEBERG_PLANNER", "pyiceberg")

ENSURE_ATTEMPTS = 5


@dataclass(frozen=True)
class StoredFile:
    """A file of the lake: its relative path, size in bytes, and time of its last change (UTC)."""

    path: str
    bytes: int
    modified: datetime


class Lake:
    """One lake: in a folder with a SQLite catalog, or under an S3 prefix with AWS Glue.

    Attributes:
        home: whether its tables are where the lake is.
        raw: its raw store, or that of another lake whose tables are rebuilt here.
        held: leases without which nothing is committed.
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
        self.home = Home(location, store, catalog, database_prefix)
        self.raw = raw or RawStore(store, may_write=self.home.require_writable)
        self._store = store
        self._catalog = catalog
        self._prefix = database_prefix
        self._token = uuid4().hex
        self.held: tuple[Lease, ...] = ()
        self.small: dict[str, tuple[str, pl.DataFrame]] = {}  # rows of small tables that views have read, by version
        # Callers need not close a lake: its catalog's connections are closed when it is garbage-collected.
        finalize(self, catalog.close)

    @classmethod
    def open(cls, location: str | Path, *, create: bool = False, database_prefix: str = "cbbd_") -> Lake:
        """Open a lake. With `create`, a lake that does not exist is created.

        A lake that was copied or moved can be opened and read, but not written: see `home`.

        Raises:
            NoLake: when there is no lake at `location` and none is to be made.
            BadInput: when no lake can be there.
            LakeDamaged: when its catalog cannot be read, or is lost.
        """
        place = str(location)
        if not place.startswith("s3://"):
            return cls._local(local_folder(place), create=create)
        place = place.rstrip("/")
        lake = cls(place, *in_bucket(place), database_prefix)
        if not create and lake.marker() is None:
            raise no_lake(place)
        return lake

    @classmethod
    def _local(cls, folder: Path, *, create: bool) -> Lake:
        if not create and not (folder / MARKER).is_file():
            raise no_lake(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadInput(f"a lake cannot be created at {folder}: {error.strerror}; name another folder") from error
        require_catalog(folder)
        lake = cls(str(folder), *in_folder(folder))
        origin = lake.home.elsewhere
        if origin and is_same_folder(origin, folder):  # another name of this folder: a link, a mount
            return cls(origin, *in_folder(Path(origin)))
        lake.home.require_catalog()
        return lake

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """The same lake in another process, with connections of its own."""
        raw = None if self.raw.store is self._store else (self.raw.store, self.raw.root)
        place = (self.location, self._store, self._prefix)
        return reopen, (self._token, Lake, place, self._catalog.properties, raw, self.held)

    # -- identity -------------------------------------------------------------------------------------------------

    def marker(self) -> Mapping[str, object] | None:
        """The lake's source, or None if there is no lake yet."""
        return self.read_json(MARKER)

    def claim(self, identity: Mapping[str, object]) -> None:
        """Record the source of the data. A lake never mixes sources.

        Raises:
            LakeConflict: when the lake has data from another source, or cannot be written: see `home`.
        """
        self.home.require_writable()
        known = self.marker()
        if known is None:
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
        layers = layers_of(self._catalog, self._prefix).items()
        return sorted(f"{layer}.{name}" for space, layer in layers for _, name in self._catalog.list_tables(space))

    @explaining_storage_errors
    def iceberg(self, name: str) -> IcebergTable | None:
        """The newest version of a table by its SQL name, or None.

        Raises:
            LakeDamaged: when its metadata is missing or cannot be read.
            LakeConflict: when the lake was moved, so that its tables cannot be read before it is adopted.
        """
        layer, _, table = name.partition(".")
        try:
            return self._catalog.load_table((f"{self._prefix}{layer}", table))
        except NoSuchTableError:
            return None
        except FileNotFoundError as error:
            raise self.home.unreadable(name, "is missing") from error
        except FAILURES:
            raise
        except Exception as error:
            raise self.home.unreadable(name, f"cannot be read ({type(error).__name__})") from error

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
        self.home.require_writable()
        return Replacement(self._ensure(table), table, part, inputs, held=self.held)

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
        """The content of a JSON file of the lake, or None if there is no such file.

        Raises:
            LakeDamaged: when it is not a JSON object.
        """
        try:
            value: dict[str, object] = orjson.loads(bytes(obstore.get(self._store, path).bytes()))
        except (NotFoundError, FileNotFoundError) as error:
            if bucket_that_is_missing(error):
                raise
            return None
        except orjson.JSONDecodeError as error:
            raise damaged(self.location, f"{path} in {self.location} cannot be read ({error})") from error
        if not isinstance(value, dict):
            raise damaged(self.location, f"{path} in {self.location} is not a JSON object")
        return value

    @explaining_storage_errors
    def write_json(self, path: str, value: Mapping[str, object], *, overwrite: bool = True) -> None:
        """Write a JSON file of the lake atomically. Without `overwrite` an existing file stays as it is."""
        self.home.require_writable()
        text = orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str)
        try:
            obstore.put(self._store, path, text, mode="overwrite" if overwrite else "create")
        except AlreadyExistsError:
            return

    @explaining_storage_errors
    def list_files(self, prefix: str) -> list[str]:
        """Paths of the files below a prefix of the lake, sorted."""
        return sorted(meta["path"] for batch in obstore.list(self._store, prefix) for meta in batch)

    @explaining_storage_errors
    def has_file(self, path: str) -> bool:
        """Whether a file of the lake exists."""
        try:
            obstore.head(self._store, path)
        except (NotFoundError, FileNotFoundError):
            return False
        return True

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
        self.home.require_writable()
        obstore.delete(self._store, paths)

    def relative(self, address: str) -> str:
        """Path relative to the lake of a file that a table references by its full address."""
        return address.removeprefix("file://").removeprefix(f"{self.location}/")


def _describe(identity: Mapping[str, object] | None) -> str:
    return ", ".join(f"{name} {value}" for name, value in (identity or {}).items()) or "an unknown source"
