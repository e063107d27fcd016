"""How a conference race and the NCAA tournament can still end."""

from __future__ import annotations

from datetime import date

import polars as pl

from cbbd_etl._frames import find_conference, of_morning
from cbbd_etl._lake import Place, open_lake
from quality.contracts.gold_forecasts import BRACKET_FORECAST, ROUNDS, SEASON_FORECAST
from tasks.errors import BadInput
from tasks.lake.damage import explaining


def odds(
    conference: str, season: int | None = None, *, as_of: str | date | None = None, lake: Place = None
) -> pl.DataFrame:
    """How the race of a conference can still end: `odds("big ten")`.

    Args:
        conference: its name, short name or abbreviation.
        season: by the year it ends in; default: the newest one, or that of `as_of`.
        as_of: the newest forecast up to this morning, US Eastern. Default: the newest. Past mornings are a week apart.
        lake: folder or `s3://bucket/prefix`.

    Returns:
        The columns of `gold.season_forecast`, the team with the best expected place first.

    Raises:
        BadInput: when several conferences or none can be meant, it has no teams in the season, or there is no forecast.
    """
    opened = open_lake(lake)
    with explaining(opened):
        rows = of_morning(opened, SEASON_FORECAST.qualified, season, as_of)
        found = rows.filter(pl.col("conference_id") == find_conference(opened, conference))
        if found.is_empty():
            has = ", ".join(sorted(set(rows["conference"].drop_nulls())))
            raise BadInput(f"{conference} has no teams in season {rows['season'][0]}; that season has: {has}")
        return found.sort("expected_conference_rank", "team")


def bracket(season: int | None = None, *, as_of: str | date | None = None, lake: Place = None) -> pl.DataFrame:
    """How far each team of the NCAA tournament can get, in the field as drawn or, before the draw, a projected one.

    Args: as for `odds`.

    Returns:
        The columns of `gold.bracket_forecast`, the favourite first.

    Raises:
        BadInput: when there is no forecast.
    """
    opened = open_lake(lake)
    with explaining(opened):
        found = of_morning(opened, BRACKET_FORECAST.qualified, season, as_of)
        return found.sort(*ROUNDS, "team", descending=[*(True for _ in ROUNDS), False], nulls_last=True)
