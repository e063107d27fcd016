"""The registry: one frozen description per endpoint and table, from which everything else is computed.

An `Endpoint` describes the requests and the records of the responses; a `Table` describes the rows that are kept. The
modules of `quality.contracts` create both, and `registry()` imports all of them, so no list has to be maintained.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from graphlib import TopologicalSorter
from types import ModuleType
from typing import TypeVar

from quality.columns import Column, Derived
from quality.common_columns import AS_OF, DATE_INJECTED, PROVENANCE, SEASON_INJECTED, UNKNOWN
from quality.derivation import Derivation, Input, StandIn
from quality.nulls import NullLimit
from quality.patterns import Each, Param, Partition, Pattern
from quality.tables import FIRST_SEASON, Endpoint, Lookup, Table

__all__ = [
    "AS_OF",
    "DATE_INJECTED",
    "FIRST_SEASON",
    "PROVENANCE",
    "SEASON_INJECTED",
    "UNKNOWN",
    "Derivation",
    "Each",
    "Endpoint",
    "Input",
    "Lookup",
    "Param",
    "Partition",
    "Pattern",
    "Registry",
    "StandIn",
    "Table",
    "list_fields",
    "registry",
    "silver_table",
]

T = TypeVar("T")


def silver_table(  # noqa: PLR0913  the parameters of a table are its description
    name: str,
    source: Endpoint,
    description: str,
    *,
    key: tuple[str, ...],
    version: tuple[str, ...] = (),
    explode: str | None = None,
    drop: tuple[str, ...] = (),
    keep: tuple[str, ...] | None = None,
    derived: tuple[Derived | Lookup, ...] = (),
    sort: tuple[str, ...] = (),
    null_limits: tuple[NullLimit, ...] = (),
) -> Table:
    """A silver table with the bronze columns of its endpoint, so that no column is written twice.

    Args:
        explode: list of objects whose elements become the rows; their fields become columns.
        drop: bronze columns that silver leaves out.
        keep: bronze columns that silver keeps beside the exploded ones; default: all.
        derived: columns computed from other columns of the row, or looked up in other tables.
        null_limits: shares that were measured at the source, with some margin.
    """
    columns = [*_from_bronze(source, explode, drop, keep), *(item.column for item in derived)]
    return Table(
        name=name,
        layer="silver",
        description=description,
        columns=(*(_keyed(column, key) for column in columns), *PROVENANCE),
        key=key,
        version=version or key,
        explode=explode,
        derived=_only(Derived, derived),
        lookup=next(iter(_only(Lookup, derived)), None),
        partition=source.partition,
        month_column=source.month_column,
        sort=sort or key,
        null_limits=null_limits,
        source=source,
    )


def _from_bronze(
    source: Endpoint, explode: str | None, drop: tuple[str, ...], keep: tuple[str, ...] | None
) -> list[Column]:
    own = [column for column in (*source.fields, *source.of_request) if keep is None or column.name in keep]
    columns = [column for column in own if column.name not in {*drop, explode}]
    if explode is not None:
        columns += [column for column in list_fields(source, explode) if column.name not in drop]
    return columns


def _only(kind: type[T], items: Iterable[object]) -> tuple[T, ...]:
    return tuple(item for item in items if isinstance(item, kind))


def _keyed(column: Column, key: tuple[str, ...]) -> Column:
    column = replace(column, nullable=False) if column.name in key else column
    return replace(column, unit="fraction 0-1") if column.percent else column


def list_fields(endpoint: Endpoint, column: str) -> list[Column]:
    """Columns of the objects in a list field of an endpoint's record."""
    found = endpoint.list_fields.get(column)
    if found is None:
        raise ValueError(f"{endpoint.name}: {column} is not a list of objects")
    return list(found)


@dataclass(frozen=True)
class Registry:
    """All endpoints and tables by name, in order of definition."""

    endpoints: Mapping[str, Endpoint]
    tables: Mapping[str, Table]

    def __iter__(self) -> Iterator[Endpoint]:
        return iter(self.endpoints.values())

    def silver_of(self, endpoint: Endpoint) -> list[Table]:
        """Silver tables fed by an endpoint."""
        fed = (endpoint.route_of or endpoint).name
        return [table for table in self.tables.values() if table.source is not None and table.source.name == fed]

    def routes(self, endpoint: Endpoint) -> list[Endpoint]:
        """The endpoint and its more expensive routes: all endpoints that feed its silver tables."""
        return [endpoint, *(other for other in self if other.route_of and other.route_of.name == endpoint.name)]

    def derived(self, layer: str = "silver") -> list[Table]:
        """Tables of a layer that are computed from other tables, each after the tables that it reads."""
        derived = {name: table.derivation for name, table in self.tables.items() if table.derivation is not None}
        order = TopologicalSorter({name: [of.qualified for of in made.tables] for name, made in derived.items()})
        return [self.tables[name] for name in order.static_order() if name in derived and name.startswith(f"{layer}.")]


@cache
def registry() -> Registry:
    """Every endpoint and table in the modules of `quality.contracts`.

    Raises:
        ValueError: when two endpoints or two tables have the same name.
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
        raise ValueError(f"{name} is defined twice; names of endpoints and tables must be unique")
