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

from pyiceberg.catalog.sql import IcebergTables, SqlCatalog
from pyiceberg.io import FileIO
from pyiceberg.table import CommitTableResponse, Table
from pyiceberg.typedef import Identifier
from sqlalchemy import select
from sqlalchemy.orm import Session

HINT = "version-hint.text"
METADATA = ".metadata.json"
LOCAL = "file://"


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

    def _convert_orm_to_iceberg(self, orm_table: IcebergTables) -> Table:
        address = orm_table.metadata_location or ""
        name = (str(orm_table.table_namespace), str(orm_table.table_name))
        state = _state(address)
        if state is None or self._loaded.get(name, ("", None))[:2] != (address, state):
            self._loaded.pop(name, None)
            found = super()._convert_orm_to_iceberg(orm_table)
            if state is None:
                return found
            self._loaded[name] = (address, state, found)
        known = self._loaded[name][2]
        return Table(known.name(), known.metadata, address, known.io, self)

    def newest(self, table: Table) -> str:
        """Address of the newest metadata file."""
        namespace, name = table.name()[-2:]
        rows = IcebergTables.catalog_name == self.name, IcebergTables.table_namespace == namespace
        wanted = select(IcebergTables.metadata_location).where(*rows, IcebergTables.table_name == name)
        with Session(self.engine) as session:
            return str(session.scalars(wanted).one())
