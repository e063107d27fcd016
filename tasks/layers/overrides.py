"""`overrides.yaml`: values that override the source, each with a reason; checked when a run starts."""

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
    """An entry as it is written."""

    model_config = ConfigDict(extra="forbid")

    table: str
    key: dict[str, Any] = Field(min_length=1)
    column: str
    old: Any
    new: Any
    reason: str = Field(min_length=1)


@dataclass(frozen=True, eq=False)
class Override:
    """One value that overrides the source.

    Attributes:
        name: entry as messages call it.
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
        """Predicate for the row that it is about."""
        return pl.all_horizontal(pl.col(name) == value for name, value in self.key)

    @property
    def identity(self) -> str:
        """What makes a partition another one: everything but the reason."""
        value = [self.table.qualified, self.key, self.column.name, self.old, self.new]
        return f"override {json.dumps(to_jsonable_python(value))}"

    def applied(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows with the value replaced; rows without the one that it is about stay as they are.

        Raises:
            ContractViolation: when the source says something else than `old`.
        """
        found = rows.filter(self.row)
        if found.is_empty():
            return rows
        says = found[self.column.name].to_list()[0]
        if says != self.old:
            now = "so itself" if says == self.new else f"{says!r}"
            raise ContractViolation(
                f"{self.name} replaces {self.old!r} by {self.new!r}, but the source now says {now}; "
                "delete the entry, or set its `old` to what the source says; the version before stays in place"
            )
        value = pl.lit(pl.Series([self.new], dtype=self.column.dtype)).first()
        name = self.column.name
        return rows.with_columns(pl.when(self.row).then(value).otherwise(pl.col(name)).alias(name))


def load_overrides(path: Path = OVERRIDES) -> list[Override]:
    """The overrides of a file; the default file may be absent.

    Raises:
        BadInput: naming the entry that is not valid, and what is.
    """
    if path.is_file():
        return read(path)
    if path == OVERRIDES:
        return []
    raise BadInput(f"CBBD_OVERRIDES={path}: there is no such file; name one, or unset it")


def read(path: Path) -> list[Override]:
    """The overrides of a file.

    Raises:
        BadInput: naming the entry that is not valid, and what is.
    """
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise BadInput(f"{path}: cannot be read as YAML: {error}") from error
    if not isinstance(entries, list):
        raise BadInput(f"{path}: holds a {type(entries).__name__}; valid is a list of entries with table, key, "
                       "column, old, new and reason")  # fmt: skip
    found: dict[tuple[Any, ...], Override] = {}
    for number, entry in enumerate(entries, 1):
        override = _override(f"{path.name}, entry {number}", entry)
        place = (override.table.qualified, override.key, override.column.name)
        if place in found:
            raise BadInput(f"{override.name}: says the same cell as {found[place].name}; valid is one entry for each")
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
    """A value of YAML in a column's type: nothing is converted but whole numbers to floats and text to times.

    Raises:
        ValueError: when it is of another type.
    """
    if isinstance(dtype, pl.List) and isinstance(value, list) and isinstance(dtype.inner, pl.DataType):
        return [None if item is None else _value(dtype.inner, item) for item in value]
    if isinstance(dtype, pl.Float64) and type(value) in {int, float}:
        return float(value)
    if isinstance(dtype, pl.Date) and isinstance(value, str):
        return date.fromisoformat(value)
    if isinstance(dtype, pl.Datetime) and isinstance(value, str | datetime):
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    elif type(value) is PYTHON.get(type(dtype)):
        return value
    raise ValueError(value)


def places(lake: Lake, table: Table, overrides: Iterable[Override]) -> dict[Override, str]:
    """The silver partition, as its key is written, that holds the row of each override of a table.

    Overrides whose row is not there, and those of other tables, are left out.
    """
    found: dict[Override, str] = {}
    columns = [name for name in (table.season_column, table.month_column) if name]
    mine = [item for item in overrides if item.table == table]
    if not mine or lake.iceberg(table.qualified) is None:
        return found
    for item in mine:
        rows = lake.scan(table.qualified).filter(item.row).select(pl.lit(1), *columns).head(1).collect()
        for row in rows.to_dicts():
            month = row[table.month_column] if table.month_column else None
            season = row[table.season_column] if table.season_column and table.partition is not Partition.NONE else None
            found[item] = str(PartitionKey(season, month_of(month) if month else None))
    return found


def waiting(lake: Lake, overrides: Iterable[Override]) -> list[str]:
    """Overrides whose row is not in the lake, in words."""
    items = list(overrides)
    tables = {item.table.qualified: item.table for item in items}
    present = {item.name for table in tables.values() for item in places(lake, table, items)}
    return [f"{item.name}: no such row in {item.table.qualified} yet" for item in items if item.name not in present]
