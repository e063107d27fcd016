"""A place of a lake, whatever its catalog is like: for commands that rebuild the catalog.

New tables are built beside the old ones, under new names in the same folder. A catalog of pointers to them replaces the
old one at the end, in one step in a folder, and table by table in AWS Glue. Until then readers see the old tables, and
a process that is killed leaves nothing but files that no table references.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import obstore
from obstore.exceptions import NotFoundError
from obstore.store import LocalStore, ObjectStore
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.io import load_file_io

from tasks.crash import failpoint
from tasks.errors import BadInput, LakeConflict, LakeDamaged, NoLake
from tasks.lake._hints import write_hint
from tasks.lake._home import Home, is_same_folder
from tasks.lake._pointers import Pointers, place_of, read_pointers, table_of, write_glue, write_sqlite
from tasks.lake.lake import Lake
from tasks.lake.places import MARKER, WAREHOUSE, named_folder
from tasks.lake.raw import ROOT
from tasks.lake.storage import (
    CATALOG,
    PLAIN_SQL,
    bucket,
    explaining_storage_errors,
    in_bucket,
    in_folder,
    sqlite_catalog,
)

NEW_CATALOG = f"{CATALOG}.new"
OF_SQLITE = ("-journal", "-wal", "-shm")  # files beside a database that would be applied to the new one


@dataclass(frozen=True)
class Site:
    """A folder or S3 prefix with raw objects or tables.

    Attributes:
        properties: by which PyIceberg reaches the files.
    """

    location: str
    prefix: str
    store: ObjectStore
    properties: Mapping[str, str]

    @classmethod
    def of(cls, place: str, prefix: str) -> Site:
        """The place of a lake, also of one without a catalog.

        Raises:
            NoLake: when neither raw objects nor a lake's marker are there.
        """
        if place.startswith("s3://"):
            store, properties = bucket(place.rstrip("/"))
            site = cls(place.rstrip("/"), prefix, store, properties)
        else:
            folder = named_folder(place)
            if not folder.is_dir():
                raise NoLake(f"there is no lake at {folder}")
            site = cls(str(_own_name(folder)), "", LocalStore(folder), {})
        if not site.has(ROOT) and not site.has(MARKER):
            raise NoLake(f"there is no lake at {site.location}: it has neither {MARKER} nor {ROOT}/")
        return site

    @property
    def is_bucket(self) -> bool:
        """Whether it is on S3."""
        return self.location.startswith("s3://")

    @property
    def address(self) -> str:
        """Address of the folder of the tables."""
        return f"{'' if self.is_bucket else 'file://'}{self.location}/{WAREHOUSE}"

    @explaining_storage_errors
    def has(self, path: str) -> bool:
        """Whether there is a file of this name, or a folder with files."""
        if any(len(batch) for batch in obstore.list(self.store, f"{path}/", chunk_size=1)):
            return True
        try:
            obstore.head(self.store, path)
        except (NotFoundError, FileNotFoundError, IsADirectoryError):
            return False
        return True

    @explaining_storage_errors
    def table_files(self) -> dict[str, int]:
        """Bytes of all files in the folder of the tables, by relative path."""
        listed = obstore.list(self.store, f"{WAREHOUSE}/")
        return {meta["path"]: meta["size"] for batch in listed for meta in batch}

    def table_of(self, path: str) -> str | None:
        """SQL name of the table in whose folder a file is; None outside of a table."""
        return table_of(path)

    def open(self) -> Lake | None:
        """The lake with its present catalog; None where there is none yet, because opening would create one.

        Raises:
            LakeDamaged: when the catalog cannot be read, or is lost.
            NoLake: when it has no marker.
        """
        if not self.is_bucket and not _has_catalog(Path(self.location)) and not self.has(WAREHOUSE):
            return None
        return Lake.open(self.location, database_prefix=self.prefix or "cbbd_")

    def old(self) -> Lake | None:
        """The lake with its present catalog, or None if that cannot be read or is not there."""
        try:
            return self.open()
        except (LakeDamaged, NoLake):
            return None

    def pointers(self) -> Pointers:
        """Pointers of the present catalog; none if it cannot be read."""
        try:
            if not self.is_bucket and not _has_catalog(Path(self.location)):
                return {}
            _, catalog = in_bucket(self.location) if self.is_bucket else in_folder(Path(self.location))
            return Home(self.location, self.store, catalog, self.prefix).pointers()
        except LakeDamaged:
            return {}

    @contextmanager
    def beside(self) -> Iterator[Lake]:
        """A lake with the raw objects of this place, without tables yet; what is built has its files here."""
        with TemporaryDirectory(prefix="cbbd-rebuild-", ignore_cleanup_errors=True) as folder:
            catalog = sqlite_catalog(Path(folder) / CATALOG, self.address, {**PLAIN_SQL, **self.properties})
            lake = Lake(self.location, self.store, catalog, self.prefix)
            lake.home.is_new = True
            yield lake

    @explaining_storage_errors
    def swap(self, pointers: Pointers) -> None:
        """Replace the catalog by one with these pointers, and write the version hints of their tables.

        In AWS Glue, tables without a pointer stay as they are.

        Raises:
            LakeConflict: when a writer changes a table in AWS Glue at the same time.
        """
        if self.is_bucket:
            failpoint("catalog.written")
            write_glue(in_bucket(self.location)[1], self.prefix, pointers)
            failpoint("catalog.replaced")
        else:
            _replace_catalog(Path(self.location), pointers)
        for address in pointers.values():
            write_hint(load_file_io(dict(self.properties), address), address)

    def require_home(self) -> None:
        """Refuse a copied or moved lake for writing, but not one whose catalog is damaged.

        Raises:
            LakeConflict: naming where its tables are.
        """
        if lake := self.old():
            with suppress(LakeDamaged):
                lake.home.require_writable()

    def refuse_others(self) -> None:
        """Refuse a place whose tables, or whose databases in AWS Glue, are those of another lake.

        Raises:
            LakeConflict: naming the other lake.
        """
        for place in sorted({place_of(address) for address in self.pointers().values()} - {self.location}):
            own, other = Path(self.location) / WAREHOUSE, Path(place) / WAREHOUSE
            if self.is_bucket and _exists(place, self.prefix):
                raise LakeConflict(
                    f"the databases {self.prefix}* in AWS Glue have the tables of the lake {place}, which exists; give "
                    "this lake databases of its own with CBBD_DATABASE_PREFIX and repeat the command"
                )
            if not self.is_bucket and is_same_folder(str(other), own):
                raise LakeConflict(
                    f"{own} is a link to {other.resolve()}, the files of another lake; copy the files themselves, "
                    "with cp -aL or rsync -aL, and repeat the command"
                )


def _exists(place: str, prefix: str) -> bool:
    try:
        Site.of(place, prefix)
    except Exception:  # noqa: BLE001  no bucket, no rights, no lake: each client says it in another way
        return False
    return True


def _has_catalog(folder: Path) -> bool:
    """Whether there is a database: opening none would create one."""
    file = folder / CATALOG
    return file.is_file() and file.stat().st_size > 0


def _own_name(folder: Path) -> Path:
    """The folder by the name that its catalog has for it: it may have been opened by a link or a mount."""
    try:
        found = read_pointers(in_folder(folder)[1], "") if _has_catalog(folder) else {}
    except (LakeDamaged, ValueError, BadInput):
        return folder
    names = sorted({place_of(address) for address in found.values()})
    return next((Path(name) for name in names if is_same_folder(name, folder)), folder)


def _replace_catalog(folder: Path, pointers: Pointers) -> None:
    new = folder / NEW_CATALOG
    for name in (new, *(folder / f"{NEW_CATALOG}{end}" for end in OF_SQLITE)):
        name.unlink(missing_ok=True)
    catalog = sqlite_catalog(new, f"file://{folder}/{WAREHOUSE}")
    assert isinstance(catalog, SqlCatalog)
    write_sqlite(catalog, pointers)
    catalog.close()
    with new.open("rb") as file:
        os.fsync(file.fileno())
    failpoint("catalog.written")
    for end in OF_SQLITE:  # first: SQLite would apply a journal of the old database to the new one
        (folder / f"{CATALOG}{end}").unlink(missing_ok=True)
    new.replace(folder / CATALOG)
    failpoint("catalog.replaced")
