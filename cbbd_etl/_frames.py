"""Tables of one season, and what answers have in common: seasons, teams, conferences."""

from __future__ import annotations

from datetime import date

import polars as pl

from cbbd_etl._lake import Version, day
from cbbd_etl._names import Named, pick, plains
from tasks.errors import BadInput
from tasks.lake.lake import Lake
from tasks.requests import season_of
from tasks.sql.facts import facts

GAMES = "silver.fct_games"
PREDICTIVE = "predictive"  # the variant of ratings and forecasts that answers show


def of_season(lake: Lake, name: str, season: int) -> pl.LazyFrame:
    """Rows of a table in a season.

    Raises:
        BadInput: when the lake does not have the table or the season; the message says what builds it.
    """
    return Version.of(lake, name).of_seasons(season)


def optional(lake: Lake, name: str, season: int) -> pl.LazyFrame | None:
    """Rows of a table in a season; None where the lake has none."""
    table = lake.iceberg(name)
    if table is None or season not in facts(table).seasons:
        return None
    return of_season(lake, name, season)


def chosen(lake: Lake, season: int | None) -> int:
    """A season of the lake; by default the newest one that has games.

    Raises:
        BadInput: when the lake has no games, or not this season.
    """
    found = Version.of(lake, GAMES).facts.seasons
    if not found:
        raise BadInput(f"{lake.location} has no games yet; `cbbd-etl ingest` fetches a season")
    if season is not None:
        of_season(lake, GAMES, season)
    return season or found[-1]


def of_morning(lake: Lake, name: str, season: int | None, as_of: str | date | None) -> pl.DataFrame:
    """Rows of a table with a row per morning: those of the newest morning of a season, up to a day.

    Args:
        season: default: the newest one, or that of `as_of`.

    Raises:
        BadInput: where no morning is that early; the message names the first one.
    """
    latest = None if as_of is None else day(as_of)
    season = chosen(lake, season_of(latest) if season is None and latest else season)
    rows = of_season(lake, name, season)
    mornings = rows.select("as_of_date").unique().collect()["as_of_date"].sort()
    known = [found for found in mornings if latest is None or found <= latest]
    if not known:
        first = f"its mornings begin on {mornings[0]}" if len(mornings) else "`cbbd-etl gold` builds them"
        raise BadInput(f"{name} has no rows of season {season} as of {latest or 'now'}; {first}")
    return rows.filter(pl.col("as_of_date") == known[-1]).collect()


def teams(lake: Lake, season: int) -> list[Named]:
    """All teams with the names that people use. Those of Division I in the season are meant first."""
    names = ("school", "display_name", "short_display_name")
    division = of_season(lake, "silver.dim_team_seasons", season).collect()
    members = set(division["team_id"])
    others = Version.of(lake, "silver.dim_teams").scan().filter(~pl.col("team_id").is_in(list(members))).collect()
    found = []
    for row in (*division.iter_rows(named=True), *others.iter_rows(named=True)):
        with_state = f"{row['school']} {row['current_state']}" if row["current_state"] else None
        strong = plains([*(row[name] for name in names), with_state])
        weak = plains([row["abbreviation"], row["mascot"]])
        found.append(Named(row["team_id"], row["school"], strong, weak, row["team_id"] in members))
    return found


def find_team(lake: Lake, name: str, season: int) -> Named:
    """The team that a name means.

    Raises:
        BadInput: when several or none can be meant; the message names candidates.
    """
    return pick("team", name, teams(lake, season))


def find_conference(lake: Lake, name: str) -> int:
    """Id of the conference that a name or an abbreviation means.

    Raises:
        BadInput: when several or none can be meant; the message names candidates.
    """
    rows = Version.of(lake, "silver.dim_conferences").scan().collect().iter_rows(named=True)
    names = ("name", "short_name", "abbreviation")
    known = [Named(row["conference_id"], row["name"], plains(row.get(name) for name in names)) for row in rows]
    return pick("conference", name, known).id


def results_through(lake: Lake, season: int) -> date | None:
    """Day of the last game of a season that has a result, US Eastern; None before the first."""
    days = of_season(lake, GAMES, season).filter("has_result").select(pl.col("game_date").max()).collect()
    found: date | None = days.item()
    return found


def site_of(is_home: pl.Expr) -> pl.Expr:
    """Column `site` of a team's games: home, away or neutral."""
    played = pl.when("neutral_site").then(pl.lit("neutral")).when(is_home).then(pl.lit("home"))
    return played.otherwise(pl.lit("away")).alias("site")
