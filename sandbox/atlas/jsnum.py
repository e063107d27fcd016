"""Numbers as JavaScript writes them: 50.0 becomes 50, and a division by zero becomes null."""

from math import floor

Number = int | float


def js(value: float) -> Number:
    """A float without a trailing ".0"."""
    return int(value) if value == int(value) else value


def rounded(value: float, digits: int = 1) -> Number:
    """Round half up, as Math.round and Postgres do."""
    scale = 10**digits
    return js(floor(value * scale + 0.5) / scale)


def ratio(part: float, whole: float, scale: float = 1.0, digits: int = 1) -> Number | None:
    """scale * part / whole, rounded; None for a division by zero (NaN and Infinity are null in JSON)."""
    return rounded(scale * part / whole, digits) if whole else None


def percent(part: float, whole: float) -> Number:
    """A shooting percentage with one decimal; 0 without an attempt."""
    return rounded(100 * part / whole) if whole else 0
