"""Fields and columns: meaning, type, unit, bounds and null rule of each name.

A `Field` describes one value of an API record under the API's own name; a `Column` describes one column of a table.
Columns of bronze and silver are computed from fields, so that a meaning is written once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from quality.clocks import Clock

INT = pl.Int64()
FLOAT = pl.Float64()
STRING = pl.String()
BOOL = pl.Boolean()
DATE = pl.Date()
TIMESTAMP = pl.Datetime("us", "UTC")

Scalar = pl.DataType


def snake_case(wire: str) -> str:
    """Column name for an API name: `homeTeamEloStart` → `home_team_elo_start`, `PORPAG` → `porpag`."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", wire)
    return parted.lower()


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """Closed interval of valid values; None means no bound on that side."""

    ge: float | None = None
    le: float | None = None

    def describe(self) -> str:
        """The interval as text, for messages and docs."""
        low = "" if self.ge is None else f">= {self.ge:g}"
        high = "" if self.le is None else f"<= {self.le:g}"
        return " and ".join(part for part in (low, high) if part)


@dataclass(frozen=True)
class Record:
    """An object of the API: its fields in the order of the contract."""

    fields: tuple[Field, ...]

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields)


@dataclass(frozen=True)
class ListOf:
    """An array of scalars or of objects."""

    item: Scalar | Record


@dataclass(frozen=True)
class Field:
    """One value of an API record.

    Args:
        wire: name in the API.
        type: a Polars scalar type, a `Record` (flattened into columns) or a `ListOf` (kept as a list).
        description: meaning in one line. A nested record prefixes its columns' names and descriptions by itself.
        nullable: whether the contract allows null.
        name: column name, where snake_case of `wire` is not good enough.
        unit: unit of the value as the API sends it.
        percent: sent as 0-100; silver divides by 100.
        bounds: closed interval of valid values as the API sends them.
        values: the only valid values.
        can_be_null: why the API sends null although its contract requires a value, such as a division by zero.
        decoration: the record is worth more than this value: if it cannot be read, it becomes null and is counted.
        may_be_missing: why a response may lack the field; its absence is no drift, and the column is null.
    """

    wire: str
    type: Scalar | Record | ListOf
    description: str
    nullable: bool = False
    name: str | None = None
    unit: str | None = None
    percent: bool = False
    bounds: Bounds | None = None
    values: tuple[str, ...] | None = None
    can_be_null: str | None = None
    decoration: bool = False
    may_be_missing: str | None = None

    def __post_init__(self) -> None:
        if self.may_be_missing and not self.nullable:
            raise ValueError(f"{self.wire} may be missing, so it must be nullable")

    @property
    def column_name(self) -> str:
        """Column name of this field, without the prefix of the object that contains it."""
        return self.name or snake_case(self.wire)

    def null(self) -> Field:
        """The same field, nullable."""
        return replace(self, nullable=True)

    def decor(self) -> Field:
        """The same field as decoration, with everything inside of it."""
        if not isinstance(self.type, Record):
            return replace(self, decoration=True)
        inside = Record(tuple(item.decor() for item in self.type))
        return replace(self, type=inside, decoration=True)


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a table: everything that checks, storage and docs need."""

    name: str
    dtype: pl.DataType
    description: str
    nullable: bool = False
    unit: str | None = None
    percent: bool = False
    bounds: Bounds | None = None
    values: tuple[str, ...] | None = None
    open_values: bool = False  # values that are not in `values` are kept too
    can_be_null: str | None = None  # when it is null; of an API field: although the API's model requires a value
    decoration: bool = False  # a value that cannot be read becomes null and is counted
    path: tuple[str, ...] = ()  # path in the API's record; empty for derived columns
    clock: Clock | None = None  # when the value is known; None in layers without clocks

    @property
    def limits(self) -> Bounds:
        """The interval of valid values on the scale of the table. Bounds of percentages are on the API's scale."""
        scale = 100 if self.percent and self.unit != "percent" else 1
        bounds = self.bounds or Bounds()
        low, high = (None if limit is None else limit / scale for limit in (bounds.ge, bounds.le))
        return replace(bounds, ge=low, le=high)

    @property
    def only_values(self) -> tuple[str, ...]:
        """The values that are valid; none if any value is."""
        return () if self.open_values else self.values or ()


def bounded(name: str, description: str, unit: str, low: float, high: float) -> Column:
    """A number that is never null; the bounds include every possible value and exclude infinity."""
    return Column(name=name, dtype=FLOAT, description=description, unit=unit, bounds=Bounds(ge=low, le=high))


def counted(name: str, description: str, unit: str | None = None, *, low: int = 0) -> Column:
    """A whole number that is never null, and at least 0 unless `low` says otherwise."""
    return Column(name=name, dtype=INT, description=description, unit=unit, bounds=Bounds(ge=low))


def known(clock: Clock, *columns: Column) -> tuple[Column, ...]:
    """The same columns with the clock at which their values are known."""
    return tuple(replace(column, clock=clock) for column in columns)


@dataclass(frozen=True, kw_only=True)
class Derived:
    """A silver column that is computed from other columns of the row."""

    column: Column
    expr: pl.Expr = field(compare=False)


@dataclass(frozen=True)
class RowRule:
    """A rule over several columns or rows. Rows for which `holds` is not true are quarantined.

    Attributes:
        of: columns that are computed first, because Polars does not nest window expressions.
    """

    name: str
    column: str
    holds: pl.Expr = field(compare=False)
    of: tuple[pl.Expr, ...] = field(default=(), compare=False)


def flatten(record: Record, prefix: str = "", path: tuple[str, ...] = (), null: bool = False) -> list[Column]:
    """Columns of a record: nested objects become prefixed columns, arrays stay lists.

    A leaf inside a nullable object is always nullable.
    """
    columns: list[Column] = []
    for item in record:
        name, where = prefix + item.column_name, (*path, item.wire)
        if isinstance(item.type, Record):
            columns += flatten(item.type, f"{name}_", where, null or item.nullable)
        else:
            columns.append(_leaf(item, name, where, null))
    return columns


def _leaf(item: Field, name: str, path: tuple[str, ...], null: bool) -> Column:
    owner = " ".join(snake_case(part).replace("_", " ") for part in path[:-1])
    nullable = item.nullable or null or item.can_be_null is not None
    return Column(
        name=name,
        dtype=polars_type(item.type),
        description=f"{owner}: {item.description}" if owner else item.description,
        nullable=nullable,
        unit=item.unit,
        percent=item.percent,
        bounds=item.bounds,
        values=item.values,
        can_be_null=item.can_be_null,
        decoration=item.decoration and nullable,
        path=path,
    )


def lists_of(record: Record, prefix: str = "", path: tuple[str, ...] = ()) -> dict[str, tuple[str, Record]]:
    """List fields whose elements are objects, by column name: their path, and the record of the objects."""
    found: dict[str, tuple[str, Record]] = {}
    for item in record:
        name, where = prefix + item.column_name, (*path, item.wire)
        if isinstance(item.type, Record):
            found |= lists_of(item.type, f"{name}_", where)
        elif isinstance(item.type, ListOf) and isinstance(item.type.item, Record):
            found[name] = (".".join(where), item.type.item)
    return found


def polars_type(kind: Scalar | Record | ListOf) -> pl.DataType:
    """Polars type of a field, with column names inside nested types."""
    if isinstance(kind, ListOf):
        return pl.List(polars_type(kind.item))
    if isinstance(kind, Record):
        return pl.Struct({column.name: column.dtype for column in flatten(kind)})
    return kind


def to_mapping(columns: tuple[Column, ...]) -> Mapping[str, Column]:
    """Columns by name.

    Raises:
        ValueError: when two columns have the same name.
    """
    by_name = {column.name: column for column in columns}
    if len(by_name) != len(columns):
        names = [column.name for column in columns]
        raise ValueError(f"several columns have the name {sorted({n for n in names if names.count(n) > 1})}")
    return by_name
