"""Column names that the lake uses already: each has one type and one description in all tables."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import polars as pl

import quality.vocabulary
from kit.scaffold._shapes import Kind, Shape
from quality.columns import BOOL, DATE, FLOAT, INT, STRING, TIMESTAMP, Field, snake_case
from quality.dataset import registry

LONGEST = 95  # characters of a description that fit on a line of a contract
TYPES: Mapping[Kind, pl.DataType] = MappingProxyType(
    {
        Kind.INTEGER: INT,
        Kind.NUMBER: FLOAT,
        Kind.TEXT: STRING,
        Kind.BOOLEAN: BOOL,
        Kind.DATE: DATE,
        Kind.TIMESTAMP: TIMESTAMP,
        Kind.UNKNOWN: STRING,
    }
)
HOLD: Mapping[Kind, tuple[pl.DataType, ...]] = MappingProxyType(
    {
        Kind.INTEGER: (INT, FLOAT),
        Kind.DATE: (DATE, STRING),
        Kind.TIMESTAMP: (TIMESTAMP, STRING),
        Kind.UNKNOWN: tuple(TYPES.values()),
    }
)


@dataclass(frozen=True)
class Meaning:
    """Type and description of a silver or gold column."""

    dtype: pl.DataType
    description: str


@cache
def meanings() -> Mapping[str, frozenset[Meaning]]:
    """The meanings of each column name in silver and gold; a few names have more than one."""
    found: dict[str, set[Meaning]] = defaultdict(set)
    for table in registry().tables.values():
        if table.layer in ("silver", "gold"):
            for column in table.columns:
                found[column.name].add(Meaning(column.dtype, column.description))
    return {name: frozenset(several) for name, several in found.items()}


@cache
def vocabulary() -> Mapping[str, tuple[str, Field]]:
    """The shared fields of `quality.vocabulary` by API name: name of the constant, and the field."""
    return {item.wire: (name, item) for name, item in vars(quality.vocabulary).items() if isinstance(item, Field)}


def holds(dtype: object, shape: Shape) -> bool:
    """Whether a type can hold the values of the example."""
    if shape.kind is Kind.LIST:
        return isinstance(dtype, pl.List) and dtype.inner in HOLD.get(shape.item, (TYPES.get(shape.item),))
    return dtype in HOLD.get(shape.kind, (TYPES.get(shape.kind),))


def shared_field(shape: Shape) -> tuple[str, Field] | None:
    """The shared field of this API name, if its type and its closed set of values fit the example."""
    name, item = vocabulary().get(shape.wire, ("", None))
    if item is None or not holds(item.type, shape):
        return None
    known = item.values is None or set(shape.texts) <= {*item.values}
    return (name, item) if known else None


def column_name(text: str) -> str:
    """The column name for an API name; "" if there is no valid one."""
    name = re.sub(r"[^a-z0-9]+", "_", snake_case(text)).strip("_")
    return name if name[:1].isalpha() else ""
