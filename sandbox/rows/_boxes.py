"""Rows of /games/teams and /games/players, with the formulas of the API's server."""

from math import nan
from typing import Any

from sandbox.atlas.jsnum import js, percent, ratio
from sandbox.atlas.people import Athlete
from sandbox.game.box import BoxCounts, TeamBox, whole_minutes
from sandbox.rows._oliver import SHORTEST, Played, defence, known, offence, tenth, usage

Row = dict[str, Any]


def game_minutes(periods: int) -> int:
    """40 minutes plus 5 for each overtime."""
    return 40 + 5 * max(0, periods - 2)


def pace(one: TeamBox, two: TeamBox) -> float | int | None:
    """Possessions per 40 minutes; None if they were not counted."""
    minutes = game_minutes(len(one.periods))
    return ratio(40 * (one.possessions + two.possessions), 2 * minutes) or None


def split(made: int, tried: int) -> Row:
    """Made, attempted and percentage."""
    return {"made": made, "attempted": tried, "pct": percent(made, tried)}


def game_score(c: BoxCounts) -> float | int:
    """Hollinger's game score of a player, not rounded (37.50000000000001 is real)."""
    value = _shooting_score(c) + (0.7 * c.off_rebounds + 0.3 * c.def_rebounds)
    return js(value + c.steals + 0.7 * c.assists + 0.7 * c.blocks - 0.4 * c.fouls - c.turnovers)


def team_score(c: BoxCounts) -> float | int:
    """The game score of a team, summed in the server's order. Unlike a player's, it has technical fouls."""
    value = _shooting_score(c) + 0.7 * c.off_rebounds + 0.3 * c.def_rebounds
    fouls = c.fouls + c.technicals
    return js(value + c.steals + 0.7 * c.assists + 0.7 * c.blocks - 0.4 * fouls - c.turnovers)


def _shooting_score(c: BoxCounts) -> float:
    fgm, fga = c.field_goals
    return c.points + 0.4 * fgm - 0.7 * fga - 0.4 * (c.tried["free"] - c.made["free"])


def true_shooting(c: BoxCounts) -> float | int | None:
    """100 * points / (2 * (FGA + 0.44 FTA))."""
    return ratio(c.points, 2 * (c.field_goals[1] + 0.44 * c.tried["free"]), 100)


def effective(c: BoxCounts) -> float | int | None:
    """100 * (FGM + 0.5 * 3PM) / FGA."""
    return ratio(c.field_goals[0] + 0.5 * c.made["three"], c.field_goals[1], 100)


def team_stats(box: TeamBox) -> Row:
    """teamStats of one team, with keys in the order of recorded responses."""
    c = box.total
    rebounds = c.off_rebounds + c.def_rebounds
    return {
        "possessions": box.possessions or None,
        "assists": c.assists,
        "steals": c.steals,
        "blocks": c.blocks,
        "trueShooting": true_shooting(c),
        "rating": ratio(c.points, box.possessions, 100),
        "gameScore": team_score(c),
        "points": {
            "total": c.points,
            "byPeriod": box.periods,
            "largestLead": box.largest_lead,
            "fastBreak": box.fast_break,
            "inPaint": box.in_paint,
            "offTurnovers": box.off_turnovers,
        },
        "twoPointFieldGoals": split(c.made["two"], c.tried["two"]),
        "threePointFieldGoals": split(c.made["three"], c.tried["three"]),
        "freeThrows": split(c.made["free"], c.tried["free"]),
        "fieldGoals": split(*c.field_goals),
        "turnovers": {"total": c.turnovers, "teamTotal": box.team_turnovers},
        "rebounds": {"offensive": c.off_rebounds, "defensive": c.def_rebounds, "total": rebounds},
        "fouls": {"total": c.fouls + c.technicals, "technical": c.technicals, "flagrant": 0},
        "fourFactors": {
            "effectiveFieldGoalPct": effective(c),
            "freeThrowRate": ratio(c.tried["free"], c.field_goals[1], 100),
            "turnoverRatio": ratio(c.turnovers, box.possessions, 100),
            "offensiveReboundPct": ratio(c.off_rebounds, rebounds, 100),
        },
    }


def player_rows(box: TeamBox, other: TeamBox, people: dict[int, Athlete], first_row: int) -> list[Row]:
    """players[] of one team, most minutes first; people: by place, only those with a row.

    As on the real server, athleteId is the id of the row.
    """
    minutes = whole_minutes(box.players)
    played = sorted(people, key=lambda place: (place not in box.starters, -minutes[place], place))
    return [
        _player(box, other, people[place], place, (minutes[place], first_row + number))
        for number, place in enumerate(played)
    ]


def _player(box: TeamBox, other: TeamBox, person: Athlete, place: int, given: tuple[int, int]) -> Row:
    """One player, with keys in the order of recorded responses; contract.json has inline models in reverse order."""
    (minutes, row_id), c = given, box.players[place]
    rebounds = c.off_rebounds + c.def_rebounds
    played = Played(c, minutes, box, other, game_minutes(len(box.periods)))
    return {
        "athleteId": row_id,
        "athleteSourceId": person.source_id,
        "name": person.name,
        "position": person.position,
        "starter": place in box.starters,
        "ejected": False,
        "minutes": minutes,
        "points": c.points,
        "turnovers": c.turnovers,
        "fouls": c.fouls + c.technicals,
        "assists": c.assists,
        "steals": c.steals,
        "blocks": c.blocks,
        **_rated(played),
        "effectiveFieldGoalPct": effective(c),
        "trueShootingPct": true_shooting(c),
        "gameScore": game_score(c),
        "assistsTurnoverRatio": ratio(c.assists, c.turnovers),
        "freeThrowRate": ratio(c.tried["free"], c.field_goals[1], 100),
        "offensiveReboundPct": ratio(c.off_rebounds, rebounds, 100),
        "fieldGoals": split(*c.field_goals),
        "twoPointFieldGoals": split(c.made["two"], c.tried["two"]),
        "threePointFieldGoals": split(c.made["three"], c.tried["three"]),
        "freeThrows": split(c.made["free"], c.tried["free"]),
        "rebounds": {"offensive": c.off_rebounds, "defensive": c.def_rebounds, "total": rebounds},
    }


def _rated(played: Played) -> Row:
    """Usage and ratings; null for a player with fewer than eight minutes."""
    names = ("usage", "offensiveRating", "defensiveRating", "netRating")
    if played.minutes < SHORTEST:
        return dict.fromkeys(names)
    used, attack, guard = usage(played), offence(played).rating, defence(played)
    if not played.team.possessions:
        guard = nan
    return dict(zip(names, map(known, (used, attack, guard, tenth((attack - guard) * 10))), strict=True))
