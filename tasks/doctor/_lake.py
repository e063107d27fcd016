"""Checks of the lake: whether it opens, is that of this source, can be written, and has a catalog that can be read."""

from __future__ import annotations

import tempfile

from tasks.doctor.case import Case, within
from tasks.doctor.finding import Finding, doubtful, fine, skipped, wrong
from tasks.errors import LakeUnavailable, PipelineError
from tasks.lake.lake import Lake
from tasks.lake.places import MARKER, local_folder

REBUILD = "`cbbd-etl rebuild` rebuilds catalog and tables from raw; docs/backup.md"
ADOPT = "`cbbd-etl lake relocate` adopts a copy, `cbbd-etl rebuild` rebuilds a lost catalog; docs/backup.md"
NONE_YET = "there is no lake yet"
TABLES_SECONDS = 120.0


def lake(case: Case) -> Finding:
    """Whether the lake opens and has data of this source."""
    settings, found = case.settings, _opened(case)
    if found is None:
        return fine(f"none yet at {settings.lake}; the first ingest creates it")
    marker = dict(found.marker() or {})
    if not marker:
        return doubtful(f"{found.location} has no readable {MARKER}", "run an ingest, which writes it again")
    held = {name: value for name, value in marker.items() if name in settings.identity or name == "source"}
    said = ", ".join(f"{name} {value}" for name, value in held.items())
    if any(settings.identity.get(name) != value for name, value in held.items()):
        return wrong(f"{found.location} has data of {said}", "set CBBD_SOURCE as it was, or name another lake: --lake")
    return fine(f"{found.location}, {said}")


def write(case: Case) -> Finding:
    """Whether the lake is no copy, and this account can write to it."""
    found = _opened(case)
    if found is not None:
        try:
            found.home.require_writable()
        except PipelineError as error:
            return wrong(str(error), ADOPT)
    if case.settings.lake.startswith("s3://"):
        return _write_to_bucket(found)
    folder = local_folder(case.settings.lake)  # refuses a place where no lake can be made
    place = next(above for above in (folder, *folder.parents) if above.exists())
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(b"1")
            file.flush()
    except OSError as error:
        return wrong(f"{place}: {error.strerror}", "correct the permissions, free some space, or name another lake")
    return fine(f"a file was written to {place} and removed")


def _write_to_bucket(found: Lake | None) -> Finding:
    if found is None:
        return skipped(NONE_YET)
    # A put that may only create. The object exists, so nothing changes; without the right to put it is refused.
    within(lambda: found.write_json(MARKER, dict(found.marker() or {}), overwrite=False), "S3")
    return fine("the account may put objects")


def catalog(case: Case) -> Finding:
    """Whether every table of the catalog can be opened."""
    found = _opened(case)
    if found is None:
        return skipped(NONE_YET)
    names = within(found.tables, "the catalog")
    damaged = within(lambda: [text for name in names if (text := _damage(found, name))], "the catalog", TABLES_SECONDS)
    if damaged:
        more = f", and {len(damaged) - 1} more" if len(damaged) > 1 else ""
        return wrong(f"{len(damaged)} of {len(names)} tables cannot be read: {damaged[0]}{more}", REBUILD)
    return fine(f"{len(names)} tables")


def _damage(found: Lake, name: str) -> str:
    """Why a table cannot be read; empty if it can."""
    try:
        table = found.iceberg(name)
        if table is not None:
            list(table.scan().plan_files())
    except LakeUnavailable:
        raise
    except PipelineError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001  a damaged file can raise anything
        return f"{name} ({type(error).__name__})"
    return ""


def _opened(case: Case) -> Lake | None:
    found: Lake | None = case.lake
    return found
