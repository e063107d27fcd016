"""Rows of /stats/team/leaderboard: season totals, shots by kind and adjusted efficiency of a team."""

from typing import Any

from sandbox.atlas.jsnum import percent, ratio, rounded
from sandbox.game import events as ev
from sandbox.game.box import TeamBox
from sandbox.game.units import Unit
from sandbox.rows import rows
from sandbox.rows._boxes import effective, true_shooting
from sandbox.rows.ratings import Adjusted, adjusted, finals, ranks
from sandbox.rows.season_stats import season_pace
from sandbox.rows.shooting import team_shots
from sandbox.rows.totals import TeamSum, team_sums
from sandbox.season.world import World

Row = dict[str, Any]


def leaderboard(world: World, year: int) -> list[Row]:
    """Division I teams of a season that have played, best adjusted net rating first."""
    played = finals(world, year)
    tracked = team_shots(world, played)
    rated = adjusted(world, year)
    places = {one.team: place for one, place in zip(rated, _places(rated), strict=True)}
    found = [
        _row(world, total, tracked.get((year, total.team), Unit()), places.get(total.team))
        for total in team_sums(world, played)
        if world.atlas.conference_id(total.team, year)
    ]
    return sorted(found, key=lambda row: ((row["adjustedEfficiency"] or _LAST)["rankings"]["net"], row["teamId"]))


_LAST = {"rankings": {"net": 10_000}}


def _places(rated: list[Adjusted]) -> list[Row]:
    offence = ranks([one.offence for one in rated])
    defence = ranks([one.defence for one in rated], low_first=True)
    net = ranks([one.net for one in rated])
    return [
        {
            "offensiveRating": one.offence,
            "defensiveRating": one.defence,
            "netRating": one.net,
            "rankings": {"offense": offence[k], "defense": defence[k], "net": net[k]},
        }
        for k, one in enumerate(rated)
    ]


def _row(world: World, total: TeamSum, unit: Unit, efficiency: Row | None) -> Row:
    league = rows.conference(world, total.team, total.season)
    mine, theirs = _rating(total.mine), _rating(total.theirs)
    return {
        "season": total.season,
        "teamId": total.team,
        "team": world.atlas.teams[total.team].school,
        "conference": {"id": league.id if league else None, "abbreviation": league.abbreviation if league else None},
        "record": {"games": total.games, "wins": total.wins, "losses": total.games - total.wins},
        "summary": {
            "totalMinutes": total.minutes,
            "trackedShots": unit.shots,
            "pace": season_pace(total),
            "rawNetRating": None if mine is None or theirs is None else rounded(mine - theirs),
        },
        "teamStats": _side(total.mine),
        "opponentStats": _side(total.theirs),
        "shotProfile": _profile(unit),
        "adjustedEfficiency": efficiency,
    }


def _rating(box: TeamBox) -> float | int | None:
    return ratio(box.total.points, box.possessions, 100)


def _side(box: TeamBox) -> Row:
    c = box.total
    rebounds = c.off_rebounds + c.def_rebounds
    return {
        "points": {
            "total": c.points,
            "inPaint": box.in_paint,
            "offTurnovers": box.off_turnovers,
            "fastBreak": box.fast_break,
        },
        "possessions": box.possessions,
        "rawOffensiveRating": _rating(box),
        "trueShootingPct": true_shooting(c),
        "effectiveFieldGoalPct": effective(c),
        "turnoverRatio": ratio(c.turnovers, box.possessions, 1, 2),
        "offensiveReboundPct": ratio(c.off_rebounds, rebounds, 100),
        "freeThrowRate": ratio(c.tried["free"], c.field_goals[1], 100),
        "fieldGoals": _pair(*c.field_goals),
        "twoPointFieldGoals": _pair(c.made["two"], c.tried["two"]),
        "threePointFieldGoals": _pair(c.made["three"], c.tried["three"]),
        "freeThrows": _pair(c.made["free"], c.tried["free"]),
        "rebounds": {"offensive": c.off_rebounds, "defensive": c.def_rebounds, "total": rebounds},
        "turnovers": {"total": c.turnovers, "team": box.team_turnovers, "technical": c.technicals},
        "fouls": {"total": c.fouls + c.technicals, "technical": c.technicals, "flagrant": 0},
        "assists": c.assists,
        "blocks": c.blocks,
        "steals": c.steals,
    }


def _pair(made: int, tried: int) -> Row:
    return {"made": made, "attempted": tried}


def _profile(unit: Unit) -> Row:
    rim, jumper, three = (ev.LAYUP, ev.DUNK, ev.TIP), _shot(unit, ev.JUMPER), _shot(unit, ev.THREE)
    made, tried = unit.sums(*rim)
    helped = sum(unit.assisted[kind] for kind in rim)
    tip = _shot(unit, ev.TIP)
    del tip["assisted"]
    far = unit.tried[ev.JUMPER] + unit.tried[ev.THREE]
    return {
        "assistedPct": percent(sum(unit.assisted), unit.baskets),
        "atRim": {
            "rate": ratio(tried, unit.shots, 100),
            "pct": ratio(made, tried, 100),
            "assistedPct": ratio(helped, made, 100),
        },
        "dunk": _shot(unit, ev.DUNK),
        "layup": _shot(unit, ev.LAYUP),
        "tipIn": tip,
        "twoPointJumper": {**jumper, **_more(unit, ev.JUMPER)},
        "threePointJumper": {**three, **_more(unit, ev.THREE)},
        "freeThrows": {
            "attempts": unit.tried[ev.FREE_THROW],
            "made": unit.made[ev.FREE_THROW],
            "rate": percent(unit.tried[ev.FREE_THROW], unit.shots),
        },
        "distribution": {
            "midrangeRate": ratio(unit.tried[ev.JUMPER], unit.shots, 100),
            "jumperRate": ratio(far, unit.shots, 100),
            "threeRate": ratio(unit.tried[ev.THREE], unit.shots, 100),
        },
    }


def _shot(unit: Unit, kind: int) -> Row:
    return {
        "attempts": unit.tried[kind],
        "made": unit.made[kind],
        "assisted": unit.assisted[kind],
        "rate": ratio(unit.tried[kind], unit.shots, 100),
    }


def _more(unit: Unit, kind: int) -> Row:
    return {
        "pct": ratio(unit.made[kind], unit.tried[kind], 100),
        "assistedPct": ratio(unit.assisted[kind], unit.made[kind], 100),
    }
