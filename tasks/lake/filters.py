"""Filters of Iceberg as objects: text takes milliseconds to parse, and a run selects some hundred parts of tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce
from typing import cast

from pyiceberg.expressions import (
    AlwaysFalse,
    AlwaysTrue,
    And,
    BooleanExpression,
    EqualTo,
    GreaterThanOrEqual,
    IsNull,
    LessThan,
    LessThanOrEqual,
    Or,
)

# PyIceberg takes the arguments by position, which its declarations do not say.
_makers = cast(
    "tuple[Callable[..., BooleanExpression], ...]",
    (And, Or, EqualTo, IsNull, GreaterThanOrEqual, LessThanOrEqual, LessThan),
)
both, either, equal, is_null, at_least, at_most, below = _makers
EVERY_ROW: BooleanExpression = AlwaysTrue()
NO_ROW: BooleanExpression = AlwaysFalse()


def all_of(terms: Iterable[BooleanExpression]) -> BooleanExpression:
    """The filter for rows that satisfy all terms; all rows without any."""
    return reduce(both, terms, EVERY_ROW)
