"""Whether a lake is where its catalog says: one that was copied or moved is read, but not written.

A catalog in a folder is copied with the folder, and it names files by their full address. A write through the catalog
of a copy would change and delete files of the original.
"""

from __future__ import annotations

import shlex
from functools import cached_property
from pathlib import Path

import obstore
from obstore.store import ObjectStore
from pyiceberg.catalog import Catalog
from sqlalchemy.exc import DatabaseError

from tasks.errors import LakeConflict, LakeDamaged, PipelineError
from tasks.lake._pointers import Pointers, place_of, read_pointers
from tasks.lake.places import WAREHOUSE
from tasks.lake.storage import CATALOG, catalog_error, damaged, explaining_storage_errors


class Home:
    """The place of a lake, compared with the places in its catalog.

    Attributes:
        is_new: its catalog is being rebuilt beside that of the lake, so it has no table at first.
        damage: what a search for damaged files found; None before the first one.
    """

    def __init__(self, location: str, store: ObjectStore, catalog: Catalog, prefix: str) -> None:
        self.location = location
        self.is_new = False
        self.damage: list[PipelineError] | None = None
        self._store, self._catalog, self._prefix = store, catalog, prefix

    @explaining_storage_errors
    def pointers(self) -> Pointers:
        """Address of the newest metadata of each table, by SQL name.

        Raises:
            LakeDamaged: when the catalog cannot be read.
        """
        try:
            return read_pointers(self._catalog, self._prefix)
        except (DatabaseError, ValueError) as error:
            raise catalog_error(self.location, error) from error

    @cached_property
    def elsewhere(self) -> str | None:
        """Where the tables of the catalog are, if not here."""
        places = {place_of(address) for address in self.pointers().values()} - {self.location}
        return min(places, default=None)

    def require_writable(self) -> None:
        """Refuse to write into a lake whose tables are elsewhere, or whose catalog is lost.

        Raises:
            LakeConflict: naming where the tables are, and the command that adopts this lake.
            LakeDamaged: when files of tables are here that the catalog does not name.
        """
        if self.elsewhere is not None:
            self._has_data()  # a bucket that is not there is the more useful error
            raise LakeConflict(f"{self._what}, so nothing is written here; {self._adoption}")
        self.require_catalog()

    def require_catalog(self) -> None:
        """Refuse a catalog without tables where data of tables is: it was emptied, or is that of another lake.

        Raises:
            LakeDamaged: then.
        """
        if self._is_without_catalog:
            adopt = f" (if it is a copy: {self._adoption})" if self._is_bucket else ""
            what = f"the catalog of {self.location} has no table, but {WAREHOUSE}/ has some{adopt}"
            raise damaged(self.location, what)

    @explaining_storage_errors
    def _has_data(self) -> bool:
        listed = obstore.list(self._store, f"{WAREHOUSE}/")
        return any(meta["path"].endswith(".parquet") for batch in listed for meta in batch)

    @cached_property
    def _is_without_catalog(self) -> bool:
        """Whether the catalog has no table, though data files of tables are here: a table is there before its data."""
        return not self.is_new and not self.pointers() and self._has_data()

    def warning(self) -> str | None:
        """What a reader of this lake has to know, if it was copied or moved."""
        if self.elsewhere is None:
            return None
        return (
            f"{self._what}: reads see the tables at {self.elsewhere} as they were then, and writes are refused; "
            f"{self._adoption}"
        )

    def unreadable(self, name: str, why: str) -> LakeConflict | LakeDamaged:
        """The error of a table whose metadata cannot be read."""
        if self.elsewhere is not None:
            return LakeConflict(f"{self._what}, and {name} is not there any more; {self._adoption}")
        address = self.pointers().get(name, "").removeprefix("file://")
        return damaged(self.location, f"{address}, the metadata of {name}, {why}")

    @property
    def _is_bucket(self) -> bool:
        return self.location.startswith("s3://")

    @property
    def _what(self) -> str:
        if self._is_bucket:
            return f"the databases {self._prefix}* in AWS Glue have the tables of the lake {self.elsewhere}"
        return f"{self.location} is a copy of the lake {self.elsewhere}, or was moved from there"

    @property
    def _adoption(self) -> str:
        own = "give this lake databases of its own with CBBD_DATABASE_PREFIX; " if self._is_bucket else ""
        return f"{own}`cbbd-etl lake relocate --lake {shlex.quote(self.location)}` makes a copy a lake of its own"


def require_catalog(folder: Path) -> None:
    """Refuse a lake whose catalog file was lost: a new one would name none of its tables.

    Raises:
        LakeDamaged: naming the file.
    """
    file = folder / CATALOG
    if file.is_file() and file.stat().st_size:
        return
    if next((folder / WAREHOUSE).rglob("*.parquet"), None) is not None:
        why = "has 0 bytes" if file.is_file() else "is missing"
        raise damaged(str(folder), f"the catalog {file} {why}")


def is_same_folder(one: str, other: Path) -> bool:
    """Whether two paths are names of one folder, by a link or a mount."""
    try:
        return other.samefile(one)
    except OSError:
        return False
