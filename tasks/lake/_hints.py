"""`version-hint.text` beside the metadata of each table: by it readers without a catalog find the newest metadata.

The file holds the name of the newest metadata file without `.metadata.json`: PyIceberg, Polars and DuckDB read this
form. It has no address, so it stays valid in a copy.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from pyiceberg.catalog import Catalog
from pyiceberg.catalog.sql import IcebergTables, SqlCatalog
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.io import FileIO
from pyiceberg.table import CommitTableResponse, Table
from pyiceberg.typedef import Identifier
from sqlalchemy import bindparam, select

HINT = "version-hint.text"
METADATA = ".metadata.json"
LOCAL = "file://"
_TABLES = IcebergTables.__table__.columns
ADDRESS = select(_TABLES.metadata_location).where(
    _TABLES.catalog_name == bindparam("catalog"),
    _TABLES.table_namespace == bindparam("namespace"),
    _TABLES.table_name == bindparam("name"),
)


def is_hint(path: str) -> bool:
    """Whether a file of a table is its version hint."""
    return path.endswith(f"/metadata/{HINT}")


def read_hint(io: FileIO, address: str) -> str | None:
    """What the hint beside a metadata file holds; None without a hint."""
    try:
        with io.new_input(_hint_of(address)).open() as stream:
            return stream.read().decode(errors="replace")
    except FileNotFoundError:
        return None


def is_right(io: FileIO, address: str) -> bool:
    """Whether the hint beside a metadata file names this file."""
    return read_hint(io, address) == _text(address)


def write_hint(io: FileIO, address: str) -> None:
    """Let the hint beside a metadata file name this file, in one atomic step."""
    place, text = _hint_of(address), _text(address).encode()
    if not place.startswith(LOCAL):
        with io.new_output(place).create(overwrite=True) as stream:
            stream.write(text)
        return
    file = Path(place.removeprefix(LOCAL))
    part = file.with_name(f"{HINT}.{os.getpid()}-{uuid4().hex}.part")
    part.write_bytes(text)
    part.replace(file)


def point_to(io: FileIO, address: str, newest: Callable[[], str]) -> None:
    """Write the hint after a commit.

    The catalog is read after each write, and the hint is written again when another writer has committed meanwhile. So
    whoever writes last has compared the hint with the catalog, and the hint of an older commit never stays.

    Args:
        address: of the metadata file of the commit.
        newest: reads the address of the newest metadata file from the catalog.
    """
    while True:
        write_hint(io, address)
        if (found := newest()) == address:
            return
        address = found


def _hint_of(address: str) -> str:
    return f"{address.rpartition('/')[0]}/{HINT}"


def _text(address: str) -> str:
    return address.rpartition("/")[2].removesuffix(METADATA)


def _state(address: str) -> tuple[int, int] | None:
    """Size and time of the last change of a file in a folder; None if there is no such file."""
    try:
        found = Path(address.removeprefix(LOCAL)).stat() if address.startswith(LOCAL) else None
    except OSError:
        return None
    return None if found is None else (found.st_size, found.st_mtime_ns)


class Hinting:
    """For a catalog of PyIceberg: its commits write the hint of the table. Stands before the catalog's own class."""

    def create_table(self, *args: Any, **kwargs: Any) -> Table:
        """Create a table and its hint."""
        made: Table = super().create_table(*args, **kwargs)  # type: ignore[misc]
        point_to(made.io, made.metadata_location, lambda: self.newest(made))
        return made

    def commit_table(self, table: Table, requirements: Any, updates: Any) -> CommitTableResponse:
        """Commit changes and write the hint."""
        done: CommitTableResponse = super().commit_table(table, requirements, updates)  # type: ignore[misc]
        point_to(table.io, done.metadata_location, lambda: self.newest(table))
        return done

    def newest(self, table: Table) -> str:
        """Address of the newest metadata file of a table, as the catalog has it now."""
        raise NotImplementedError


class HintingSqlCatalog(Hinting, SqlCatalog):
    """A catalog in SQLite whose commits write the hint of the table.

    A metadata file never changes, and a run loads a table some ten times between two commits. So the newest one of each
    table stays in memory; its size and time of change show whether it was damaged or lost since.
    """

    def __init__(self, name: str, **properties: str) -> None:
        super().__init__(name, **properties)
        self._loaded: dict[Identifier, tuple[str, tuple[int, int], Table]] = {}

    def load_table(self, identifier: str | Identifier) -> Table:
        """The newest version of a table. The catalog is read each time; the metadata only if it is another file.

        PyIceberg builds an object of the ORM for each lookup, which takes ten times as long as the lookup itself.

        Raises:
            NoSuchTableError: when the catalog has no such table.
        """
        name = (Catalog.namespace_to_string(Catalog.namespace_from(identifier)), Catalog.table_name_from(identifier))
        address = self._address(*name)
        if address is None:
            raise NoSuchTableError(f"Table does not exist: {'.'.join(name)}")
        state = _state(address)
        if state is None or self._loaded.get(name, ("", None))[:2] != (address, state):
            self._loaded.pop(name, None)
            found = super().load_table(identifier)
            if state is None or found.metadata_location != address:
                return found
            self._loaded[name] = (address, state, found)
        known = self._loaded[name][2]
        return Table(known.name(), known.metadata, address, known.io, self)

    def newest(self, table: Table) -> str:
        """Address of the newest metadata file."""
        return str(self._address(*table.name()[-2:]))

    def _address(self, namespace: str, name: str) -> str | None:
        with self.engine.connect() as connection:
            wanted = {"catalog": self.name, "namespace": namespace, "name": name}
            found: str | None = connection.execute(ADDRESS, wanted).scalar()
            return found
