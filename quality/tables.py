"""What a dataset is: an `Endpoint` that is asked, a `Table` that is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import polars as pl

from quality.columns import DATE, INT, STRING, TIMESTAMP, Column, Derived, Record, flatten, lists_of, to_mapping
from quality.drift import DEFAULT, UNKNOWN_FIELDS, DriftPolicy
from quality.nulls import NullLimit
from quality.patterns import Each, Param, Partition, Pattern

FIRST_SEASON = 2003


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One way to ask the API, and the contract of what it answers.

    Args:
        name: the dataset's name, used in `--endpoints`, in `raw/<name>/` and as the bronze table.
        path: the operation's path; several datasets may ask the same path with other parameters.
        params: every parameter the operation knows; any other is refused before it is sent.
        record: contract of one element of the response.
        pattern: how a season is cut into requests.
        each: for `Pattern.EACH`: what there is one request for.
        window_days: length of a window in UTC days, sized so that the busiest one stays below `row_cap`.
        row_cap: rows at which the API cuts the response without a sign.
        inject: request parameters that the response lacks, added to each bronze row under these names.
        first_season: first season with useful data.
        refresh_days: for answers without dates of their own: days until they are asked again, while they can change.
        min_tier: subscription tier below which the API answers 401.
        metered: a call counts against the month's quota.
        opt_in: asked only when it is named: fan-outs per team and game, polls, dearer routes.
        ahead: has rows for games that are still to be played.
        snapshots: the answer is of the moment and has no date: every answer is kept, with its `as_of`.
        route_of: the endpoint that brings the same rows with fewer calls; both feed its silver tables.
        partial: brings part of what belongs together (one player's plays): its rows are added, they replace no whole.
        drift: what is done where responses differ from `record`.
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
    ahead: bool = False
    snapshots: bool = False
    route_of: Endpoint | None = None
    partial: bool = False
    drift: DriftPolicy = DEFAULT

    def __post_init__(self) -> None:
        self.drift.require_sense(self.name, (*self.fields, *(c for found in self.list_fields.values() for c in found)))
        if self.route_of is not None and self.drift.unknown_value != self.route_of.drift.unknown_value:
            raise ValueError(
                f"{self.name}: unknown_value={self.drift.unknown_value!r} differs from that of {self.route_of.name}, "
                "which brings the same rows to the same silver tables; say the same word for both"
            )

    @property
    def partition(self) -> Partition:
        """Bronze partition: what one commit replaces."""
        if self.snapshots or self.pattern is Pattern.DATES:
            return Partition.MONTH
        return Partition.NONE if self.pattern is Pattern.ONCE else Partition.SEASON

    @property
    def month_column(self) -> str | None:
        """Bronze column that sets the month: the day of a snapshot, or the date asked for."""
        if self.partition is not Partition.MONTH:
            return None
        return AS_OF.name if self.snapshots else DATE_INJECTED.name

    @cached_property
    def fields(self) -> tuple[Column, ...]:
        """Columns of one record, nested objects flattened, lists kept."""
        return self._flat(self.record)

    @cached_property
    def list_fields(self) -> Mapping[str, tuple[Column, ...]]:
        """Columns of the objects inside of lists, by the list's column name."""
        return {name: self._flat(record) for name, (_, record) in lists_of(self.record).items()}

    def _flat(self, record: Record) -> tuple[Column, ...]:
        opened = self.drift.unknown_value == "evolve"
        return tuple(replace(c, open_values=opened and c.values is not None) for c in flatten(record))

    @property
    def of_request(self) -> tuple[Column, ...]:
        """Columns that the record lacks and the request or the day of capture knows."""
        return (*self.inject, *((AS_OF,) if self.snapshots else ()))

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Bronze columns: the record, what the request knows, fields that the contract does not know, provenance."""
        return (*self.fields, *self.of_request, UNKNOWN, *PROVENANCE)

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
            month_column=self.month_column,
            key=(),
            source=self,
        )


PROVENANCE = (
    Column(name="fetched_at", dtype=TIMESTAMP, description="When the response was received, by our clock"),
    Column(name="raw_object", dtype=STRING, description="Raw object that holds the response: path below raw/"),
)

UNKNOWN = Column(
    name=UNKNOWN_FIELDS,
    dtype=STRING,
    description="What the record has and the contract does not know: a JSON object by path in the record",
    nullable=True,
)

SEASON_INJECTED = Column(name="season", dtype=INT, description="Season, named by the year it ends in (2024-25 is 2025)")
DATE_INJECTED = Column(name="date", dtype=DATE, description="UTC date that was asked for")
AS_OF = Column(name="as_of", dtype=DATE, description="Day whose last answer the row is from, US Eastern")


@dataclass(frozen=True, kw_only=True)
class Lookup:
    """A silver column that other tables of the same season know; unknown and ambiguous values are null.

    Args:
        by: the row's column to look with.
        tables: where to look, each with its own name for `by`.
    """

    column: Column
    by: str
    tables: tuple[tuple[Table, str], ...]


@dataclass(frozen=True)
class Input:
    """A table that a derivation reads; a bare table means all its columns, of the partition alone, and required.

    Args:
        columns: columns that are read, in this order; none other reaches `make`, or memory. Default: all.
        history: rows of earlier seasons come along. `make` is then told which season it makes: `season=2025`.
        optional: where the lake lacks the table, or this partition of it, there are no rows; otherwise the partition
            waits until it is there.
    """

    table: Table
    columns: tuple[str, ...] = ()
    history: bool = False
    optional: bool = False

    def __post_init__(self) -> None:
        unknown = [name for name in self.columns if name not in self.table.by_name]
        if unknown:
            raise ValueError(f"{self.table.qualified} has no column {', '.join(unknown)}")

    @property
    def schema(self) -> dict[str, pl.DataType]:
        """Names and types of the columns that are read."""
        return {name: self.table.by_name[name].dtype for name in self.columns or self.table.by_name}


@dataclass(frozen=True, kw_only=True)
class Derivation:
    """How a silver or gold table is computed from others.

    A season is made from the seasons and months of its inputs of the same season, a month from the same month or, of an
    input that knows none, from its season; an unpartitioned table from everything.

    Args:
        of: tables that it reads.
        make: their frames, in this order, to rows; the first of equal rows stays. A function, or where it is:
            `package.module:function`.
        unique: columns that are unique beside the key.
        version: of what `make` computes; raise it, and every partition is made again.
    """

    of: tuple[Table | Input, ...]
    make: Callable[..., pl.LazyFrame] | str = field(compare=False)
    unique: tuple[str, ...] = ()
    version: int = 1

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        """What is read, in the order of `of`."""
        return tuple(Input(item) if isinstance(item, Table) else item for item in self.of)

    @property
    def tables(self) -> tuple[Table, ...]:
        """Tables that are read, in the order of `of`."""
        return tuple(item.table for item in self.inputs)


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
        prefer: of rows with one key that contradict each other, the one that is highest here stays; without it, the
            check keeps the first and puts the others aside.
        opt_in: derived only where it is named once; kept up to date from then on.
        at_opening: of the answers to a request the last one before 1 November counts, when no game has been played yet,
            instead of the newest; it is read from raw, because bronze holds the newest alone.
        outcome: columns that say how a game ended, each with what stands there before.
        point_in_time: date column; a row tells nothing that was learned on that date or later. Tests hold every
            table to it that says so; a gold table without it may use the whole season.
        null_limits: how much of a nullable column may be null, and among which rows; every one of gold is in one.
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
    prefer: tuple[str, ...] = ()
    source: Endpoint | None = None
    derivation: Derivation | None = None
    opt_in: bool = False
    at_opening: bool = False
    outcome: tuple[tuple[str, object], ...] = ()
    point_in_time: str | None = None
    null_limits: tuple[NullLimit, ...] = ()

    def __post_init__(self) -> None:
        read = (name for limit in self.null_limits for name in limit.reads)
        unknown = [name for name in (*self.key, *self.version, *read) if name not in self.by_name]
        if unknown:
            raise ValueError(f"{self.qualified}: {unknown} of its key or null limits are not columns of the table")

    @property
    def qualified(self) -> str:
        """Name with its layer, as used in SQL: `silver.fct_games`."""
        return f"{self.layer}.{self.name}"

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        """Columns by name."""
        return to_mapping(self.columns)

    @property
    def season_column(self) -> str | None:
        """Column that holds the season of a partition; recruiting and the draft call it year."""
        return next((name for name in ("season", "year") if name in self.by_name), None)
