"""How an endpoint is asked: its parameters, and how a season is cut into requests and partitions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

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
    """How the requests for an endpoint are laid out."""

    ONCE = "once"  # one request, no season
    SEASON = "season"  # one request a season
    WINDOWS = "windows"  # season cut into windows of `window_days`
    DATES = "dates"  # one request per UTC date with games
    EACH = "each"  # one request per conference, team, game, ... of the season: see `Each`


@dataclass(frozen=True)
class Each:
    """A fan-out: one request per value of a silver column, of the season's rows.

    Args:
        param: the API's parameter that takes the value.
        table: silver table that knows the values. With `start_at` and `status`, only of games that were played.
        about: usual number of values in a season, for plans made before the table is there.
    """

    param: str
    table: str
    column: str
    about: int


class Partition(StrEnum):
    """What is replaced in one commit."""

    NONE = "all"
    SEASON = "season"
    MONTH = "season and month"
