"""A read-only, caching view of a lake: each table and listing is loaded at most once.

All views of a lake share envelopes, which never change, and the rows of small tables, by version.

Use it to plan work and to check what is there. Writers use the lake itself, which loads tables again, so that they see
the changes of other processes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

import polars as pl
from pyiceberg.table import Table as IcebergTable

from tasks.lake.lake import Lake
from tasks.lake.raw import Envelope, RawObject, RawStore
from tasks.lake.storage import explaining_storage_errors

SMALL = 4 << 20  # bytes of the files of a table
MOST_ENVELOPES = 20_000  # kept in memory, with some kilobytes each


class CachedLake(Lake):
    """The lake as of the first access to each part of it. For one thread, and for a short time."""

    def __init__(self, lake: Lake) -> None:
        vars(self).update(vars(lake))
        self._original = lake  # a reference, because the catalog is closed when the lake is garbage-collected
        self.raw = CachedRawStore(lake.raw)
        self._found: dict[str, IcebergTable | None] = {}
        self._names: list[str] | None = None

    def iceberg(self, name: str) -> IcebergTable | None:
        """The table at the version of the first access."""
        if name not in self._found:
            self._found[name] = super().iceberg(name)
        return self._found[name]

    @explaining_storage_errors
    def scan(self, name: str) -> pl.LazyFrame:
        """A table as a LazyFrame. A small one is read once per version: planning a scan takes longer than its rows.

        Raises:
            BadInput: when the lake has no such table.
        """
        table = self.iceberg(name)
        if table is None or _size(table) > SMALL:
            return super().scan(name)
        location, rows = self.small.get(name, ("", None))
        if rows is None or location != table.metadata_location:
            rows = super().scan(name).collect()
            self.small[name] = table.metadata_location, rows
        return rows.lazy()

    def tables(self) -> list[str]:
        """SQL names of the tables, sorted."""
        if self._names is None:
            self._names = super().tables()
        return self._names

    def replace(self, *_: object, **__: object) -> NoReturn:
        """Always refused."""
        raise TypeError("a CachedLake may be out of date: replace partitions through the lake itself")


class CachedRawStore(RawStore):
    """A raw store that keeps its first listings. Envelopes never change."""

    def __init__(self, store: RawStore) -> None:
        vars(self).update(vars(store))
        self._objects: dict[tuple[str, int | None], list[RawObject]] = {}
        self._names: dict[str, list[str]] = {}

    def objects(self, endpoint: str, season: int | None = None) -> Iterator[RawObject]:
        """Good responses of an endpoint (and season), from the listing alone, in no order."""
        if (endpoint, season) not in self._objects:
            self._objects[endpoint, season] = list(super().objects(endpoint, season))
        yield from self._objects[endpoint, season]

    def _listed(self, prefix: str) -> list[str]:
        if prefix not in self._names:
            self._names[prefix] = super()._listed(prefix)
        return self._names[prefix]

    def envelopes(self, paths: list[str]) -> dict[str, Envelope]:
        """Many envelopes; those that no view of this lake has read before are read in parallel."""
        unknown = [path for path in paths if path not in self.opened]
        if len(self.opened) + len(unknown) > MOST_ENVELOPES:
            self.opened.clear()
            unknown = paths
        if unknown:
            self.opened |= super().envelopes(unknown)
        return {path: self.opened[path] for path in paths}


def _size(table: IcebergTable) -> int:
    """Bytes of a table's files, as its newest version says; more than is small if it does not say."""
    snapshot = table.current_snapshot()
    known = snapshot.summary["total-files-size"] if snapshot and snapshot.summary else None
    return SMALL + 1 if known is None else int(known)
