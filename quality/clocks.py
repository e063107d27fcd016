"""Clocks: when the value of a gold column is known. A feature may only be used from its clock on.

`morning` is the morning (US Eastern) of the row's date: the schedule, and results of earlier dates. `tip_off` is the
scheduled start of the game: also its closing lines. `final` is later: the result of the game, everything computed from
it, and facts about a capture that may be later than the game. The date of a row is the table's `point_in_time` column;
in a table about a season so far every column is `final`.
"""

from __future__ import annotations

from typing import Literal, get_args

Clock = Literal["morning", "tip_off", "final"]
CLOCKS: tuple[Clock, ...] = get_args(Clock)  # from the earliest to the latest
MORNING, TIP_OFF, FINAL = CLOCKS


def until(clock: Clock) -> frozenset[Clock]:
    """The clocks of columns that are known at a clock: its own and all earlier ones."""
    return frozenset(CLOCKS[: CLOCKS.index(clock) + 1])
