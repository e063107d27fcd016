"""How many rows a response has for each game: the measure by which `tasks.layers.guard` compares responses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import polars as pl

from quality.columns import TIMESTAMP, ListOf, Record
from quality.dataset import Endpoint, registry
from tasks.lake.raw import WHOLE_TEXT, Envelope, Tally
from tasks.parsing.parse import skim

GAME_LENGTH = timedelta(hours=3)  # time from the scheduled start to the end of a game
WHOLE = None  # subject of endpoints whose records do not name a game: the response
OVER = ("final", "postponed", "cancelled")
READ = (
    "game_id",
    "season",
    "start_at",
    "status",
)  # columns that a tally is made from, beside the list that silver explodes


def names_games(endpoint: Endpoint) -> bool:
    """Whether the records of an endpoint name the game that they are about."""
    return any(column.name == "game_id" for column in endpoint.fields)


def tally_record(endpoint: Endpoint) -> Record:
    """The fields of a record that a tally is made from. The objects of its list are counted, not read."""
    if not names_games(endpoint):
        return Record(())
    listed, chosen = exploded(endpoint), []
    for item in endpoint.record:
        if item.column_name == listed and isinstance(item.type, ListOf) and isinstance(item.type.item, Record):
            first = next(inner for inner in item.type.item if not isinstance(inner.type, Record | ListOf))
            chosen.append(replace(item, type=ListOf(Record((first,)))))
        elif item.column_name in READ and not isinstance(item.type, Record | ListOf):
            chosen.append(item)
    return Record(tuple(chosen))


def exploded(endpoint: Endpoint) -> str | None:
    """The list whose elements are the rows of silver."""
    return next((table.explode for table in registry().silver_of(endpoint) if table.explode), None)


def tally_of(rows: pl.DataFrame, endpoint: Endpoint, season: int | None, fetched_at: datetime) -> Tally:
    """Rows per game, and the games that were not over at the time of the response.

    A row of another season does not count. Elements of a list that silver explodes count as rows. Among games, one that
    is final, postponed or cancelled counts twice, so that a response in which it is scheduled again has less; only a
    final game is over.
    """
    if not names_games(endpoint):
        return {WHOLE: rows.height}, frozenset()
    if "season" in rows.columns and season is not None:
        rows = rows.filter(pl.col("season") == season)
    over = pl.lit(value=True)
    if "status" in rows.columns:
        over = pl.col("status") == "final"
    elif "start_at" in rows.columns:
        over = pl.col("start_at").cast(TIMESTAMP) + GAME_LENGTH <= fetched_at
    counted = (
        rows.drop_nulls("game_id")
        .group_by("game_id")
        .agg(_weight(endpoint, rows).alias("rows"), over.fill_null(value=False).any().alias("over"))
    )
    open_games = frozenset(counted.filter(~pl.col("over"))["game_id"].to_list())
    return dict(counted.select("game_id", "rows").iter_rows()), open_games


def _weight(endpoint: Endpoint, rows: pl.DataFrame) -> pl.Expr:
    """Number of rows of a game, over its records."""
    listed = exploded(endpoint)
    if listed in rows.columns:
        return pl.col(listed).list.len().fill_null(0).sum().cast(pl.Int64)
    if "status" in rows.columns:
        return pl.col("status").is_in(OVER).fill_null(value=False).any().cast(pl.Int64) + 1
    return pl.len().cast(pl.Int64)


def read_tally(envelope: Envelope) -> Tally | None:
    """The tally in an envelope; None if an earlier release stored it."""
    if envelope.tally is None:
        return None
    rows = {WHOLE if name == WHOLE_TEXT else int(name): count for name, count in envelope.tally.items()}
    return rows, frozenset(envelope.open_games)


def as_json(tally: Tally) -> tuple[Mapping[str, int], list[int]]:
    """A tally as the envelope stores it: rows by game id as text, and the games that were not over."""
    rows, open_games = tally
    named = {WHOLE_TEXT if game is WHOLE else str(game): count for game, count in rows.items()}
    return named, sorted(game for game in open_games if game is not None)


def skim_tally(body: bytes, endpoint: Endpoint, season: int | None, fetched_at: datetime) -> tuple[int, Tally | None]:
    """Number of records of a body, and its tally; no tally if a value has another type than the contract says.

    Raises:
        ContractViolation: when the body is not an array or object of records.
    """
    records, rows = skim(body, tally_record(endpoint))
    if rows is not None:
        return records, tally_of(rows, endpoint, season, fetched_at)
    return records, None if names_games(endpoint) else ({WHOLE: records}, frozenset())
