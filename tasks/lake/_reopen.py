"""A lake that was sent to another process: opened there once, with connections of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from obstore.store import ObjectStore
from pyiceberg.catalog import load_catalog

from tasks.lake.leases import Lease
from tasks.lake.raw import RawStore

_OPEN: dict[str, Any] = {}  # by its token; one lake, because a process works for one run


def reopen(
    token: str,
    lake: Callable[..., Any],
    place: tuple[str, ObjectStore, str],
    catalog: dict[str, str],
    raw: tuple[ObjectStore, str] | None,
    held: tuple[Lease, ...],
) -> Any:
    """The lake with this token. It stays open for the next work, because it remembers what it found.

    Args:
        lake: the class.
        place: location, store, and prefix of the databases.
        catalog: properties of the catalog.
        raw: store and folder of the raw objects, if they are those of another lake.
        held: leases under which the work is done, as they are now.
    """
    if token not in _OPEN:
        location, store, prefix = place
        _OPEN.clear()
        _OPEN[token] = lake(location, store, load_catalog("lake", **catalog), prefix, RawStore(*raw) if raw else None)
        _OPEN[token].home.is_new = True  # what its catalog must have was checked where it was opened
    _OPEN[token].held = held
    return _OPEN[token]
