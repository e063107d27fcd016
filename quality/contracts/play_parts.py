"""Athletes involved in a play and athletes on the floor: the lists of a play as rows."""

from __future__ import annotations

import polars as pl

from quality.columns import Column
from quality.contracts.plays import FCT_PLAYS
from quality.dataset import PROVENANCE, Derivation, Input, Partition, Table
from quality.vocabulary import ATHLETE_ID, NAME, TEAM, column_of

OF_THE_PLAY = tuple(FCT_PLAYS.by_name[name] for name in ("play_id", "game_id", "season", "game_date"))
OF_THE_ATHLETE = (column_of(ATHLETE_ID), column_of(NAME))
SHARED = tuple(column.name for column in (*OF_THE_PLAY, *PROVENANCE))


def _exploded(plays: pl.LazyFrame, people: str) -> pl.LazyFrame:
    rows = plays.select(*SHARED, people).filter(pl.col(people).list.len() > 0)
    return rows.explode(people).unnest(people)


def participants(plays: pl.LazyFrame) -> pl.LazyFrame:
    """One row per element of `participants`."""
    return _exploded(plays, "participants")


def on_floor(plays: pl.LazyFrame) -> pl.LazyFrame:
    """One row per element of `on_floor`."""
    return _exploded(plays, "on_floor")


def _people(name: str, description: str, columns: tuple[Column, ...], derivation: Derivation, opt_in: bool) -> Table:
    return Table(
        name=name,
        layer="silver",
        description=description,
        columns=(*OF_THE_PLAY, *columns, *PROVENANCE),
        key=("play_id", "athlete_id"),
        version=("play_id", "athlete_id"),
        partition=Partition.MONTH,
        month_column="game_date",
        sort=("game_date", "game_id", "play_id", "athlete_id"),
        derivation=derivation,
        opt_in=opt_in,
    )


def _read(people: str) -> Input:
    """What is read of a play. The list of athletes on the floor alone is more than all of its other columns."""
    return Input(FCT_PLAYS, (*SHARED, people))


FCT_PLAY_PARTICIPANTS = _people(
    "fct_play_participants",
    "One row per play and athlete involved, at most two per play, in no particular order.",
    OF_THE_ATHLETE,
    Derivation(of=(_read("participants"),), make=participants),
    opt_in=False,
)

FCT_PLAY_ON_FLOOR = _people(
    "fct_play_on_floor",
    "One row per play and athlete on the floor, from 2024: ten per play, more at substitutions. 20 million a season.",
    (*OF_THE_ATHLETE, column_of(TEAM)),
    Derivation(of=(_read("on_floor"),), make=on_floor),
    opt_in=True,
)
