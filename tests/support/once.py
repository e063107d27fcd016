"""What is dear to make is made once per run of the tests, for all its workers."""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from pathlib import Path

import pytest

DONE = "done"


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """The folder `name` that `make` has filled, in this worker or in another one. No test may write into it.

    The first worker makes it while the others wait. A lake in it keeps its address, so it can be read where it is.

    Raises:
        Exception: what `make` raises; the next worker that asks tries again.
    """
    base = factory.getbasetemp()
    home = base.parent if base.name.startswith("popen-") else base  # of this run alone: pytest numbers its folders
    folder = home / "made-once" / name
    folder.parent.mkdir(exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # released by the system even if this worker is killed
        if not (folder / DONE).exists():
            if folder.exists():
                _put_aside(folder)
            folder.mkdir()
            make(folder)
            (folder / DONE).touch()
    return folder


def _put_aside(folder: Path) -> None:
    """Rename what an attempt that failed has left: it would be taken for a part of the next."""
    number = sum(1 for _ in folder.parent.glob(f"{folder.name}.failed*"))
    folder.rename(folder.with_name(f"{folder.name}.failed{number}"))
