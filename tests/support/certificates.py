"""A file of trusted certificates is read once per process: that takes 25 ms of CPU, and each client reads one."""

from __future__ import annotations

import os
import ssl
from functools import cache
from typing import Any

_create = ssl.create_default_context


@cache
def _kept(file: str, changed: int, size: int) -> ssl.SSLContext:
    """For a state of the file; an error is not kept."""
    return _create(cafile=file)


def _context(purpose: ssl.Purpose = ssl.Purpose.SERVER_AUTH, **given: Any) -> ssl.SSLContext:
    if given.keys() != {"cafile"} or purpose is not ssl.Purpose.SERVER_AUTH:
        return _create(purpose, **given)
    state = os.stat(given["cafile"])  # noqa: PTH116  it raises what reading the file raises
    return _kept(given["cafile"], state.st_mtime_ns, state.st_size)


def install() -> None:
    """From now on, for all clients of this process that choose nothing but the file."""
    ssl.create_default_context = _context
