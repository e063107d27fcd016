"""Rows of /stats/team/season and /stats/player/season, with keys in the order of recorded responses.

turnoverRatio (2 decimals) and a player's trueShootingPct (3 decimals) are fractions; other percentages are 0-100.
"""

from typing import Any

from sandbox.atlas.jsnum import ratio, rounded
from sandbox.game.box import BoxCounts, TeamBox
from sandbox.rows import rows
from sandbox.rows._boxes import effective, individual, split, true_shooting, usage
from sandbox.rows.totals import PlayerSum, TeamSum
from sandbox.season.world import World

Row = dict[str, Any]
# Offensive rating of a replacement-level player, and points per 100 possessions of an average team.
REPLACEMENT, AVERAGE = 88.0, 107.65
# Points per win (Oliver: 0.32 of the points of an average game).
PER_WIN = 0.32 * AVERAGE


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
    """Ratings. PORPAG, points over replacement per adjusted game: (rating - 88) x usage x minutes x possessions."""
    offence, defence = individual(total.counts, total.theirs, total.games)
    used = usage(total.counts, total.mine.total)
    over = None
    if offence is not None and used is not None:
        share = total.minutes / total.game_minutes * total.mine.possessions / total.games
        over = rounded((offence - REPLACEMENT) / 100 * used / 100 * share)
    return {
        "offensiveRating": offence,
        "defensiveRating": defence,
        "netRating": None if offence is None or defence is None else rounded(offence - defence),
        "PORPAG": over,
        "usage": used,
    }


def _win_shares(total: PlayerSum) -> Row:
    """Win shares after Oliver: points produced and prevented above a poor team's level, divided by points per win."""
    offence, defence = individual(total.counts, total.theirs, total.games)
    made = saved = None
    share = 5 * total.counts.seconds / max(1, total.mine.total.seconds)
    used = usage(total.counts, total.mine.total)
    if offence is not None and used is not None:
        made = rounded(used / 100 * share * total.mine.possessions * (offence - 0.9 * AVERAGE) / 100 / PER_WIN)
    if defence is not None:
        saved = rounded(share / 5 * total.theirs.possessions * (1.09 * AVERAGE - defence) / 100 / PER_WIN)
    both = None if made is None or saved is None else rounded(made + saved)
    return {
        "offensive": made,
        "defensive": saved,
        "total": both,
        "totalPer40": None if both is None else ratio(40 * both, total.minutes, 1, 3),
    }
