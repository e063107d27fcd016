"""Line-ups and pairs with most minutes together, and minutes of all pairs, as data that `data.js` shows."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from report.cells import values
from report.forms import Shown, shown
from report.source import Source

TABLE = "gold.lineup_ratings"
NAMES = "lineup_names"
SEPARATOR = ", "  # between the names
COLUMNS = (
    Shown(NAMES, "Players"),
    Shown("lineup_minutes", "Minutes", "integer"),
    Shown("lineup_time_pct", "Share", "whole_percent"),
    Shown("lineup_offence_per100", "Offence", "tenth"),
    Shown("lineup_defence_per100", "Defence", "tenth"),
    Shown("lineup_net_per100", "Net", "signed"),
    Shown("without_net_per100", "Net without", "signed"),
    Shown("shrunk_net_per100", "Net, shrunk", "signed"),
)
MOST = {5: 10, 2: 10}  # line-ups and pairs that are shown, by number of players
PAIR = 2
PARTNERS = 4  # that a player has at any time on the floor
PLAYERS = 10  # with most minutes, in the matrix of pairs


def of_teams(source: Source) -> dict[int, dict[str, Any]]:
    """By team_id: `names`; by number of players the rows; `together`, the matrix of minutes.

    A row has places in `names`, and values.
    """
    found: dict[int, dict[str, Any]] = {}
    if source.lineups is None:
        return found
    pairs: dict[int, dict[tuple[int, int], float]] = defaultdict(dict)
    for row in source.lineups.iter_rows(named=True):
        size = row["lineup_size"]
        if size not in MOST:
            continue
        team = found.setdefault(row["team_id"], {"names": {}} | {str(size): [] for size in MOST})
        rows, names = team[str(size)], team["names"]
        if len(rows) >= MOST[size] and size != PAIR:
            continue
        places = [names.setdefault(key, len(names)) for key in _players(row)]
        if len(rows) < MOST[size]:
            rows.append((places, values(COLUMNS[1:], row)))
        if size == len(places) == PAIR:
            pairs[row["team_id"]][places[0], places[1]] = row["lineup_minutes"]
    return {
        number: team | {"names": [name for _, name in team["names"]], "together": _together(pairs[number])}
        for number, team in found.items()
    }


def _players(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Id and name of each player of a line-up. Two of a team may have one name; a name may have the separator in it."""
    ids, names = row["lineup_id"].split("-"), row[NAMES].split(SEPARATOR)
    return list(zip(ids, names, strict=True)) if len(ids) == len(names) else [(row["lineup_id"], row[NAMES])]


def _together(pairs: dict[tuple[int, int], float]) -> dict[str, Any]:
    """Places of the players with most minutes, and a row of minutes with each of them.

    A player's own minutes, on the diagonal, are a fourth of those of all pairs with the player.
    """
    minutes: dict[tuple[int, int], float] = defaultdict(float)
    for (one, other), together in pairs.items():
        minutes[one, other] += together
        minutes[other, one] += together
        for place in (one, other):
            minutes[place, place] += together / PARTNERS
    players = sorted({one for one, _ in minutes}, key=lambda place: (-minutes[place, place], place))[:PLAYERS]
    rows = [" ".join(shown(minutes[one, other], "integer") for other in players) for one in players]
    return {"players": players, "minutes": rows}
