"""Rows of /lineups/* and /substitutions/*. Neither has a key, and lineups do not name the game."""

from typing import Any

from sandbox.atlas.fixtures import Fixture
from sandbox.atlas.jsnum import percent, ratio, rounded
from sandbox.atlas.people import Athlete, roster
from sandbox.atlas.times import iso
from sandbox.game import events as ev
from sandbox.game.stints import Five, Lineup, Mark, Stint
from sandbox.game.units import SHOTS, Unit, effective_pct, free_rate, line, true_pct
from sandbox.rows import rows
from sandbox.season.world import World

Row = dict[str, Any]


def stint_row(world: World, game: Fixture, stint: Stint) -> Row:
    """One row of /substitutions/*: entering and leaving the game."""
    mine, other = (game.home, game.away) if stint.side == 0 else (game.away, game.home)
    league, rival = rows.conference(world, mine, game.season), rows.conference(world, other, game.season)
    person = roster(world.atlas, mine, game.season)[stint.place]
    return {
        "gameId": game.id,
        "startDate": iso(world.served_start(game)),
        "teamId": mine,
        "team": world.atlas.teams[mine].school,
        "conference": league.abbreviation if league else None,
        "athleteId": person.id,
        "athlete": person.name,
        "position": person.position if world.has_position(person) else None,
        "opponentId": other,
        "opponent": world.atlas.teams[other].school,
        "opponentConference": rival.abbreviation if rival else None,
        "subIn": _mark(stint.come),
        "subOut": _mark(stint.out),
    }


def _mark(mark: Mark) -> Row:
    return {
        "period": mark.period,
        "secondsRemaining": mark.seconds,
        "teamPoints": mark.points,
        "opponentPoints": mark.opponent,
    }


def lineup_rows(world: World, team: int, season: int, found: dict[Five, Lineup]) -> list[Row]:
    """Lineups of a team, longest first; [] for a team without a conference."""
    league = rows.conference(world, team, season)
    if league is None:
        return []
    people = roster(world.atlas, team, season)
    head = {"teamId": team, "team": world.atlas.teams[team].school, "conference": league.abbreviation}
    ordered = sorted(found.items(), key=lambda item: (-item[1].seconds, item[0]))
    # The server sums the time over all rows that it joins: in two conferences it is twice the true time.
    joined = len(rows.conferences(world, team, season))
    rated = [{**head, **_five([people[place] for place in five]), **_numbers(unit, joined)} for five, unit in ordered]
    return rated if world.config.null_ratings else [_filled(row) for row in rated]


def _filled(row: Row) -> Row:
    """The row with 0 for every null."""
    return {name: _filled(value) if isinstance(value, dict) else value or 0 for name, value in row.items()}


def _five(people: list[Athlete]) -> Row:
    """idHash: the ids in ascending numeric order."""
    people = sorted(people, key=lambda person: person.id)
    return {
        "idHash": "-".join(str(person.id) for person in people),
        "athletes": [{"id": person.id, "name": person.name} for person in people],
    }


def _numbers(lineup: Lineup, joined: int) -> Row:
    """A division by zero is null, although the contract requires a number."""
    mine, other = possessions(lineup.own), possessions(lineup.opponent)
    offence, defence = ratio(lineup.own.points, mine, 100), ratio(lineup.opponent.points, other, 100)
    exact = (1000 * lineup.own.points / mine - 1000 * lineup.opponent.points / other) / 10 if mine and other else None
    return {
        "totalSeconds": joined * lineup.seconds,
        "pace": ratio(ev.REGULATION * (mine + other), 2 * joined * lineup.seconds),
        "offenseRating": offence,
        "defenseRating": defence,
        "netRating": None if exact is None else rounded(exact),
        "teamStats": _unit(lineup.own, mine),
        "opponentStats": _unit(lineup.opponent, other),
    }


def possessions(unit: Unit) -> int:
    """Possessions as the server counts them here: turnovers, the team's own defensive rebounds, baskets."""
    return unit.plain[ev.TURNOVER] + unit.plain[ev.FOUL_TURNOVER] + unit.plain[ev.DEF_REBOUND] + unit.baskets


def _unit(unit: Unit, possessions: int) -> Row:
    off, guard = unit.plain[ev.OFF_REBOUND], unit.plain[ev.DEF_REBOUND]
    turnovers = unit.plain[ev.TURNOVER] + unit.plain[ev.FOUL_TURNOVER]
    return {
        "possessions": possessions,
        "points": unit.points,
        "blocks": unit.plain[ev.BLOCK],
        "assists": sum(unit.assisted),
        "steals": unit.plain[ev.STEAL],
        "turnovers": turnovers,
        "defensiveRebounds": guard,
        "offensiveRebounds": off,
        "trueShooting": true_pct(unit),
        "fieldGoals": line(unit.sums(*SHOTS)),
        "twoPointers": _twos(unit),
        "threePointers": line(unit.sums(ev.THREE)),
        "freeThrows": line(unit.sums(ev.FREE_THROW)),
        # Without a count these are 0, unlike the ratings.
        "fourFactors": {
            "effectiveFieldGoalPct": effective_pct(unit) or 0,
            "turnoverRatio": ratio(turnovers, possessions, 1, 2) or 0,
            # The server combines the two counts with a bitwise OR instead of adding them.
            "offensiveReboundPct": ratio(off, off | guard, 100) or 0,
            "freeThrowRate": free_rate(unit) or 0,
        },
    }


def _twos(unit: Unit) -> Row:
    made, tried = unit.sums(ev.LAYUP, ev.DUNK, ev.TIP, ev.JUMPER)
    return {
        "made": made,
        "attempted": tried,
        "pct": percent(made, tried),
        "jumpers": line(unit.sums(ev.JUMPER)),
        "layups": line(unit.sums(ev.LAYUP)),
        "dunks": line(unit.sums(ev.DUNK)),
        "tipIns": line(unit.sums(ev.TIP)),
    }
