"""Named cases of wrong data: what sources of this kind have sent, for chosen games of an otherwise regular response.

A case changes the rows of one game and leaves all others as they are, so a lake from such a response can be compared
game by game with a lake from the regular one. DAMAGES are about the bytes of a whole response.
"""

import copy
from collections.abc import Callable
from typing import Any

Row = dict[str, Any]
Case = Callable[[list[Row]], list[Row]]
SECOND_ID = 990_000_000  # added to a game's id when its fixture comes a second time
ODD_CLOCKS = ("12:34.5", "", "0:00.0", "20:00:00", ":05", "60", None)
DEEP = 100_000  # levels of an unknown field


def _each(**values: Any) -> Case:
    return lambda rows: [{**row, **values} for row in rows]


def _changed(change: Callable[[Row], Row]) -> Case:
    return lambda rows: [{**row, **change(row)} for row in rows]


def _stale(row: Row) -> Row:
    points = {"homePoints": 40, "awayPoints": 41, "homeWinner": None, "awayWinner": None}
    return {**copy.deepcopy(row), "status": "in_progress", **points}


def _players_of_both(rows: list[Row]) -> list[Row]:
    first, second, *rest = copy.deepcopy(rows)
    second["players"] += copy.deepcopy(first["players"][:5])
    return [first, second, *rest]


def _first_players(**values: Any) -> Case:
    def change(rows: list[Row]) -> list[Row]:
        made = copy.deepcopy(rows)
        made[0]["players"][0].update(values)
        return made

    return change


def _odd_clocks(rows: list[Row]) -> list[Row]:
    clocks = dict(enumerate(ODD_CLOCKS))
    return [{**row, "clock": clocks.get(number, row["clock"])} for number, row in enumerate(rows)]


def _falling(rows: list[Row]) -> list[Row]:
    return [
        {**row, "homeScore": max(0, row["homeScore"] - 3)} if number % 15 == 0 else row
        for number, row in enumerate(rows)
    ]


def _sides_exchanged(row: Row) -> Row:
    names = (("teamId", "opponentId"), ("team", "opponent"))
    sides = {one: row.get(other) for pair in names for one, other in (pair, pair[::-1])} if row.get("teamId") else {}
    return {**sides, "isHomeTeam": None if row.get("isHomeTeam") is None else not row["isHomeTeam"]}


def _reversed(rows: list[Row]) -> list[Row]:
    ids = [(row["id"], row["sourceId"]) for row in reversed(rows)]
    return [{**row, "id": one, "sourceId": two} for row, (one, two) in zip(rows, ids, strict=True)][::-1]


def _nowhere(row: Row) -> Row:
    shot = row.get("shotInfo")
    return {"shotInfo": {**shot, "location": None, "shooter": None} if shot else None}


CASES: dict[str, Case] = {
    # /games
    "stale twin first": lambda rows: [*map(_stale, rows), *rows],
    "stale twin last": lambda rows: [*rows, *map(_stale, rows)],
    "season as text": _changed(lambda row: {"season": str(row["season"])}),
    "excitement as text": _each(excitement="6.2"),
    "attendance as float": _changed(lambda row: {"attendance": float(row["attendance"] or 0)}),
    "no home team": _each(homeTeam=None),
    "unknown season type": _each(seasonType="spring"),
    "second id": lambda rows: [
        *rows,
        *({**row, "id": row["id"] + SECOND_ID, "sourceId": f"{row['sourceId']}9"} for row in rows),
    ],
    "final without a score": _each(homePoints=0, awayPoints=0, homeWinner=None, awayWinner=None),
    "final without points": _each(homePoints=None, awayPoints=None),
    "forfeit": _each(homePoints=2, awayPoints=0, homePeriodPoints=None, awayPeriodPoints=None, gameNotes="Forfeit"),
    "against itself": _each(homeTeamId=-1, awayTeamId=-1, homeTeam="", awayTeam=""),
    # /games/players
    "athletes in both boxes": _players_of_both,
    "minutes below zero": _first_players(minutes=-1),
    "athlete without an id": _first_players(athleteSourceId=None),
    # /lines
    "no list of lines": _each(lines=None),
    # /plays/...
    "scores that fall": _falling,
    "plays doubled": lambda rows: [*rows, *({**row, "id": row["id"] + 10**15} for row in rows)],
    "odd clocks": _odd_clocks,
    "half of the plays": lambda rows: rows[: len(rows) // 2],
    "a tenth of the plays": lambda rows: rows[: len(rows) // 10],
    "only words": _each(playType="Not Available", shotInfo=None, scoringPlay=None, shootingPlay=None),
    "reversed": _reversed,
    "sides exchanged": _changed(_sides_exchanged),
    "no participants": _each(participants=None, onFloor=None),
    "participants without ids": _each(participants=[{"id": None, "name": None}]),
    "ids near the end": _changed(lambda row: {"id": 9_100_000_000_000_000_000 + row["id"] % 10**9}),
    "no locations": _changed(_nowhere),
    "win probability as text": _each(homeWinProbability="0.76"),
    "wallclock as text": _each(wallclock="19:02:11 ET"),
}

DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "lone surrogate": lambda body: body.replace(b'":"', b'":"\\ud83d', 1),
    "number too large": lambda body: body.replace(b"{", b'{"unknown":1e400,', 1),
    "latin-1 byte": lambda body: body.replace(b'":"', b'":"\xe9', 1),
    "byte order mark": lambda body: b"\xef\xbb\xbf" + body,
    "deep": lambda body: body.replace(b"{", b'{"unknown":' + b"[" * DEEP + b"]" * DEEP + b",", 1),
    "a message": lambda _: b'{"message":"Something went wrong"}',
}


def applied(rows: list[Row], cases: dict[str, list[int]]) -> list[Row]:
    """Rows with each case applied to its games, which are numbered by `gameId`, of the schedule by `id`."""
    out, done = [], set[object]()
    by_game: dict[object, list[Row]] = {}
    for row in rows:
        by_game.setdefault(_game_of(row), []).append(row)
    for row in rows:
        game = _game_of(row)
        if game in done:
            continue
        done.add(game)
        changed = by_game[game]
        for name, games in cases.items():
            if game in games:
                changed = CASES[name](changed)
        out += changed
    return out


def _game_of(row: Row) -> object:
    return row["gameId"] if "gameId" in row else row.get("id")
