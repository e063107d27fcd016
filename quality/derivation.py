"""How a table is computed from others: `Derivation`, its `Input`s, and what stands in for an input that is absent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from quality.tables import Table


GAME, DAY_OF_GAME = "game_id", "game_date"


@dataclass(frozen=True)
class StandIn:
    """What derivations read instead of a table in seasons for which the lake has no rows of it.

    Args:
        table: the table that is read instead; its changes lead to a rebuild, as those of an input do.
        columns: columns of it that `make` reads.
        make: function from rows of `table` to rows with those columns of the replaced table that derivations read.
        words: what is used instead, for warnings: "Division I teams are those that ...".
    """

    table: Table
    columns: tuple[str, ...]
    make: Callable[[pl.LazyFrame], pl.LazyFrame] = field(compare=False)
    words: str


@dataclass(frozen=True)
class Input:
    """A table that a derivation reads. A bare `Table` is required and is read with all columns, one partition only.

    Args:
        columns: columns that are read, in this order; other columns reach neither `make` nor memory. Default: all.
        history: whether rows of earlier seasons are included; `make` then gets the season to build: `season=2025`.
        ahead: whether rows of the next season are included, as those of a roster that is known in summer.
        optional: a table or partition that the lake lacks counts as empty; without it, the partition waits until the
            lake has the input.
        same_days: date column of a table without months: a derived month reads only the rows of its days, and is
            rebuilt only if these rows change. Without it, a month is rebuilt after any change in the season. Rows of
            games are read for the days on which the inputs with months have the game.
    """

    table: Table
    columns: tuple[str, ...] = ()
    history: bool = False
    ahead: bool = False
    optional: bool = False
    same_days: str | None = None

    def __post_init__(self) -> None:
        unknown = [name for name in self.columns if name not in self.table.by_name]
        if unknown:
            raise ValueError(f"{self.table.qualified} has no column {', '.join(unknown)}")
        if self.same_days is not None and (self.same_days not in self.schema or self.table.month_column):
            raise ValueError(
                f"{self.table.qualified} cannot be read by the days of {self.same_days}: name a date column that is "
                "read, of a table without months"
            )

    @property
    def stand_in(self) -> StandIn | None:
        """What is read in seasons without rows of the table."""
        return self.table.stand_in

    @property
    def replacement(self) -> Input | None:
        """The rows that the table's stand-in is made from, as an input of their own."""
        if self.stand_in is None:
            return None
        return Input(self.stand_in.table, self.stand_in.columns, history=self.history, ahead=self.ahead, optional=True)

    @property
    def schema(self) -> dict[str, pl.DataType]:
        """Names and types of the columns that are read."""
        return {name: self.table.by_name[name].dtype for name in self.columns or self.table.by_name}


@dataclass(frozen=True, kw_only=True)
class Derivation:
    """How a silver or gold table is computed from others.

    A season is built from the same season of its inputs, with all months. A month is built from the same month, or from
    the season of an input that has no months. An unpartitioned table is built from all rows.

    Args:
        of: tables that are read.
        make: function from the frames of `of`, in this order, to rows; of equal rows the first one stays. Either the
            function or its location, `package.module:function`.
        unique: columns that must be unique in addition to the key.
        version: version of the computation; raise it to rebuild every partition.
        by_game: each row is about one game and is computed from the rows of this game alone. Every input has
            `game_id`, and the first input has each game once, with its `game_date`, as the rows have it. A season is
            then built by days, as a month is. A table with rows that depend on other games must not say this.
    """

    of: tuple[Table | Input, ...]
    make: Callable[..., pl.LazyFrame] | str = field(compare=False)
    unique: tuple[str, ...] = ()
    version: int = 1
    by_game: bool = False

    def __post_init__(self) -> None:
        without = [
            item.table.qualified for item in self.inputs if GAME not in item.schema or item.history or item.ahead
        ]
        if self.by_game and (without or self.unique or DAY_OF_GAME not in self.inputs[0].schema):
            raise ValueError(
                f"a table can only be built by games if all inputs have {GAME} and are of one season, the first has "
                f"{DAY_OF_GAME}, and no other column must be unique: {', '.join(without) or 'see the first input'}"
            )

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        """The inputs, in the order of `of`."""
        return tuple(item if isinstance(item, Input) else Input(item) for item in self.of)

    @cached_property
    def read(self) -> tuple[Input, ...]:
        """The inputs, and after them the tables of stand-ins that are not among them."""
        own = {item.table.qualified for item in self.inputs}
        others = {item.table.qualified: item for x in self.inputs if (item := x.replacement) is not None}
        return (*self.inputs, *(item for name, item in others.items() if name not in own))

    @property
    def tables(self) -> tuple[Table, ...]:
        """The tables of the inputs, in the order of `of`."""
        return tuple(item.table for item in self.inputs)
