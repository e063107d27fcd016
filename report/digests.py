"""Hashes of pages and files: 128 bits, because the manifest of a full season has 22,000 of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

BYTES = 16


def digest_of(parts: Iterable[bytes]) -> str:
    """BLAKE2b of bytes, 128 bits in hexadecimal."""
    found = hashlib.blake2b(digest_size=BYTES)
    for part in parts:
        found.update(part)
    return found.hexdigest()
