"""The registry: one frozen description per dataset, from which everything else is computed.

An `Endpoint` says how to ask and what comes back; a `Table` says what silver makes of it. Contract modules under
`quality.contracts` create both; `registry()` imports them all, so there is no list of them to maintain.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, cached_property
from types import ModuleType
from typing import Literal, TypeVar

from quality.columns import DATE, INT, STRING, TIMESTAMP, Column, Derived, ListOf, Record, flatten, to_mapping

ParamType = Literal["string", "integer", "number", "boolean", "date-time"]

FIRST_SEASON = 2003

T = TypeVar("T")


@dataclass(frozen=True)
class Param:
    """One parameter of an operation, as the contract names it."""

    name: str
    type: ParamType = "string"
    required: bool = False
    in_path: bool = False
    values: tuple[str, ...] = ()


class Plan(StrEnum):
    """How the requests for an endpoint are laid out."""

    ONCE = "once"  # one request, no season
    SEASON = "season"  # one request a season
    WINDOWS = "windows"  # season cut into windows of `window_days`
    DATES = "dates"  # one request per UTC date with games


class Partition(StrEnum):
    """What is replaced in one commit."""

    NONE = "all"
    SEASON = "season"
    MONTH = "season and month"


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One way to ask the API, and the contract of what it answers.

    Args:
        name: the dataset's name, used in `--endpoints`, in `raw/<name>/` and as the bronze table.
        path: the operation's path; several datasets may ask the same path with other parameters.
        params: every parameter the operation knows; any other is refused before it is sent.
        record: contract of one element of the response.
        plan: how a season is cut into requests.
        window_days: length of a window in UTC days, sized so that the busiest one stays below `row_cap`.
        row_cap: rows at which the API cuts the response without a sign.
        inject: request parameters that the response lacks, added to each bronze row under these names.
        first_season: first season with useful data.
        refresh_days: for endpoints without a season: days until the answer is asked again.
        min_tier: subscription tier below which the API answers 401.
    """

    name: str
    path: str
    record: Record
    description: str
    params: tuple[Param, ...] = ()
    plan: Plan = Plan.SEASON
    window_days: int | None = None
    row_cap: int | None = None
    inject: tuple[Column, ...] = ()
    first_season: int = FIRST_SEASON
    refresh_days: int = 30
    min_tier: int = 0

    @property
    def partition(self) -> Partition:
        """Bronze partition: what one commit replaces."""
        by_plan = {Plan.ONCE: Partition.NONE, Plan.DATES: Partition.MONTH}
        return by_plan.get(self.plan, Partition.SEASON)

    @cached_property
    def fields(self) -> tuple[Column, ...]:
        """Columns of one record, nested objects flattened, lists kept."""
        return tuple(flatten(self.record))

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Bronze columns: the record, injected request parameters, provenance."""
        return (*self.fields, *self.inject, *PROVENANCE)

    @property
    def bronze(self) -> str:
        """Qualified name of the bronze table."""
        return f"bronze.{self.name}"

    @cached_property
    def table(self) -> Table:
        """The bronze table of this endpoint."""
        return Table(
            name=self.name,
            layer="bronze",
            description=f"{self.description} As sent, one row per record of `{self.path}`.",
            columns=self.columns,
            partition=self.partition,
            month_column="date" if self.partition is Partition.MONTH else None,
            key=(),
            source=self,
        )


PROVENANCE = (
    Column(name="fetched_at", dtype=TIMESTAMP, description="When the response was received, by our clock"),
    Column(name="raw_object", dtype=STRING, description="Raw object that holds the response: path below raw/"),
)

SEASON_INJECTED = Column(name="season", dtype=INT, description="Season, named by the year it ends in (2024-25 is 2025)")
DATE_INJECTED = Column(name="date", dtype=DATE, description="UTC date that was asked for")


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table of the lake.

    Args:
        key: columns that identify a row: never null, unique in the table.
        version: columns that identify what a newer response replaces as a whole (default: the key).
            A game fetched again replaces all its plays, so that a play deleted at the source goes away.
        explode: list column whose elements become the rows.
        month_column: date column that sets the month of a `Partition.MONTH` table.
        sort: order of rows in the files, for pruning.
    """

    name: str
    layer: Literal["bronze", "silver", "gold", "ops"]
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    partition: Partition = Partition.SEASON
    version: tuple[str, ...] = ()
    explode: str | None = None
    month_column: str | None = None
    derived: tuple[Derived, ...] = ()
    sort: tuple[str, ...] = ()
    source: Endpoint | None = None

    def __post_init__(self) -> None:
        unknown = [name for name in (*self.key, *self.version) if name not in self.by_name]
        if unknown:
            raise ValueError(f"{self.qualified}: key columns {unknown} are not columns of the table")

    @property
    def qualified(self) -> str:
        """Name with its layer, as used in SQL: `silver.fct_games`."""
        return f"{self.layer}.{self.name}"

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        """Columns by name."""
        return to_mapping(self.columns)


def silver_table(
    name: str,
    source: Endpoint,
    description: str,
    *,
    key: tuple[str, ...],
    version: tuple[str, ...] = (),
    explode: str | None = None,
    drop: tuple[str, ...] = (),
    derived: tuple[Derived, ...] = (),
    month_column: str | None = None,
    sort: tuple[str, ...] = (),
) -> Table:
    """A silver table computed from its endpoint's bronze columns, so that no column is written twice.

    Args:
        explode: list of objects whose elements become the rows; their fields become columns.
        drop: bronze columns that silver leaves out.
        derived: columns computed from others of the row.
    """
    columns = [column for column in source.columns if column.name not in {*drop, explode}]
    if explode is not None:
        columns[-len(PROVENANCE) : -len(PROVENANCE)] = [
            column for column in list_fields(source, explode) if column.name not in drop
        ]
    keyed = [_keyed(column, key) for column in columns[: -len(PROVENANCE)]]
    return Table(
        name=name,
        layer="silver",
        description=description,
        columns=(*keyed, *(item.column for item in derived), *columns[-len(PROVENANCE) :]),
        key=key,
        version=version or key,
        explode=explode,
        derived=derived,
        partition=source.partition,
        month_column=month_column,
        sort=sort or key,
        source=source,
    )


def _keyed(column: Column, key: tuple[str, ...]) -> Column:
    column = replace(column, nullable=False) if column.name in key else column
    return replace(column, unit="fraction 0-1") if column.percent else column


def list_fields(endpoint: Endpoint, column: str) -> list[Column]:
    """Columns of the objects in a list field of an endpoint's record."""
    for item in endpoint.record:
        if item.column_name == column and isinstance(item.type, ListOf) and isinstance(item.type.item, Record):
            return flatten(item.type.item)
    raise ValueError(f"{endpoint.name}: {column} is not a list of objects")


@dataclass(frozen=True)
class Registry:
    """All endpoints and tables, by name, in order of definition."""

    endpoints: Mapping[str, Endpoint]
    tables: Mapping[str, Table]

    def __iter__(self) -> Iterator[Endpoint]:
        return iter(self.endpoints.values())

    def silver_of(self, endpoint: Endpoint) -> list[Table]:
        """Silver tables fed by an endpoint."""
        return [table for table in self.tables.values() if table.source is endpoint]


@cache
def registry() -> Registry:
    """Every endpoint and table found in the modules of `quality.contracts`.

    Raises:
        ValueError: when two datasets or two tables share a name.
    """
    endpoints: dict[str, Endpoint] = {}
    tables: dict[str, Table] = {}
    for module in _contract_modules():
        for value in vars(module).values():
            if isinstance(value, Endpoint):
                _register(endpoints, value.name, value)
            elif isinstance(value, Table):
                _register(tables, value.qualified, value)
    return Registry(endpoints, tables)


def _contract_modules() -> Iterator[ModuleType]:
    package = importlib.import_module("quality.contracts")
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda item: item.name):
        yield importlib.import_module(f"quality.contracts.{info.name}")


def _register(known: dict[str, T], name: str, value: T) -> None:
    if known.setdefault(name, value) is not value:
        raise ValueError(f"{name} is described twice; names of datasets and tables are unique")
