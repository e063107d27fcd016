"""`Endpoint`, an operation of the API with its contract, and `Table`, the rows that the lake keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import polars as pl

from quality.clocks import Clock, until
from quality.columns import Column, Derived, Record, RowRule, flatten, lists_of, to_mapping
from quality.common_columns import AS_OF, DATE_INJECTED, PROVENANCE, UNKNOWN
from quality.derivation import DAY_OF_GAME, GAME, Derivation, StandIn
from quality.drift import DEFAULT, DriftPolicy
from quality.nulls import NullLimit
from quality.patterns import Each, Param, Partition, Pattern

FIRST_SEASON = 2003


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One operation of the API with fixed parameters, and the contract of its records.

    Args:
        name: used in `--endpoints`, in `raw/<name>/` and as the name of the bronze table.
        path: path of the operation; several endpoints may use the same path with other parameters.
        params: all parameters of the operation; others are refused before a request is sent.
        record: contract of one element of the response.
        pattern: how a season is cut into requests.
        each: for `Pattern.EACH`, the values that get one request each.
        window_days: length of a window in UTC days, chosen so that the busiest window stays below `row_cap`.
        row_cap: number of rows at which the API truncates a response without saying so.
        inject: request parameters that the response lacks; they become columns of each bronze row.
        first_season: first season with useful data.
        refresh_days: of responses without a date of their own, days until they are fetched again, if they can change.
        min_tier: lowest subscription tier that is accepted; below it the API responds with 401.
        metered: whether a call counts against the monthly quota.
        opt_in: fetched only when it is named: one request per team or game, polls, more expensive routes.
        client_only: the official client has the operation, the public server does not: 404 means "not offered".
        ahead: has rows for games that have not been played yet.
        snapshots: the response describes the present and has no date; all are kept, with their `as_of`.
        route_of: the endpoint that returns the same rows with fewer calls; both feed its silver tables.
        partial: returns only part of a version (one player's plays); its rows are added and replace nothing.
        drift: what happens when responses differ from `record`.
    """

    name: str
    path: str
    record: Record
    description: str
    params: tuple[Param, ...] = ()
    pattern: Pattern = Pattern.SEASON
    each: Each | None = None
    window_days: int | None = None
    row_cap: int | None = None
    inject: tuple[Column, ...] = ()
    first_season: int = FIRST_SEASON
    refresh_days: int = 30
    min_tier: int = 0
    metered: bool = True
    opt_in: bool = False
    client_only: bool = False
    ahead: bool = False
    snapshots: bool = False
    route_of: Endpoint | None = None
    partial: bool = False
    drift: DriftPolicy = DEFAULT

    def __post_init__(self) -> None:
        self.drift.require_sense(self.name, (*self.fields, *(c for found in self.list_fields.values() for c in found)))
        if self.route_of is not None and self.drift.unknown_value != self.route_of.drift.unknown_value:
            raise ValueError(
                f"{self.name}: unknown_value differs from {self.route_of.name}, which fills the same tables"
            )

    @property
    def partition(self) -> Partition:
        """Partition of the bronze table: the rows that one commit replaces."""
        if self.snapshots or self.pattern is Pattern.DATES:
            return Partition.MONTH
        return Partition.NONE if self.pattern is Pattern.ONCE else Partition.SEASON

    @property
    def month_column(self) -> str | None:
        """Bronze column that determines the month: the day of a snapshot, or the requested date."""
        if self.partition is not Partition.MONTH:
            return None
        return AS_OF.name if self.snapshots else DATE_INJECTED.name

    @cached_property
    def fields(self) -> tuple[Column, ...]:
        """Columns of one record, with nested objects flattened and lists kept."""
        return self._flat(self.record)

    @cached_property
    def list_fields(self) -> Mapping[str, tuple[Column, ...]]:
        """Columns of the objects in list fields, by the column name of the list."""
        return {name: self._flat(record) for name, (_, record) in lists_of(self.record).items()}

    def _flat(self, record: Record) -> tuple[Column, ...]:
        opened = self.drift.unknown_value == "evolve"
        return tuple(replace(c, open_values=opened and c.values is not None) for c in flatten(record))

    @property
    def of_request(self) -> tuple[Column, ...]:
        """Columns that come from the request or the day of capture instead of the record."""
        return (*self.inject, *((AS_OF,) if self.snapshots else ()))

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Bronze columns: the record, the request, fields that are not in the contract, provenance."""
        return (*self.fields, *self.of_request, UNKNOWN, *PROVENANCE)

    @property
    def bronze(self) -> str:
        """Name of the bronze table with its layer."""
        return f"bronze.{self.name}"

    @cached_property
    def table(self) -> Table:
        """The bronze table of this endpoint."""
        return Table(
            name=self.name,
            layer="bronze",
            description=f"{self.description} One row per record of `{self.path}`, as sent.",
            columns=self.columns,
            partition=self.partition,
            month_column=self.month_column,
            key=(),
            source=self,
        )


@dataclass(frozen=True, kw_only=True)
class Lookup:
    """A silver column that is looked up in other tables of the same season; not found or ambiguous is null.

    Args:
        by: column of the row whose value is looked up.
        tables: tables to search, each with its own name for `by`.
    """

    column: Column
    by: str
    tables: tuple[tuple[Table, str], ...]


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table of the lake.

    Args:
        key: columns that identify a row; never null, unique in the table.
        version: columns of the group of rows that a newer response replaces as a whole (default: the key).
            A new response for a game replaces all its plays, so a play deleted at the source disappears here too.
        explode: list column whose elements become the rows.
        month_column: date column that determines the month of a `Partition.MONTH` table.
        sort: order of rows in the files, for pruning.
        prefer: columns or expressions that choose between rows with the same key: the highest value stays. If several
            are left, the check keeps the first one and quarantines the others.
        rules: rules over several rows of a partition; rows that break one are quarantined.
        opt_in: built only after it has been named once, and kept up to date from then on.
        at_opening: use the last response before 1 November, when no game has been played, instead of the newest. It is
            read from raw, because bronze keeps only the newest response.
        outcome: columns with the outcome of a game, each with its value before the game.
        point_in_time: date column to which the clocks of the columns refer: one with the clock `morning` uses only
            information from before this date. Gold without it uses the season so far, up to its last result.
        null_limits: how much of a nullable column may be null, among which rows. Every nullable column of gold has one.
        clock: when the columns without a clock of their own are known (quality/clocks.py). In a gold table about single
            games every column has its own.
        stand_in: what derivations read in seasons without rows of this table, instead of waiting for it.
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
    lookup: Lookup | None = None
    sort: tuple[str, ...] = ()
    prefer: tuple[str | pl.Expr, ...] = field(default=(), compare=False)
    rules: tuple[RowRule, ...] = field(default=(), compare=False)
    source: Endpoint | None = None
    derivation: Derivation | None = None
    opt_in: bool = False
    at_opening: bool = False
    outcome: tuple[tuple[str, object], ...] = ()
    point_in_time: str | None = None
    null_limits: tuple[NullLimit, ...] = ()
    stand_in: StandIn | None = None
    clock: Clock | None = None

    def __post_init__(self) -> None:
        self._require_clocks()
        read = (name for limit in self.null_limits for name in limit.reads)
        by_game = (GAME, DAY_OF_GAME) if self.derivation is not None and self.derivation.by_game else ()
        unknown = [name for name in (*self.key, *self.version, *read, *by_game) if name not in self.by_name]
        if by_game and GAME not in self.key:
            raise ValueError(f"{self.qualified} is built by games, so its key has to have {GAME}")
        if unknown:
            raise ValueError(f"{self.qualified}: its key or null limits name {unknown}, which it does not have")

    def _require_clocks(self) -> None:
        """Refuse a gold table of which it is not stated when its columns are known."""
        per_column = "game_id" in self.key
        if self.layer != "gold" or not (per_column or self.clock is None):
            return
        missing = [column.name for column in self.columns if column.clock is None]
        if per_column and self.clock is not None:
            raise ValueError(
                f"{self.qualified} is about single games: state the clock of each column, not of the table"
            )
        if missing:
            raise ValueError(
                f"{self.qualified}: no clock says when {', '.join(missing)} is known; wrap the columns in known(CLOCK, "
                "...), or give a table that is not about single games a clock of its own (quality/clocks.py)"
            )

    def clock_of(self, name: str) -> Clock | None:
        """When a column of the table is known; None in layers without clocks."""
        return self.by_name[name].clock or self.clock

    def known_at(self, clock: Clock) -> tuple[Column, ...]:
        """Columns that are known at a clock, in the order of the table."""
        return tuple(column for column in self.columns if self.clock_of(column.name) in until(clock))

    @property
    def qualified(self) -> str:
        """Name with its layer, as used in SQL: `silver.fct_games`."""
        return f"{self.layer}.{self.name}"

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        """Columns by name."""
        return to_mapping(self.columns)

    @property
    def day_column(self) -> str | None:
        """Date column by which a partition is kept in pieces of days (docs/decisions/0021), if it is."""
        return DAY_OF_GAME if self.derivation is not None and self.derivation.by_game else self.month_column

    @property
    def season_column(self) -> str | None:
        """Column that holds the season of a partition; recruiting and draft tables call it year."""
        return next((name for name in ("season", "year") if name in self.by_name), None)
