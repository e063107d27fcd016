"""A lake as one look finds it: every table, listing and envelope is read once, however many questions are asked.

For deciding what is to be done, and for judging what is there. Nothing is written through it: who writes opens tables
anew, so a change that another process made since is seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

from pyiceberg.table import Table as IcebergTable

from tasks.lake.lake import Lake
from tasks.lake.raw import Envelope, RawObject, RawStore


class CachedLake(Lake):
    """The lake at the moment of the first question about each part of it; for one thread, and not for long."""

    def __init__(self, lake: Lake) -> None:
        vars(self).update(vars(lake))
        self._looked_at = lake  # whose end closes the catalog
        self.raw = CachedRawStore(lake.raw)
        self._found: dict[str, IcebergTable | None] = {}
        self._names: list[str] | None = None

    def iceberg(self, name: str) -> IcebergTable | None:
        """The table at the version that the first question found."""
        if name not in self._found:
            self._found[name] = super().iceberg(name)
        return self._found[name]

    def tables(self) -> list[str]:
        """SQL names of the tables, sorted."""
        if self._names is None:
            self._names = super().tables()
        return self._names

    def replace(self, *_: object, **__: object) -> NoReturn:
        """Not through a glance."""
        raise TypeError("what is read through a glance may be old: replace partitions through the lake itself")


class CachedRawStore(RawStore):
    """A raw store whose listings are those of the first question. Envelopes never change."""

    def __init__(self, store: RawStore) -> None:
        vars(self).update(vars(store))
        self._objects: dict[tuple[str, int | None], list[RawObject]] = {}
        self._envelopes: dict[str, Envelope] = {}

    def objects(self, endpoint: str, season: int | None = None) -> Iterator[RawObject]:
        """Good responses of an endpoint (and season), by name only; no order."""
        if (endpoint, season) not in self._objects:
            self._objects[endpoint, season] = list(super().objects(endpoint, season))
        yield from self._objects[endpoint, season]

    def envelopes(self, paths: list[str]) -> dict[str, Envelope]:
        """Many envelopes, read at once where they are not known."""
        if unknown := [path for path in paths if path not in self._envelopes]:
            self._envelopes |= super().envelopes(unknown)
        return {path: self._envelopes[path] for path in paths}
