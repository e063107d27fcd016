"""Line-ups and pairs with most minutes together, as data that `data.js` shows."""

from __future__ import annotations

from typing import Any

import polars as pl

from report.cells import values
from report.forms import Shown
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


def of_teams(source: Source) -> dict[int, dict[str, Any]]:
    """By team_id: `names`, and by number of players the rows. A row has places in `names`, and values."""
    found: dict[int, dict[str, Any]] = {}
    if source.lineups is None:
        return found
    for row in source.lineups.filter(pl.col("lineup_size").is_in(MOST)).iter_rows(named=True):
        team = found.setdefault(row["team_id"], {"names": {}} | {str(size): [] for size in MOST})
        rows, names = team[str(row["lineup_size"])], team["names"]
        if len(rows) < MOST[row["lineup_size"]]:
            places = [names.setdefault(name, len(names)) for name in row[NAMES].split(SEPARATOR)]
            rows.append((places, values(COLUMNS[1:], row)))
    return {number: team | {"names": list(team["names"])} for number, team in found.items()}
