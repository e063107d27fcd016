"""The parameters of an endpoint, and how a season is cut into requests and partitions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

# Calls of a full season without what is asked on request: three seasons within the free tier's month of 1,000 calls.
CALL_BUDGET = 320

ParamType = Literal["string", "integer", "number", "boolean", "date-time"]


@dataclass(frozen=True)
class Param:
    """One parameter of an operation, as the contract names it."""

    name: str
    type: ParamType = "string"
    required: bool = False
    in_path: bool = False
    values: tuple[str, ...] = ()


class Pattern(StrEnum):
    """How a season of an endpoint is cut into requests."""

    ONCE = "once"  # one request, without a season
    SEASON = "season"  # one request per season
    WINDOWS = "windows"  # one request per window of `window_days`
    DATES = "dates"  # one request per UTC date with games
    EACH = "each"  # one request per conference, team, game, ... of the season; see `Each`


@dataclass(frozen=True)
class Each:
    """A fan-out: one request per value of a silver column among the rows of the season.

    Args:
        param: parameter of the API that takes the value.
        table: silver table with the values. If it has `start_at` and `status`, only games that were played count.
        about: usual number of values per season, for plans that are made before the table exists.
    """

    param: str
    table: str
    column: str
    about: int


class Partition(StrEnum):
    """The rows that one commit replaces."""

    NONE = "all"
    SEASON = "season"
    MONTH = "season and month"
