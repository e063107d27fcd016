"""Converts tables of the registry to Iceberg: schema, partition spec, Arrow schema, partition filters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from itertools import count
from typing import Protocol

import polars as pl
import pyarrow as pa
from pyiceberg.catalog import Catalog
from pyiceberg.exceptions import ResolveError, ValidationError
from pyiceberg.expressions import BooleanExpression
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import Table as IcebergTable
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
from tasks.errors import LakeConflict
from tasks.lake.filters import NO_ROW, all_of, at_least, at_most, below, both, either, equal

SCALARS: dict[type[pl.DataType], IcebergType] = {
    pl.Int64: LongType(),
    pl.Float64: DoubleType(),
    pl.String: StringType(),
    pl.Boolean: BooleanType(),
    pl.Date: DateType(),
    pl.Datetime: TimestamptzType(),
}


TABLE_PROPERTIES = {
    "write.parquet.compression-codec": "zstd",
    "write.metadata.previous-versions-max": "20",
    "write.metadata.delete-after-commit.enabled": "true",
    # No retries by PyIceberg: it repeats the same change after a conflict, so two writers of one partition both append.
    "commit.retry.num-retries": "0",
}


class Part(Protocol):
    """A part of a table that one commit replaces."""

    def filter(self, table: Table) -> BooleanExpression:
        """Iceberg filter that selects exactly this part."""

    def holds(self, table: Table) -> pl.Expr:
        """Polars predicate for rows of this part."""


@dataclass(frozen=True)
class Days:
    """Days as spans without gaps, so that a file of several days is selected by its bounds and not read."""

    days: tuple[date, ...]

    @property
    def spans(self) -> list[tuple[date, date]]:
        """First and last day of each run of neighbouring days."""
        found: list[tuple[date, date]] = []
        for day in sorted(set(self.days)):
            if found and found[-1][1] + timedelta(days=1) == day:
                found[-1] = (found[-1][0], day)
            else:
                found.append((day, day))
        return found

    def filter(self, column: str) -> BooleanExpression:
        """Iceberg filter for these days of a date column."""
        spans = [both(at_least(column, str(first)), at_most(column, str(last))) for first, last in self.spans]
        return reduce(either, spans, NO_ROW)

    def holds(self, column: str) -> pl.Expr:
        """Polars predicate for these days of a date column."""
        spans = [pl.col(column).is_between(first, last) for first, last in self.spans]
        return pl.any_horizontal(spans) if spans else pl.lit(value=False)


@dataclass(frozen=True)
class RowsOf:
    """The rows with given values in given columns (and of given days), for tables without partitions."""

    values: tuple[tuple[str, str], ...]
    days: Days | None = None

    def filter(self, table: Table) -> BooleanExpression:
        """Iceberg filter that selects exactly these rows."""
        terms = [equal(name, value) for name, value in self.values]
        return all_of([*terms, *([self.days.filter("day")] if self.days else [])])

    def holds(self, table: Table) -> pl.Expr:
        """Polars predicate for these rows."""
        terms = [pl.col(name) == value for name, value in self.values]
        return pl.all_horizontal([*terms, *([self.days.holds("day")] if self.days else [])])


@dataclass(frozen=True, order=True)
class PartitionKey:
    """The partition that one commit replaces: a whole table, a season, or a month (of a season)."""

    season: int | None = None
    month: date | None = None

    def __str__(self) -> str:
        parts = [f"season={self.season}"] if self.season is not None else []
        parts += [f"month={self.month:%Y-%m}"] if self.month is not None else []
        return "/".join(parts) or "all"

    @classmethod
    def parse(cls, text: str) -> PartitionKey:
        """The key from its text form."""
        parts = dict(part.split("=") for part in text.split("/") if "=" in part)
        month = date.fromisoformat(f"{parts['month']}-01") if "month" in parts else None
        return cls(int(parts["season"]) if "season" in parts else None, month)

    def filter(self, table: Table) -> BooleanExpression:
        """Iceberg filter that selects exactly this partition."""
        terms: list[BooleanExpression] = []
        if self.season is not None:
            terms.append(equal(str(table.season_column), self.season))
        if self.month is not None:
            terms.append(at_least(str(table.month_column), str(self.month)))
            terms.append(below(str(table.month_column), str(next_month(self.month))))
        return all_of(terms)

    def holds(self, table: Table) -> pl.Expr:
        """Polars predicate for rows of this partition."""
        expression = pl.lit(value=True)
        if self.season is not None and table.season_column:
            expression = expression & (pl.col(table.season_column) == self.season)
        if self.month is not None and table.month_column:
            expression = expression & (pl.col(table.month_column).dt.truncate("1mo") == self.month)
        return expression


@dataclass(frozen=True)
class DaysOf:
    """Some days of a partition. A commit that replaces them leaves the other days as they are.

    As text it is the partition, whose fingerprint the commit stores.
    """

    key: PartitionKey
    days: Days

    def __str__(self) -> str:
        return str(self.key)

    def filter(self, table: Table) -> BooleanExpression:
        """Iceberg filter that selects exactly these days."""
        return both(self.key.filter(table), self.days.filter(str(table.day_column)))

    def holds(self, table: Table) -> pl.Expr:
        """Polars predicate for rows of these days."""
        return self.key.holds(table) & self.days.holds(str(table.day_column))


def month_of(day: date) -> date:
    """First day of a day's month."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    """First day of the next month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def iceberg_schema(table: Table) -> Schema:
    """Iceberg schema: field ids in the contract's order, descriptions as docs."""
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
    """Partition spec of a table: none, by season (or year), by month of its month column, or both."""
    fields = []
    season = table.season_column
    if table.partition is not Partition.NONE and season is not None:
        fields.append(PartitionField(schema.find_field(season).field_id, 1000, IdentityTransform(), season))
    if table.month_column is not None:
        source = schema.find_field(table.month_column).field_id
        fields.append(PartitionField(source, 1001, MonthTransform(), f"{table.month_column}_month"))
    return PartitionSpec(*fields)


def create(catalog: Catalog, namespace: str, table: Table) -> IcebergTable:
    """The table; it is created if it does not exist.

    Raises:
        IntegrityError: when another process creates the same namespace at the same time; a retry finds it.
    """
    schema = iceberg_schema(table)
    if not catalog.namespace_exists(namespace):  # on AWS it exists, and a run has no permission to create one
        catalog.create_namespace_if_not_exists(namespace)
    return catalog.create_table_if_not_exists(
        (namespace, table.name),
        schema,
        partition_spec=partition_spec(table, schema),
        properties={**TABLE_PROPERTIES, "comment": table.description},
    )


def evolve(known: IcebergTable, table: Table) -> IcebergTable:
    """Change the table's schema to the contract's. New columns are null in older partitions until they are rebuilt.

    Raises:
        LakeConflict: when the type of a column in the lake differs from the contract.
    """
    wanted, present = iceberg_schema(table), {field.name: field for field in known.schema().fields}
    if _satisfies(known.schema(), wanted):
        return known
    fields = [
        field if field.name in present else field.model_copy(update={"required": False}) for field in wanted.fields
    ]
    try:
        with known.update_schema() as update:
            for name in sorted(present.keys() - table.by_name.keys()):
                update.delete_column(name)
            update.union_by_name(Schema(*fields))
    except (ValidationError, ResolveError, ValueError) as error:
        raise LakeConflict(
            f"{table.qualified} in the lake does not fit the contract any more ({error}); ingest into a new lake"
        ) from error
    return known


def _satisfies(schema: Schema, wanted: Schema) -> bool:
    """Whether a schema has the wanted columns and types, and requires no value that may be null."""
    required = {field.name: field.required for field in schema.fields}
    return _types(schema) == _types(wanted) and not any(required[f.name] > f.required for f in wanted.fields)


def _types(schema: Schema) -> dict[str, pa.DataType]:
    return {field.name: field.type for field in schema_to_pyarrow(schema, include_field_ids=False)}


def to_arrow(frame: pl.DataFrame, schema: Schema) -> pa.Table:
    """A frame as Arrow in the table's exact schema and column order."""
    target = schema_to_pyarrow(schema, include_field_ids=False)
    return frame.select(target.names).to_arrow(compat_level=pl.CompatLevel.oldest()).cast(target)
