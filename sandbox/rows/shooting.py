"""Rows of /stats/*/shooting/season: shots of a season by kind, from plays of games with any status."""

from collections.abc import Iterable
from typing import Any

from sandbox.atlas.fixtures import Game
from sandbox.atlas.jsnum import percent
from sandbox.atlas.people import roster
from sandbox.game import events as ev
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


def shots(world: World, games: Iterable[Game]) -> dict[Key, Unit]:
    """Shots by (season, team, athlete), Division I only."""
    found: dict[Key, Unit] = {}
    for game in games:
        fixture, log = game.fixture, world.served_plays(game)
        if not log:
            continue
        teams = (fixture.home, fixture.away)
        people = [roster(world.atlas, team, fixture.season) for team in teams]
        known = [world.atlas.conference_id(team, fixture.season) for team in teams]
        for event in log:
            if event.kind in ev.VALUE and known[event.side]:
                key = fixture.season, teams[event.side], people[event.side][event.one].id
                found.setdefault(key, Unit()).add(event)
    return found


def by_team(players: dict[Key, Unit]) -> dict[tuple[int, int], Unit]:
    """Shots of all players of a team, by (season, team)."""
    found: dict[tuple[int, int], Unit] = {}
    for (season, team, _), unit in sorted(players.items()):
        found.setdefault((season, team), Unit()).merge(unit)
    return found


def shooting(unit: Unit) -> Row:
    """The fields of a shooting row without its owner. All percentages are 0-100, including shares of attempts."""
    tracked = unit.shots
    return {
        "trackedShots": tracked,
        "assistedPct": percent(sum(unit.assisted), unit.baskets),
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
