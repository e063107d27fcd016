"""`overrides.yaml`: values that replace those of the source, each with a reason. The file is checked at the start."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import to_jsonable_python

from quality.columns import Column
from quality.dataset import PROVENANCE, Partition, Table, registry
from tasks.errors import BadInput, ContractViolation
from tasks.lake.iceberg import PartitionKey, month_of
from tasks.lake.lake import Lake
from tasks.settings import OVERRIDES

TYPES: Mapping[type[pl.DataType], str] = {
    pl.Int64: "a whole number",
    pl.Float64: "a number",
    pl.String: "text",
    pl.Boolean: "true or false",
    pl.Date: "a date",
    pl.Datetime: "a time with its zone",
}
PYTHON: Mapping[type[pl.DataType], type] = {pl.Int64: int, pl.String: str, pl.Boolean: bool, pl.Date: date}


class _Entry(BaseModel):
    """An entry of the file."""

    model_config = ConfigDict(extra="forbid")

    table: str
    key: dict[str, Any] = Field(min_length=1)
    column: str
    old: Any
    new: Any
    reason: str = Field(min_length=1)


@dataclass(frozen=True, eq=False)
class Override:
    """One value that replaces the source's.

    Attributes:
        name: of the entry, for messages.
    """

    name: str
    table: Table
    key: tuple[tuple[str, Any], ...]
    column: Column
    old: Any
    new: Any
    reason: str

    @property
    def row(self) -> pl.Expr:
        """Predicate for its row."""
        return pl.all_horizontal(pl.col(name) == value for name, value in self.key)

    @property
    def identity(self) -> str:
        """Text for the fingerprint of a partition: all facts but the reason."""
        value = [self.table.qualified, self.key, self.column.name, self.old, self.new]
        return f"override {json.dumps(to_jsonable_python(value))}"

    def applied(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows with the value replaced. Rows without the override's row are unchanged.

        Raises:
            ContractViolation: when the source's value is not `old`.
        """
        found = rows.filter(self.row)
        if found.is_empty():
            return rows
        value = found[self.column.name].to_list()[0]
        if value != self.old:
            now = "the new value too" if value == self.new else f"{value!r}"
            raise ContractViolation(
                f"{self.name} replaces {self.old!r} with {self.new!r}, but the source now has {now}; "
                "delete the entry, or set its `old` to the source's value; the previous version stays in place"
            )
        value = pl.lit(pl.Series([self.new], dtype=self.column.dtype)).first()
        name = self.column.name
        return rows.with_columns(pl.when(self.row).then(value).otherwise(pl.col(name)).alias(name))


def load_overrides(path: Path = OVERRIDES) -> list[Override]:
    """The overrides of a file. The default file is optional.

    Raises:
        BadInput: with the entry that is not valid, and what is valid.
    """
    try:
        is_there = path.is_file()
    except OSError as error:
        raise BadInput(f"CBBD_OVERRIDES names no file ({error.strerror}); name one, or unset it") from None
    if is_there:
        return read(path)
    if path == OVERRIDES:
        return []
    raise BadInput(f"CBBD_OVERRIDES={path}: there is no such file; name one, or unset it")


def read(path: Path) -> list[Override]:
    """The overrides of a file.

    Raises:
        BadInput: with the entry that is not valid, and what is valid.
    """
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise BadInput(f"{path}: cannot be read as YAML: {error}") from error
    if not isinstance(entries, list):
        raise BadInput(f"{path}: contains a {type(entries).__name__}; valid is a list of entries with table, key, "
                       "column, old, new and reason")  # fmt: skip
    found: dict[tuple[Any, ...], Override] = {}
    for number, entry in enumerate(entries, 1):
        override = _override(f"{path.name}, entry {number}", entry)
        place = (override.table.qualified, override.key, override.column.name)
        if place in found:
            raise BadInput(f"{override.name}: is for the same cell as {found[place].name}; valid is one entry per cell")
        found[place] = override
    return list(found.values())


def _override(name: str, value: object) -> Override:
    try:
        entry = _Entry.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise BadInput(f"{name}: {where}: {first['msg']}; valid are table, key, column, old, new, reason") from None
    name = f"{name} ({entry.table} {' '.join(f'{k}={v}' for k, v in entry.key.items())} {entry.column})"
    table = _table(name, entry.table)
    if set(entry.key) != set(table.key):
        raise BadInput(f"{name}: its key names {', '.join(entry.key)}; valid are {', '.join(table.key)}, all of them")
    allowed = _overridable(table)
    if entry.column not in allowed:
        raise BadInput(f"{name}: no column {entry.column!r} to override; valid are {', '.join(allowed)}")
    key = tuple((part, _typed(name, table.by_name[part], entry.key[part])) for part in table.key)
    column = allowed[entry.column]
    old, new = _typed(name, column, entry.old, old=True), _typed(name, column, entry.new)
    if old == new:
        raise BadInput(f"{name}: old and new are both {old!r}; valid are two different values")
    return Override(name, table, key, column, old, new, entry.reason)


def _table(name: str, given: str) -> Table:
    known = {table.name: table for table in registry().tables.values() if table.layer == "silver" and table.source}
    table = known.get(given.removeprefix("silver."))
    if table is None:
        raise BadInput(f"{name}: no table {given!r} to override; valid are {', '.join(sorted(known))}")
    return table


def _overridable(table: Table) -> Mapping[str, Column]:
    computed = {item.column.name for item in table.derived} | {column.name for column in PROVENANCE}
    return {c.name: c for c in table.columns if c.name not in computed and c.name not in table.key}


def _typed(name: str, column: Column, value: object, *, old: bool = False) -> Any:
    if value is None and (old or column.nullable):
        return None
    try:
        return _value(column.dtype, value)
    except ValueError:
        wanted = TYPES.get(type(column.dtype), "list of values")
        may_be_null = " or null" if column.nullable else ""
        raise BadInput(f"{name}: {value!r} is not valid for {column.name}: valid is {wanted}{may_be_null}") from None


def _value(dtype: pl.DataType, value: Any) -> Any:
    """A YAML value in a column's type. Only whole numbers to floats and text to dates and times are converted.

    Raises:
        ValueError: when it is of another type.
    """
    if isinstance(dtype, pl.List):
        return _list(dtype, value)
    if isinstance(dtype, pl.Float64) and type(value) in {int, float}:
        return float(value)
    if isinstance(dtype, pl.Datetime):
        return _time(value)
    if isinstance(dtype, pl.Date) and isinstance(value, str):
        return date.fromisoformat(value)
    if type(value) is PYTHON.get(type(dtype)):
        return value
    raise ValueError(value)


def _list(dtype: pl.List, value: object) -> list[Any]:
    if isinstance(value, list) and isinstance(dtype.inner, pl.DataType):
        return [None if item is None else _value(dtype.inner, item) for item in value]
    raise ValueError(value)


def _time(value: object) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise ValueError(value)
    return moment.astimezone(UTC)


def places(lake: Lake, table: Table, overrides: Iterable[Override]) -> dict[Override, str]:
    """The silver partition with the row of each override of a table, as the text of its key.

    Overrides of other tables, and those without a row in the lake, are left out.
    """
    of_table = [item for item in overrides if item.table == table]
    if not of_table or lake.iceberg(table.qualified) is None:
        return {}
    keys = {item: _partition_of(lake, item) for item in of_table}
    return {item: str(key) for item, key in keys.items() if key is not None}


def _partition_of(lake: Lake, item: Override) -> PartitionKey | None:
    """The partition of the override's row; None if there is no such row."""
    season = item.table.season_column if item.table.partition is not Partition.NONE else None
    month = item.table.month_column
    columns = [name for name in (season, month) if name]
    rows = lake.scan(item.table.qualified).filter(item.row).select(pl.lit(1), *columns).head(1).collect().to_dicts()
    if not rows:
        return None
    day = rows[0][month] if month else None
    return PartitionKey(rows[0][season] if season else None, month_of(day) if day else None)


def waiting(lake: Lake, overrides: Iterable[Override]) -> list[str]:
    """Messages about overrides whose row is not in the lake."""
    items = list(overrides)
    tables = {item.table.qualified: item.table for item in items}
    present = {item.name for table in tables.values() for item in places(lake, table, items)}
    return [f"{item.name}: no such row in {item.table.qualified} yet" for item in items if item.name not in present]
