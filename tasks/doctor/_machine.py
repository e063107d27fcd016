"""Checks of this machine: settings, Python, packages, disk."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from tasks.doctor.case import Case
from tasks.doctor.finding import Finding, doubtful, fine, wrong

SHOWN = ("cbbd-etl", "prefect", "polars", "pyiceberg", "duckdb", "httpx")
PYTHON = ((3, 11), (3, 14))  # first version that works, first that does not
GIB = 2**30
WANTED_GIB, NEEDED_GIB = 5.0, 1.0  # a season of the API with gold, and what a run may need for its temporary files


def settings(case: Case) -> Finding:
    """Whether all settings are valid, and which source they choose."""
    from tasks.layers.overrides import load_overrides  # noqa: PLC0415  loads the lake, which may be what is broken
    from tasks.settings import PREFIX, unknown_variables  # noqa: PLC0415  as above

    found = case.settings
    load_overrides(found.overrides)
    source = ", ".join(f"{name} {value}" for name, value in found.identity.items())
    given = sum(name.startswith(PREFIX) for name in os.environ)
    text = f"{source}; {given} variables {PREFIX}*" + (", a file .env" if Path(".env").is_file() else "")
    if unknown := list(unknown_variables(os.environ)):
        return doubtful(unknown[0].partition(";")[0], unknown[0].partition("; ")[2])
    return fine(text)


def python(_: Case) -> Finding:
    """Whether this version of Python is supported."""
    text = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    if PYTHON[0] <= sys.version_info[:2] < PYTHON[1]:
        return fine(text)
    return wrong(text, "use Python 3.11, 3.12 or 3.13: `make setup PYTHON=python3.12`")


def packages(_: Case) -> Finding:
    """Whether all packages are installed that the project requires."""
    missing = [name for name in _required() if not _version(name)]
    if missing:
        return wrong(f"{', '.join(missing)} not installed", "`make setup`")
    return fine(", ".join(f"{name} {_version(name)}" for name in SHOWN))


def _required() -> list[str]:
    words = [text.partition(";") for text in requires("cbbd-etl") or []]
    names = (text for text, _, marker in words if "extra" not in marker)
    return sorted("".join(_until_mark(name)) for name in names)


def _until_mark(requirement: str) -> str:
    for place, character in enumerate(requirement):
        if not (character.isalnum() or character in "-_."):
            return requirement[:place]
    return requirement


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def disk(case: Case) -> Finding:
    """Free space where the lake is, and where temporary files go."""
    places = {"temporary files": Path(tempfile.gettempdir())}
    if not case.settings.lake.startswith("s3://"):
        folder = Path(case.settings.lake).expanduser().absolute()
        places["lake"] = next((above for above in (folder, *folder.parents) if above.exists()), Path("/"))
    free = {what: shutil.disk_usage(place).free / GIB for what, place in places.items()}
    text = ", ".join(f"{amount:,.1f} GB free for {what}" for what, amount in free.items())
    cure = "free some space, or name another place with --lake and TMPDIR"
    if min(free.values()) < NEEDED_GIB:
        return wrong(text, cure)
    return (
        doubtful(f"{text}; a season may need {WANTED_GIB:g} GB", cure)
        if min(free.values()) < WANTED_GIB
        else fine(text)
    )
