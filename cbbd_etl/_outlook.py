"""The roster of a team for the next season, as it is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from cbbd_etl._frames import find_team, of_season
from cbbd_etl._lake import Place, Version, open_lake
from tasks.errors import BadInput
from tasks.lake.damage import explaining

TEAMS, PLAYERS = "gold.roster_outlook", "gold.roster_outlook_players"


@dataclass(frozen=True)
class Outlook:
    """What is known of a team's next season.

    Attributes:
        name: of the team, as the lake has it.
        season: the season that ends before the summer, by the year it ends in.
        as_of: the morning (US Eastern) that it is valid for; only earlier games and responses are used.
        summary: one row: the columns of `gold.roster_outlook`.
        players: rows of `gold.roster_outlook_players`: those who return, arrive, leave and are missing, most minutes
            first.
    """

    team_id: int
    name: str
    season: int
    as_of: date
    summary: pl.DataFrame
    players: pl.DataFrame


def outlook(name: str, season: int | None = None, *, lake: Place = None) -> Outlook:
    """Who returns to a team after a season, who leaves and who arrives, with minutes and adjusted impact.

    Args:
        name: as for `team`.
        season: the season that ends before the summer, by the year it ends in; default: the newest that gold has.
        lake: folder or `s3://bucket/prefix`.

    Raises:
        BadInput: when several teams or none can be meant, gold is not built, or the team is not in the division.
    """
    opened = open_lake(lake)
    with explaining(opened):
        season = season or Version.of(opened, TEAMS).facts.seasons[-1]
        every = of_season(opened, TEAMS, season)
        found = find_team(opened, name, season)
        mine = pl.col("team_id") == found.id
        summary = every.filter(mine).collect()
        if summary.is_empty():
            raise BadInput(f"{found.label} has no roster outlook after season {season}; only teams of Division I do")
        order = pl.col("outlook").replace_strict({"returns": 0, "arrives": 1, "leaves": 2, "missing": 3})
        rows = of_season(opened, PLAYERS, season).filter(mine)
        players = rows.sort(order, "season_minutes", "outlook_subject_id", descending=[False, True, False]).collect()
        return Outlook(found.id, found.label, season, summary["as_of_date"].item(), summary, players)
