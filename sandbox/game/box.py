"""Box scores, computed from the events of a game, so that plays and box scores agree."""

from dataclasses import dataclass, field

from sandbox.atlas.people import ROTATION
from sandbox.game import events as ev


@dataclass(slots=True)
class BoxCounts:
    """Counting statistics of a team or player. seconds: time on the floor."""

    points: int = 0
    made: dict[str, int] = field(default_factory=lambda: {"two": 0, "three": 0, "free": 0})
    tried: dict[str, int] = field(default_factory=lambda: {"two": 0, "three": 0, "free": 0})
    off_rebounds: int = 0
    def_rebounds: int = 0
    assists: int = 0
    steals: int = 0
    blocks: int = 0
    turnovers: int = 0
    fouls: int = 0
    technicals: int = 0
    seconds: int = 0

    @property
    def field_goals(self) -> tuple[int, int]:
        """Made and attempted field goals."""
        return self.made["two"] + self.made["three"], self.tried["two"] + self.tried["three"]


@dataclass(slots=True)
class TeamBox:
    """The box score of one team: totals, players by place in the rotation, and team-only statistics."""

    total: BoxCounts = field(default_factory=BoxCounts)
    players: list[BoxCounts] = field(default_factory=lambda: [BoxCounts() for _ in range(ROTATION)])
    possessions: int = 0
    team_turnovers: int = 0
    fast_break: int = 0
    off_turnovers: int = 0
    in_paint: int = 0
    largest_lead: int = 0
    periods: list[int] = field(default_factory=list)
    starters: tuple[int, ...] = ()


def boxes(log: ev.GameLog) -> tuple[TeamBox, TeamBox]:
    """Both box scores of a game, home first. A truncated log gives the box score up to its end."""
    both = (TeamBox(), TeamBox())
    last = None
    floor = _Floor(log)
    for event in log:
        floor.move(event)
        _possession(both, event)
        if event.side >= 0:
            _credit(both[event.side], event)
        _lead(both, event)
        if event.kind == ev.END_PERIOD:
            _close(both, event)
        last = event
    if last is not None and last.kind not in {ev.END_PERIOD, ev.END_GAME}:
        _close(both, last)
    for side, box in enumerate(both):
        box.starters = log.lineups[side][0]
        for place, seconds in enumerate(floor.seconds[side]):
            box.players[place].seconds = seconds
        box.total.seconds = sum(floor.seconds[side])
    return both


class _Floor:
    """Seconds on the floor by place, from the lineups of the events."""

    def __init__(self, log: ev.GameLog) -> None:
        self.lineups = log.lineups
        self.seconds = ([0] * ROTATION, [0] * ROTATION)
        self.now, self.current = 0, (0, 0)

    def move(self, event: ev.Event) -> None:
        now = ev.elapsed(event.period, event.seconds)
        if now > self.now:
            for side in (0, 1):
                seconds = self.seconds[side]
                for place in self.lineups[side][self.current[side]]:
                    seconds[place] += now - self.now
            self.now = now
        self.current = (event.lineup_home, event.lineup_away)


def _possession(both: tuple[TeamBox, TeamBox], event: ev.Event) -> None:
    if event.flags & ev.ENDS_HOME:
        both[0].possessions += 1
    if event.flags & ev.ENDS_AWAY:
        both[1].possessions += 1


def _lead(both: tuple[TeamBox, TeamBox], event: ev.Event) -> None:
    lead = event.home - event.away
    if lead > both[0].largest_lead:
        both[0].largest_lead = lead
    elif -lead > both[1].largest_lead:
        both[1].largest_lead = -lead


def _close(both: tuple[TeamBox, TeamBox], event: ev.Event) -> None:
    for box, score in zip(both, (event.home, event.away), strict=True):
        box.periods.append(score - sum(box.periods))


def _credit(box: TeamBox, event: ev.Event) -> None:
    people = [box.total] if event.one < 0 else [box.total, box.players[event.one]]
    kind = event.kind
    if kind in ev.VALUE:
        _shot(box, people, event)
    elif kind in {ev.TURNOVER, ev.FOUL_TURNOVER}:
        box.team_turnovers += event.one < 0
        _add(people, "turnovers")
    elif kind in _PLAIN:
        _add(people, _PLAIN[kind])


_PLAIN = {
    ev.OFF_REBOUND: "off_rebounds",
    ev.DEF_REBOUND: "def_rebounds",
    ev.STEAL: "steals",
    ev.BLOCK: "blocks",
    ev.FOUL: "fouls",
    ev.TECHNICAL: "technicals",
}


def _add(people: list[BoxCounts], name: str) -> None:
    for counts in people:
        setattr(counts, name, getattr(counts, name) + 1)


def _shot(box: TeamBox, people: list[BoxCounts], event: ev.Event) -> None:
    kind = event.kind
    name = "free" if kind == ev.FREE_THROW else "three" if kind == ev.THREE else "two"
    for counts in people:
        counts.tried[name] += 1
        if event.made:
            counts.made[name] += 1
            counts.points += ev.VALUE[kind]
    if not event.made:
        return
    if event.two >= 0:
        _add([box.total, box.players[event.two]], "assists")
    box.in_paint += 2 * (kind in ev.RIM)
    box.fast_break += ev.VALUE[kind] * bool(event.flags & ev.FAST_BREAK)
    box.off_turnovers += ev.VALUE[kind] * bool(event.flags & ev.OFF_TURNOVER)


def whole_minutes(players: list[BoxCounts]) -> list[int]:
    """Minutes as whole numbers that add up to the team's minutes, by largest remainder."""
    exact = [counts.seconds / 60 for counts in players]
    minutes = [int(value) for value in exact]
    spare = round(sum(exact)) - sum(minutes)
    order = sorted(range(len(exact)), key=lambda k: (minutes[k] - exact[k], k))
    for k in order[:spare]:
        minutes[k] += 1
    return minutes
