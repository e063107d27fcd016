"""Rules about keys that point into other tables."""

from __future__ import annotations

import polars as pl

from quality.contracts.athletes import DIM_ATHLETES
from quality.contracts.game_players import FCT_GAME_PLAYERS
from quality.contracts.games import FCT_GAMES
from quality.contracts.lines import FCT_LINES
from quality.contracts.reference import DIM_LINES_PROVIDERS
from quality.dataset import Table, registry
from quality.rules.base import HOLDS, Reads, Rule


def _all_known(rows: pl.LazyFrame, others: pl.LazyFrame, column: str, name: str) -> pl.LazyFrame:
    """One row per value of a column, and whether the other table has it."""
    known = others.select(pl.col(name).alias(column), pl.lit(value=True).alias(HOLDS)).unique(column)
    return rows.select(column).unique().join(known, on=column, how="left")


def games_are_known(details: pl.LazyFrame, games: pl.LazyFrame) -> pl.LazyFrame:
    """Every game of a season's details is a game of that season."""
    return _all_known(details, games, "game_id", "game_id")


def providers_are_known(lines: pl.LazyFrame, providers: pl.LazyFrame) -> pl.LazyFrame:
    """Lines carry the provider's name only; it has to be one of the list."""
    return _all_known(lines, providers, "provider", "name")


def athletes_are_known(players: pl.LazyFrame, athletes: pl.LazyFrame) -> pl.LazyFrame:
    """Whoever is in a box score is in a roster or in season statistics."""
    return _all_known(players, athletes, "athlete_source_id", "athlete_source_id")


def _details() -> list[Table]:
    """Silver tables of seasons that the API sends, with rows about games."""
    return [
        table
        for table in registry().tables.values()
        if {"game_id", "season"} <= table.by_name.keys() and table.source is not None and table is not FCT_GAMES
    ]


REFERENCE_RULES = (
    *(
        Rule(
            name=f"games_of_{table.name.removeprefix('fct_')}_are_known",
            description=f"Every game in {table.name} is in fct_games, in the same season.",
            per="game",
            reads=(Reads(table, ("game_id",)), Reads(FCT_GAMES, ("game_id",))),
            judge=games_are_known,
            allowed=0.001,
        )
        for table in _details()
    ),
    Rule(
        name="line_providers_are_known",
        description="Every source of betting lines is in the list of providers; a new one comes before its list does.",
        per="provider",
        reads=(Reads(FCT_LINES, ("provider",)), Reads(DIM_LINES_PROVIDERS, ("name",))),
        judge=providers_are_known,
        severity="warn",
    ),
    Rule(
        name="box_athletes_are_known",
        description="Every athlete in a box score is known from rosters or season statistics; some have left since.",
        per="athlete",
        reads=(Reads(FCT_GAME_PLAYERS, ("athlete_source_id",)), Reads(DIM_ATHLETES, ("athlete_source_id",))),
        judge=athletes_are_known,
        severity="warn",
        allowed=0.05,
    ),
)
