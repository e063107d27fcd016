"""What the lake's names mean already: a column name has one type and one description wherever it stands."""

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

LONGEST = 95  # of a description that fits into a line of a contract
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
    """Type and description of a column that is served."""

    dtype: pl.DataType
    description: str


@cache
def meanings() -> Mapping[str, frozenset[Meaning]]:
    """What each column name of silver and gold means; a few mean more than one thing."""
    found: dict[str, set[Meaning]] = defaultdict(set)
    for table in registry().tables.values():
        if table.layer in ("silver", "gold"):
            for column in table.columns:
                found[column.name].add(Meaning(column.dtype, column.description))
    return {name: frozenset(several) for name, several in found.items()}


@cache
def vocabulary() -> Mapping[str, tuple[str, Field]]:
    """The shared fields of `quality.vocabulary`: by the API's name, the constant's name and the field."""
    return {item.wire: (name, item) for name, item in vars(quality.vocabulary).items() if isinstance(item, Field)}


def own_type(shape: Shape) -> pl.DataType:
    """The type of a value, or of a list of values, as the example alone has it."""
    return pl.List(TYPES[shape.item]) if shape.kind is Kind.LIST else TYPES[shape.kind]


def holds(dtype: object, shape: Shape) -> bool:
    """Whether a type can hold what the example has."""
    if shape.kind is Kind.LIST:
        return isinstance(dtype, pl.List) and dtype.inner in HOLD.get(shape.item, (TYPES.get(shape.item),))
    return dtype in HOLD.get(shape.kind, (TYPES.get(shape.kind),))


def shared_field(shape: Shape) -> tuple[str, Field] | None:
    """The shared field with the API's name, where its type and its closed set hold what the example has."""
    name, item = vocabulary().get(shape.wire, ("", None))
    if item is None or not holds(item.type, shape):
        return None
    known = item.values is None or set(shape.texts) <= {*item.values}
    return (name, item) if known else None


def column_name(text: str) -> str:
    """A name of the API as a column name; "" where no column can be named so."""
    name = re.sub(r"[^a-z0-9]+", "_", snake_case(text)).strip("_")
    return name if name[:1].isalpha() else ""
