"""Stints of players and lineups of teams, from the events of a game."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sandbox.game import events as ev
from sandbox.game.units import Unit

Five = tuple[int, ...]


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

    @property
    def possessions(self) -> int:
        """Possessions as the server counts them here: turnovers, opponent's defensive rebounds, baskets."""
        return _possessions(self.own, self.opponent)

    @property
    def opponent_possessions(self) -> int:
        """Possessions of the opponent, counted in the same way."""
        return _possessions(self.opponent, self.own)


def _possessions(mine: Unit, other: Unit) -> int:
    return mine.plain[ev.TURNOVER] + other.plain[ev.DEF_REBOUND] + mine.baskets


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


def lineups(log: ev.GameLog) -> tuple[dict[Five, Lineup], dict[Five, Lineup]]:
    """Lineups of both teams by places, home first. Substitutions made one by one leave lineups with 0 seconds."""
    both: tuple[dict[Five, Lineup], dict[Five, Lineup]] = ({}, {})
    current, now = (0, 0), 0
    for event in log:
        at = ev.elapsed(event.period, event.seconds)
        if at > now:
            for side in (0, 1):
                _lineup(both[side], log, side, current[side]).seconds += at - now
            now = at
        current = (event.lineup_home, event.lineup_away)
        for side in (0, 1):
            found = _lineup(both[side], log, side, current[side])
            if event.side >= 0:
                (found.own if event.side == side else found.opponent).add(event)
    return both


def _lineup(found: dict[Five, Lineup], log: ev.GameLog, side: int, number: int) -> Lineup:
    five = log.lineups[side][number]
    if five not in found:
        found[five] = Lineup()
    return found[five]
