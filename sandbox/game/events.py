"""The compact event log of a simulated game, from which everything else is computed."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

(
    JUMP_BALL,
    LAYUP,
    DUNK,
    TIP,
    JUMPER,
    THREE,
    FREE_THROW,
    OFF_REBOUND,
    DEF_REBOUND,
    DEAD_REBOUND,
    TURNOVER,
    FOUL_TURNOVER,
    STEAL,
    BLOCK,
    FOUL,
    TECHNICAL,
    TV_TIMEOUT,
    SHORT_TIMEOUT,
    FULL_TIMEOUT,
    SUB,
    END_PERIOD,
    END_GAME,
) = range(22)

FIELD_GOALS = frozenset((LAYUP, DUNK, TIP, JUMPER, THREE))
RIM = frozenset((LAYUP, DUNK, TIP))
VALUE = {LAYUP: 2, DUNK: 2, TIP: 2, JUMPER: 2, THREE: 3, FREE_THROW: 1}

# Flags of an event.
FAST_BREAK, OFF_TURNOVER, ENDS_HOME, ENDS_AWAY = 1, 2, 4, 8

HALF, OVERTIME, REGULATION = 1200, 300, 2400


class Event(NamedTuple):
    """One event. side: 0 home, 1 away, -1 none; one, two: places in the team's rotation (-1 nobody).

    seconds: seconds left in the period; lineup_home, lineup_away: indexes into the lineups of the team.
    """

    kind: int
    period: int
    seconds: int
    side: int
    one: int
    two: int
    made: int
    flags: int
    home: int
    away: int
    lineup_home: int
    lineup_away: int


WIDTH = len(Event._fields)


@dataclass(frozen=True)
class GameLog:
    """The events of one game as 16-bit integers (WIDTH per event), and the lineups on the floor."""

    data: "array[int]"
    lineups: tuple[tuple[tuple[int, ...], ...], tuple[tuple[int, ...], ...]]

    def __len__(self) -> int:
        return len(self.data) // WIDTH

    def __iter__(self) -> Iterator[Event]:
        cells = iter(self.data)
        return map(Event._make, zip(*[cells] * WIDTH, strict=True))

    @property
    def last(self) -> Event:
        """The last event; the log must not be empty."""
        return Event._make(self.data[-WIDTH:])

    def prefix(self, count: int) -> "GameLog":
        """The first `count` events: a game in progress, or truncated plays."""
        return GameLog(self.data[: count * WIDTH], self.lineups)


def elapsed(period: int, seconds: int) -> int:
    """Seconds played when `seconds` are left in `period`: 1200-s, 2400-s, then 2400+(p-2)*300-s."""
    if period <= 2:
        return period * HALF - seconds
    return REGULATION + (period - 2) * OVERTIME - seconds
