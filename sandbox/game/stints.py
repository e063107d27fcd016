"""Stints of players and lineups of teams, from the events of a game."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from sandbox.game import events as ev
from sandbox.game.units import Unit

Five = tuple[int, ...]
Counted = Callable[[int, ev.Event], bool]


@dataclass(frozen=True)
class Mark:
    """A moment of a game from one team's point of view."""

    period: int
    seconds: int
    points: int
    opponent: int


@dataclass(frozen=True)
class Stint:
    """An uninterrupted stretch of one player on the floor. place: in the rotation; side: 0 home, 1 away."""

    side: int
    place: int
    come: Mark
    out: Mark


@dataclass(slots=True)
class Lineup:
    """Five players on the floor together: seconds, and the counts of both teams during that time."""

    seconds: int = 0
    own: Unit = field(default_factory=Unit)
    opponent: Unit = field(default_factory=Unit)

    def merge(self, other: "Lineup") -> None:
        """Add the lineup's counts in another game."""
        self.seconds += other.seconds
        self.own.merge(other.own)
        self.opponent.merge(other.opponent)


def stints(log: ev.GameLog) -> list[Stint]:
    """All stints of a game, home first. Leaving and returning within one second does not end a stint."""
    events = list(log)
    return [stint for side in (0, 1) for stint in _side(log, events, side)] if events else []


def _side(log: ev.GameLog, events: list[ev.Event], side: int) -> Iterator[Stint]:
    since: dict[int, Mark] = {}
    number, mark = 0, Mark(1, ev.HALF, 0, 0)
    for event in events:
        now = (event.lineup_home, event.lineup_away)[side]
        floor = log.lineups[side][number]
        if (event.period, event.seconds) != (mark.period, mark.seconds):
            # The clock has moved: the players now on the floor were there for the seconds in between.
            yield from _changes(side, since, floor, mark)
            mark = _mark(event, side)
        elif now != number:
            mark = _mark(event, side)
        number = now
    yield from _changes(side, since, (), _mark(events[-1], side))


def _mark(event: ev.Event, side: int) -> Mark:
    score = (event.home, event.away)
    return Mark(event.period, event.seconds, score[side], score[1 - side])


def _changes(side: int, since: dict[int, Mark], floor: Five, mark: Mark) -> Iterator[Stint]:
    """End the stints of players who left and begin those of players who entered, after all substitutions."""
    for place in sorted(since.keys() - set(floor)):
        yield Stint(side, place, since.pop(place), mark)
    for place in floor:
        since.setdefault(place, mark)


def on_floor(log: ev.GameLog) -> dict[int, tuple[int, int]]:
    """The lineups (home, away) at each second played with an event.

    Stints are half-open: whoever comes in at a second is on the floor in it, whoever goes out is not. The stints of a
    game end at its last second, so nobody is on the floor then.
    """
    found: dict[int, tuple[int, int]] = {}
    last = -1
    for event in log:
        last = ev.elapsed(event.period, event.seconds)
        found[last] = (event.lineup_home, event.lineup_away)
    found.pop(last, None)
    return found


def fives(log: ev.GameLog, side: int) -> set[Five]:
    """The distinct lineups of one side."""
    return {log.lineups[side][pair[side]] for pair in on_floor(log).values()}


def lineups(log: ev.GameLog, counted: Counted) -> tuple[dict[Five, Lineup], dict[Five, Lineup]]:
    """Lineups of both teams by places, home first. counted: whether the server counts an event, by its number.

    An event belongs to the lineup on the floor at its second, after the substitutions of that second.
    """
    both: tuple[dict[Five, Lineup], dict[Five, Lineup]] = ({}, {})
    floor, end = on_floor(log), ev.elapsed(log.last.period, log.last.seconds)
    for now, then in pairwise([*floor, end]):
        for side in (0, 1):
            _lineup(both[side], log, side, floor[now][side]).seconds += then - now
    for number, event in enumerate(log):
        pair = floor.get(ev.elapsed(event.period, event.seconds))
        if pair is None or event.side < 0 or not counted(number, event):
            continue
        for side in (0, 1):
            found = _lineup(both[side], log, side, pair[side])
            (found.own if event.side == side else found.opponent).add(event)
    return both


def closed_lineups(log: ev.GameLog, counted: Counted) -> tuple[dict[Five, Lineup], dict[Five, Lineup]]:
    """Lineups of stints that include their last second: substitutions made one by one leave lineups of 0 seconds."""
    both: tuple[dict[Five, Lineup], dict[Five, Lineup]] = ({}, {})
    current, now = (0, 0), 0
    for number, event in enumerate(log):
        at = ev.elapsed(event.period, event.seconds)
        if at > now:
            for side in (0, 1):
                _lineup(both[side], log, side, current[side]).seconds += at - now
            now = at
        current = (event.lineup_home, event.lineup_away)
        for side in (0, 1):
            found = _lineup(both[side], log, side, current[side])
            if event.side >= 0 and counted(number, event):
                (found.own if event.side == side else found.opponent).add(event)
    return both


def _lineup(found: dict[Five, Lineup], log: ev.GameLog, side: int, number: int) -> Lineup:
    five = log.lineups[side][number]
    if five not in found:
        found[five] = Lineup()
    return found[five]
