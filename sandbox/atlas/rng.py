"""Named streams of random numbers: the same name gives the same numbers in every process."""

import random
from hashlib import blake2b


def seed_of(*parts: object) -> int:
    """A 64-bit seed from any printable parts; independent of PYTHONHASHSEED and of call order."""
    text = "\x1f".join(map(str, parts))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def stream(*parts: object) -> random.Random:
    """A generator of its own for one named thing, so that lazy and eager use agree."""
    return random.Random(seed_of(*parts))


def share(*parts: object) -> float:
    """A number in [0, 1) that belongs to the name: "is this game in the 5 %" is `share(...) < 0.05`."""
    return seed_of(*parts) / 2**64
