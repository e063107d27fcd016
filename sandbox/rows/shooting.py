"""Rows of /stats/*/shooting/season: shots of a season by kind, from plays of games with any status."""

from collections.abc import Iterable, Iterator
from typing import Any

from sandbox.atlas.fixtures import Fixture, Game
from sandbox.atlas.jsnum import percent
from sandbox.atlas.people import roster
from sandbox.game import events as ev
from sandbox.game.events import Event
from sandbox.game.units import Unit, line
from sandbox.season.world import World

Row = dict[str, Any]
# Names and order of the API.
KINDS = {
    "dunks": ev.DUNK,
    "layups": ev.LAYUP,
    "tipIns": ev.TIP,
    "twoPointJumpers": ev.JUMPER,
    "threePointJumpers": ev.THREE,
}
Key = tuple[int, int, int]
TeamKey = tuple[int, int]


def player_shots(world: World, games: Iterable[Game]) -> dict[Key, Unit]:
    """Shots by (season, team, athlete), Division I only. The server finds the shooter by the words of the play."""
    found: dict[Key, Unit] = {}
    for game, number, event, team in _counted(world, games):
        if not world.reading.is_silent(game, number, event):
            person = roster(world.atlas, team, game.season)[event.one]
            found.setdefault((game.season, team, person.id), Unit()).add(event)
    return found


def team_shots(world: World, games: Iterable[Game]) -> dict[TeamKey, Unit]:
    """Shots by (season, team), Division I only."""
    found: dict[TeamKey, Unit] = {}
    for game, _, event, team in _counted(world, games):
        found.setdefault((game.season, team), Unit()).add(event)
    return dict(sorted(found.items()))


def _counted(world: World, games: Iterable[Game]) -> Iterator[tuple[Fixture, int, Event, int]]:
    """Game, number, event and team of each shot that the server counts."""
    for game in games:
        fixture, log = game.fixture, world.served_plays(game)
        if not log:
            continue
        teams, counts = (fixture.home, fixture.away), world.reading.counts
        known = [world.atlas.conference_id(team, fixture.season) for team in teams]
        for number, event in enumerate(log):
            if event.kind in ev.VALUE and known[event.side] and counts(fixture, number, event):
                yield fixture, number, event, teams[event.side]


def shooting(unit: Unit) -> Row:
    """The fields of a shooting row without its owner. All percentages are 0-100, including shares of attempts."""
    tracked = unit.shots
    return {
        "trackedShots": tracked,
        "assistedPct": percent(sum(unit.assisted), tracked),
        "freeThrowRate": percent(unit.tried[ev.FREE_THROW], tracked),
        **{name: _kind(unit, kind) for name, kind in KINDS.items()},
        "freeThrows": line(unit.sums(ev.FREE_THROW)),
        "attemptsBreakdown": {name: percent(unit.tried[kind], tracked) for name, kind in KINDS.items()},
    }


def _kind(unit: Unit, kind: int) -> Row:
    row: Row = dict(line(unit.sums(kind)))
    if kind == ev.TIP:
        return row
    return {"assisted": unit.assisted[kind], "assistedPct": percent(unit.assisted[kind], unit.made[kind]), **row}
