"""From the registry's tables to Iceberg: schema, partition spec, Arrow schema, partition filters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Protocol

import polars as pl
import pyarrow as pa
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import IdentityTransform, MonthTransform
from pyiceberg.types import (
    BooleanType,
    DateType,
    DoubleType,
    IcebergType,
    ListType,
    LongType,
    NestedField,
    StringType,
    StructType,
    TimestamptzType,
)

from quality.dataset import Partition, Table

SCALARS: dict[type[pl.DataType], IcebergType] = {
    pl.Int64: LongType(),
    pl.Float64: DoubleType(),
    pl.String: StringType(),
    pl.Boolean: BooleanType(),
    pl.Date: DateType(),
    pl.Datetime: TimestamptzType(),
}


class Part(Protocol):
    """A part of a table that one commit replaces."""

    def filter(self, table: Table) -> str:
        """Iceberg filter that selects exactly this part."""

    def holds(self, table: Table) -> pl.Expr:
        """Polars predicate for rows that belong here."""


@dataclass(frozen=True)
class RowsOf:
    """The rows with given values in given columns, for tables that are not partitioned."""

    values: tuple[tuple[str, str], ...]

    def filter(self, table: Table) -> str:
        """Iceberg filter that selects exactly these rows."""
        return " and ".join(f"{name} = '{value}'" for name, value in self.values)

    def holds(self, table: Table) -> pl.Expr:
        """Polars predicate for these rows."""
        return pl.all_horizontal(pl.col(name) == value for name, value in self.values)


@dataclass(frozen=True, order=True)
class PartitionKey:
    """What one commit replaces: a whole table, a season of it, or a month of a season."""

    season: int | None = None
    month: date | None = None

    def __str__(self) -> str:
        parts = [f"season={self.season}"] if self.season is not None else []
        parts += [f"month={self.month:%Y-%m}"] if self.month is not None else []
        return "/".join(parts) or "all"

    def filter(self, table: Table) -> str:
        """Iceberg filter that selects exactly this partition."""
        terms = [f"season = {self.season}"] if self.season is not None else []
        if self.month is not None:
            terms.append(f"{table.month_column} >= '{self.month}'")
            terms.append(f"{table.month_column} < '{next_month(self.month)}'")
        return " and ".join(terms) or "true"

    def holds(self, table: Table) -> pl.Expr:
        """Polars predicate for rows that belong here."""
        expression = pl.lit(value=True)
        if self.season is not None:
            expression = expression & (pl.col("season") == self.season)
        if self.month is not None and table.month_column:
            expression = expression & (pl.col(table.month_column).dt.truncate("1mo") == self.month)
        return expression


def month_of(day: date) -> date:
    """First day of a day's month."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    """First day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def iceberg_schema(table: Table) -> Schema:
    """Iceberg schema with field ids in the contract's order and the descriptions as docs."""
    ids = count(1)
    fields = [
        NestedField(
            next(ids),
            column.name,
            _iceberg_type(column.dtype, ids),
            required=not column.nullable,
            doc=column.description,
        )
        for column in table.columns
    ]
    return Schema(*fields)


def _iceberg_type(dtype: pl.DataType, ids: count[int]) -> IcebergType:
    if isinstance(dtype, pl.List):
        return ListType(next(ids), _iceberg_type(_instance(dtype.inner), ids), element_required=False)
    if isinstance(dtype, pl.Struct):
        inner = [(field.name, _instance(field.dtype)) for field in dtype.fields]
        return StructType(
            *[NestedField(next(ids), name, _iceberg_type(kind, ids), required=False) for name, kind in inner]
        )
    return SCALARS[type(dtype)]


def _instance(dtype: object) -> pl.DataType:
    assert isinstance(dtype, pl.DataType), f"nested types are declared as instances, not {dtype!r}"
    return dtype


def partition_spec(table: Table, schema: Schema) -> PartitionSpec:
    """Partition spec of a table: none, season, or season and month of its month column."""
    fields = []
    if table.partition is not Partition.NONE:
        fields.append(PartitionField(schema.find_field("season").field_id, 1000, IdentityTransform(), "season"))
    if table.month_column is not None:
        source = schema.find_field(table.month_column).field_id
        fields.append(PartitionField(source, 1001, MonthTransform(), f"{table.month_column}_month"))
    return PartitionSpec(*fields)


def to_arrow(frame: pl.DataFrame, schema: Schema) -> pa.Table:
    """A frame as Arrow in the table's exact schema; large offsets are kept small by casting per column."""
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(schema_to_pyarrow(schema, include_field_ids=False))
