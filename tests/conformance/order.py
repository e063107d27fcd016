"""The order of rows, where the server's query has one. Ties are in no order."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

Row = dict[str, Any]
LAST = 10**9
GAMES = ("/games", "/games/media", "/games/teams", "/games/players", "/lines", "/scoreboard")
PLAYS = ("/plays/date", "/plays/game/{gameId}", "/plays/player/{playerId}", "/plays/team", "/plays/tournament")


def _play(row: Row) -> tuple[Any, ...]:
    return row["gameStartDate"], row["gameId"], row["period"], -row["secondsRemaining"]


def _poll(row: Row) -> tuple[Any, ...]:
    return -row["season"], row["week"], row["pollType"], row["ranking"] or LAST


def _seconds(row: Row) -> tuple[Any, ...]:
    return (-row["totalSeconds"],)


KEYS: dict[str, Callable[[Row], tuple[Any, ...]]] = {
    **dict.fromkeys(GAMES, lambda row: (row["startDate"],)),
    **dict.fromkeys(PLAYS, _play),
    "/lineups/game/{gameId}": _seconds,
    "/lineups/team": _seconds,
    "/rankings": _poll,
    "/ratings/adjusted": lambda row: (-row["season"], -row["netRating"]),
    "/ratings/srs": lambda row: (-row["season"], -row["rating"]),
    "/draft/picks": lambda row: (-row["year"], row["overall"]),
    "/draft/teams": lambda row: (row["displayName"],),
    "/draft/positions": lambda row: (row["name"],),
    "/recruiting/players": lambda row: (-row["year"], row["ranking"]),
    "/recruiting/teams": lambda row: (-row["year"], row["ranking"]),
    "/recruiting/portal": lambda row: (-row["year"], row["lastName"], row["firstName"]),
    "/plays/types": lambda row: (row["id"],),
    "/stats/team/leaderboard": lambda row: (-row["season"], row["adjustedEfficiency"]["rankings"]["net"]),
}


def is_ordered(operation: str, rows: Any) -> bool:
    """Whether rows are in the order of their operation; True for an operation without one."""
    key = KEYS.get(operation)
    if key is None or not isinstance(rows, list):
        return True
    return all(key(one) <= key(two) for one, two in pairwise(rows))
