"""Players in the season overview of a team: everyone on the roster or with statistics."""

from typing import Any

from sandbox.atlas.fixtures import Game
from sandbox.atlas.jsnum import ratio
from sandbox.atlas.people import Athlete, roster
from sandbox.rows._boxes import effective, true_shooting
from sandbox.rows.season_stats import player_row
from sandbox.rows.totals import PlayerSum, player_sums
from sandbox.season.world import World

Row = dict[str, Any]


def player_rows(world: World, team: int, season: int, done: list[Game]) -> list[Row]:
    """Rows by minutes, most first, then players who did not play."""
    found = {total.person.id: total for total in player_sums(world, done) if total.team == team}
    played = sorted(found.values(), key=lambda total: (-total.minutes, total.person.id))
    idle = [person for person in roster(world.atlas, team, season) if person.id not in found]
    return [*(_played(world, total) for total in played), *map(_idle, idle)]


def _played(world: World, total: PlayerSum) -> Row:
    c, row = total.counts, player_row(world, total)
    return {
        **_who(total.person, has_stats=True),
        "games": total.games,
        "minutes": total.minutes,
        "points": c.points,
        "rebounds": c.off_rebounds + c.def_rebounds,
        "assists": c.assists,
        "minutesPerGame": ratio(total.minutes, total.games),
        "pointsPerGame": ratio(c.points, total.games),
        "usagePct": row["usage"],
        "trueShootingPct": true_shooting(c),
        "effectiveFieldGoalPct": effective(c),
        "usageGames": total.games,
        "complete": True,
        "seasonStats": _season(row),
    }


def _who(person: Athlete, *, has_stats: bool) -> Row:
    return {
        "athleteId": person.id,
        "name": person.name,
        "position": person.position,
        "onRoster": True,
        "hasStats": has_stats,
    }


def _idle(person: Athlete) -> Row:
    """A player on the roster without a game."""
    numbers = (
        "games", "minutes", "points", "rebounds", "assists", "minutesPerGame", "pointsPerGame", "usagePct",
        "trueShootingPct", "effectiveFieldGoalPct",
    )  # fmt: skip
    blank: Row = dict.fromkeys(numbers)
    return {**_who(person, has_stats=False), **blank, "usageGames": 0, "complete": False, "seasonStats": None}


def _season(row: Row) -> Row:
    """The row of /stats/player/season with the field names of the overview."""
    same = (
        "fieldGoals", "twoPointFieldGoals", "threePointFieldGoals", "freeThrows", "rebounds", "assists", "steals",
        "blocks", "turnovers", "fouls", "starts", "freeThrowRate", "offensiveReboundPct",
    )  # fmt: skip
    shares = row["winShares"]
    per40 = {name: value for name, value in shares.items() if name != "totalPer40"} | {"per40": shares["totalPer40"]}
    advanced = {name: row[name] for name in ("offensiveRating", "defensiveRating", "netRating", "games")}
    return {
        **{name: row[name] for name in same},
        "assistTurnoverRatio": row["assistsTurnoverRatio"],
        "advanced": {**advanced, "porpag": row["PORPAG"], "winShares": per40},
    }
