"""The certificates that everybody trusts are read once per process: 25 ms of CPU, and each client reads them."""

from __future__ import annotations

import ssl
from functools import cache
from typing import Any

import certifi

_create = ssl.create_default_context


@cache
def _usual(file: str) -> ssl.SSLContext:
    return _create(cafile=file)


def _context(purpose: ssl.Purpose = ssl.Purpose.SERVER_AUTH, **given: Any) -> ssl.SSLContext:
    file = certifi.where()
    return _usual(file) if given == {"cafile": file} else _create(purpose, **given)


def install() -> None:
    """From now on, for all clients of this process that name no certificates of their own."""
    ssl.create_default_context = _context
