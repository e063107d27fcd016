"""Rows of /stats/team/season and /stats/player/season, with keys in the order of recorded responses.

turnoverRatio (2 decimals) and a player's trueShootingPct (3 decimals) are fractions; other percentages are 0-100.
"""

from math import isfinite
from typing import Any

from sandbox.atlas.jsnum import ratio
from sandbox.game.box import BoxCounts, TeamBox
from sandbox.rows import rows
from sandbox.rows._boxes import effective, split, true_shooting
from sandbox.rows._oliver import Played, defence, known, offence, tenth, usage
from sandbox.rows.totals import PlayerSum, TeamSum
from sandbox.season.world import World

Row = dict[str, Any]
# Offensive rating of a replacement-level player, and possessions of an adjusted game.
REPLACEMENT, GAME = 88.0, 66.0


def head(world: World, team: int, season: int) -> Row:
    """Season and team, the first fields of most statistics rows."""
    league = rows.conference(world, team, season)
    return {
        "season": season,
        "seasonLabel": rows.label(season),
        "teamId": team,
        "team": world.atlas.teams[team].school,
        "conference": league.abbreviation if league else None,
    }


def team_row(world: World, total: TeamSum) -> Row:
    """One row of /stats/team/season. Without a box score its sums are null, like a SQL sum of no rows."""
    row = {
        "totalMinutes": total.minutes,
        "pace": season_pace(total),
        "teamStats": unit(total.mine),
        "opponentStats": unit(total.theirs),
    }
    return {
        **head(world, total.team, total.season),
        "games": total.games,
        "wins": total.wins,
        "losses": total.games - total.wins,
        **(row if total.boxed else hollow(row)),
    }


def season_pace(total: TeamSum) -> float | int | None:
    """Possessions per 40 minutes; as in the real API, games without counted possessions lower it."""
    return ratio(40 * (total.mine.possessions + total.theirs.possessions), 2 * total.minutes)


def hollow(row: Row) -> Row:
    """The same keys, with null in every leaf."""
    return {name: hollow(value) if isinstance(value, dict) else None for name, value in row.items()}


def unit(box: TeamBox) -> Row:
    """teamStats or opponentStats of a season."""
    c = box.total
    rebounds = c.off_rebounds + c.def_rebounds
    return {
        "assists": c.assists,
        "blocks": c.blocks,
        "steals": c.steals,
        "possessions": box.possessions,
        "trueShooting": true_shooting(c),
        "rating": ratio(c.points, box.possessions, 100),
        "fieldGoals": split(*c.field_goals),
        "twoPointFieldGoals": split(c.made["two"], c.tried["two"]),
        "threePointFieldGoals": split(c.made["three"], c.tried["three"]),
        "freeThrows": split(c.made["free"], c.tried["free"]),
        "rebounds": {"offensive": c.off_rebounds, "defensive": c.def_rebounds, "total": rebounds},
        "turnovers": {"total": c.turnovers, "teamTotal": box.team_turnovers},
        "fouls": {"total": c.fouls + c.technicals, "technical": c.technicals, "flagrant": 0},
        "points": {
            "total": c.points,
            "inPaint": box.in_paint,
            "offTurnovers": box.off_turnovers,
            "fastBreak": box.fast_break,
        },
        "fourFactors": {
            "effectiveFieldGoalPct": effective(c),
            "turnoverRatio": ratio(c.turnovers, box.possessions, 1, 2),
            "offensiveReboundPct": ratio(c.off_rebounds, rebounds, 100),
            "freeThrowRate": ratio(c.tried["free"], c.field_goals[1], 100),
        },
    }


def player_row(world: World, total: PlayerSum) -> Row:
    """One row of /stats/player/season."""
    c, person = total.counts, total.person
    return {
        **head(world, total.team, total.season),
        "athleteId": person.id,
        "athleteSourceId": person.source_id,
        "name": person.name,
        "position": person.position,
        "games": total.games,
        "starts": total.starts,
        "minutes": total.minutes,
        "points": c.points,
        "turnovers": c.turnovers,
        "fouls": c.fouls + c.technicals,
        "assists": c.assists,
        "steals": c.steals,
        "blocks": c.blocks,
        **_advanced(total),
        **_shooting(c),
        "winShares": _win_shares(total),
    }


def _shooting(c: BoxCounts) -> Row:
    rebounds = c.off_rebounds + c.def_rebounds
    return {
        "assistsTurnoverRatio": ratio(c.assists, c.turnovers, 1, 2),
        "offensiveReboundPct": ratio(c.off_rebounds, rebounds, 100),
        "freeThrowRate": ratio(c.tried["free"], c.field_goals[1], 100),
        "effectiveFieldGoalPct": effective(c),
        "trueShootingPct": ratio(c.points, 2 * (c.field_goals[1] + 0.44 * c.tried["free"]), 1, 3),
        "fieldGoals": split(*c.field_goals),
        "twoPointFieldGoals": split(c.made["two"], c.tried["two"]),
        "threePointFieldGoals": split(c.made["three"], c.tried["three"]),
        "freeThrows": split(c.made["free"], c.tried["free"]),
        "rebounds": {"offensive": c.off_rebounds, "defensive": c.def_rebounds, "total": rebounds},
    }


def _advanced(total: PlayerSum) -> Row:
    """Ratings, and PORPAG: points over a replacement player per adjusted game."""
    played = _played(total)
    attack, guard, used = offence(played), defence(played), usage(played)
    over = (attack.rating - REPLACEMENT) * (used / 100) * GAME * (total.minutes / total.game_minutes) / 10
    return {
        "offensiveRating": known(attack.rating),
        "defensiveRating": known(guard),
        "netRating": known(tenth((attack.rating - guard) * 10)),
        "PORPAG": known(tenth(over)),
        "usage": known(used),
    }


def _played(total: PlayerSum) -> Played:
    return Played(total.counts, total.minutes, total.mine, total.theirs, total.game_minutes)


def _win_shares(total: PlayerSum) -> Row:
    """Points produced and prevented beyond a poor team's level, divided by the points of a win at the team's pace."""
    attack, guard = offence(_played(total)), defence(_played(total))
    possessions, allowed = total.mine.possessions, total.theirs.possessions
    pace = 40 * ((possessions + allowed) / (2 * total.game_minutes))
    win = 0.5 * 71 * (pace / 66.3)
    if not win:
        return dict.fromkeys(("offensive", "defensive", "total", "totalPer40"))
    made = tenth(10 * (attack.points - 0.875 * 1.05 * attack.possessions) / win)
    saved = total.minutes / (total.game_minutes * 5) * allowed * (1.125 * 1.05 - guard / 100)
    prevented = tenth(10 * saved / win)
    both = made + prevented
    per40 = ratio(40 * both, total.minutes, 1, 3) if isfinite(both) else None
    return {
        "offensive": known(made),
        "defensive": known(prevented),
        "total": known(tenth(10 * both)),
        "totalPer40": per40,
    }
