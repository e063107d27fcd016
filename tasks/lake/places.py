"""Where a lake can be: a folder, checked before anything is created in it."""

from __future__ import annotations

import os
from pathlib import Path

from tasks.errors import BadInput, NoLake
from tasks.lake.storage import CATALOG

LAYERS = ("bronze", "silver", "gold", "ops")  # namespaces of the catalog
MARKER = "lake.json"
WAREHOUSE = "warehouse"
EXPORT = "export"  # files for other tools, where no other place is named
REPORT = "report"  # pages by season, where no other place is named
LEASES = "ops/leases"  # who works on which dataset and season: see tasks.lake.leases
CALLS = "ops/calls.json"  # starts of the last calls, in a folder only: see tasks.source.shared_rate
NOT_IN_A_PATH = "#?%"  # PyIceberg and SQLite treat paths as URLs and would write somewhere else


def local_folder(place: str) -> Path:
    """The folder of a local lake without links in its path, checked but not created.

    Raises:
        BadInput: when there is no lake at `place` and none can be created there.
    """
    folder = named_folder(place)
    if not folder.exists():
        _check_creatable(folder)
    elif not _is_lake(folder) and any(folder.iterdir()):
        raise BadInput(f"{folder} holds other files and is not a lake; name an empty or a new folder")
    return folder


def named_folder(place: str) -> Path:
    """The folder that a path names, whatever is in it.

    Raises:
        BadInput: when no lake can have this path.
    """
    if not place.strip():
        raise BadInput("an empty path for the lake: name a folder or s3://bucket/prefix")
    try:
        folder = Path(place).expanduser().resolve()
    except (OSError, RuntimeError) as error:  # a link that leads back to itself
        raise BadInput(f"a lake cannot be at {place}: {error}; name another folder") from error
    if wrong := sorted(set(NOT_IN_A_PATH) & set(str(folder))):
        raise BadInput(f"a lake cannot be at {folder}: {' '.join(wrong)} cannot be in its path; name another folder")
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder} is a file; a lake is a folder or s3://bucket/prefix")
    return folder


def no_lake(place: str | Path) -> NoLake:
    """The error of a place without a lake."""
    return NoLake(f"there is no lake at {place}; `cbbd-etl ingest --lake {place}` creates one")


def _check_creatable(folder: Path) -> None:
    parent = next(above for above in folder.parents if above.exists())
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise BadInput(f"a lake cannot be created at {folder}: {parent} is not a folder with write access")


def _is_lake(folder: Path) -> bool:
    """Whether a folder is a lake, even one whose creation was interrupted."""
    return (folder / MARKER).is_file() or (folder / CATALOG).is_file()
