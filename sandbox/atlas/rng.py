"""Named streams of random numbers. A name gives the same numbers in every process."""

import random
from hashlib import blake2b


def seed_of(*parts: object) -> int:
    """A 64-bit seed from printable parts, independent of PYTHONHASHSEED and of the order of calls."""
    text = "\x1f".join(map(str, parts))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def stream(*parts: object) -> random.Random:
    """A separate generator per name, so that lazy and eager evaluation give the same numbers."""
    return random.Random(seed_of(*parts))


def share(*parts: object) -> float:
    """A number in [0, 1) that is fixed for a name: `share(...) < 0.05` selects 5 % of all names."""
    return seed_of(*parts) / 2**64
