"""Rules about keys that refer to other tables."""

from __future__ import annotations

import polars as pl

from quality.contracts.athletes import DIM_ATHLETES
from quality.contracts.game_players import FCT_GAME_PLAYERS
from quality.contracts.games import FCT_GAMES
from quality.contracts.lines import FCT_LINES
from quality.contracts.reference import DIM_LINES_PROVIDERS
from quality.dataset import Table, registry
from quality.rules.base import HOLDS, Reads, Rule
from quality.rules.games import in_season

OF_A_GAME = ("game_id", "season", "start_at")
FIRST = {name: pl.col(name).min() for name in ("season", "start_at")}


def _all_known(rows: pl.LazyFrame, others: pl.LazyFrame, column: str, name: str) -> pl.LazyFrame:
    """One row per value of a column, with whether the other table has the value."""
    known = others.select(pl.col(name).alias(column), pl.lit(value=True).alias(HOLDS)).unique(column)
    return rows.select(column).unique().join(known, on=column, how="left")


def games_are_known(found: pl.LazyFrame, games: pl.LazyFrame) -> pl.LazyFrame:
    """Every game in the details of a season is a game of that season.

    Judged are the days for which the lake has asked for the schedule, also those without any game in it: the games of
    such a day may be in quarantine. Other days are not judged: the request windows of details and schedule differ in
    length, so a lake of a few days has box scores of games around them. A game outside its season is always judged.

    Args:
        found: one row per game of the details with the aggregates `FIRST`.
    """
    day = pl.col("start_at").dt.date().alias("day")
    known = games.select("game_id", pl.lit(value=True).alias(HOLDS))
    days = pl.concat([games.select(day), _requested_days(games)])
    scheduled = days.unique().with_columns(pl.lit(value=True).alias("scheduled"))
    joined = found.with_columns(day).join(known, on="game_id", how="left").join(scheduled, on="day", how="left")
    judged = joined.filter(pl.any_horizontal(HOLDS, "scheduled", ~in_season()))
    return judged.select("game_id", "season", "start_at", HOLDS)


def _requested_days(games: pl.LazyFrame) -> pl.LazyFrame:
    """UTC days of the windows in which games were requested, from the names of their responses."""
    first, last = (
        pl.col("raw_object").str.extract(rf"{name}=(\d{{4}}-\d\d-\d\d)").str.to_date()
        for name in ("startDateRange", "endDateRange")
    )
    windows = games.select(first=first, last=last).drop_nulls().unique()
    return windows.select(pl.date_ranges("first", "last").alias("day")).explode("day")


def providers_are_known(lines: pl.LazyFrame, providers: pl.LazyFrame) -> pl.LazyFrame:
    """Lines have only the name of the provider; the list of providers must have it."""
    return _all_known(lines, providers, "provider", "name")


def athletes_are_known(players: pl.LazyFrame, athletes: pl.LazyFrame) -> pl.LazyFrame:
    """Every athlete in a box score is in a roster or in season statistics."""
    return _all_known(players, athletes, "athlete_source_id", "athlete_source_id")


def _details() -> list[Table]:
    """Silver tables from the API with rows about games of a season.

    Lineups are not among them, because they have no start time: they are fetched by game id from the schedule.
    """
    return [
        table
        for table in registry().tables.values()
        if set(OF_A_GAME) <= table.by_name.keys() and table.source is not None and table is not FCT_GAMES
    ]


REFERENCE_RULES = (
    *(
        Rule(
            name=f"games_of_{table.name.removeprefix('fct_')}_are_known",
            description=f"Every game in {table.name} is in fct_games, in the same season.",
            per="game",
            reads=(Reads(table, OF_A_GAME, per_game=FIRST), Reads(FCT_GAMES, ("game_id", "start_at", "raw_object"))),
            judge=games_are_known,
            allowed=0.001,
        )
        for table in _details()
    ),
    Rule(
        name="line_providers_are_known",
        description="Every provider of a line is in the list of providers; a new provider can appear in lines first.",
        per="provider",
        reads=(Reads(FCT_LINES, ("provider",)), Reads(DIM_LINES_PROVIDERS, ("name",))),
        judge=providers_are_known,
        severity="warn",
    ),
    Rule(
        name="box_athletes_are_known",
        description="Every athlete in a box score is in a roster or in season statistics; some have since left.",
        per="athlete",
        reads=(Reads(FCT_GAME_PLAYERS, ("athlete_source_id",)), Reads(DIM_ATHLETES, ("athlete_source_id",))),
        judge=athletes_are_known,
        severity="warn",
        allowed=0.05,
    ),
)
