"""`cbbd-etl odds` and `cbbd-etl bracket`: how a conference race and the NCAA tournament can still end."""

from __future__ import annotations

import re
import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from flows.commands._shared import LakeOption, lake_path
from flows.jobs.job import lake_to_read
from flows.terminal.shell import OK
from quality.contracts.gold_forecasts import BRACKET_FORECAST, ROUNDS, SEASON_FORECAST
from quality.dataset import Table
from tasks.errors import BadInput, did_you_mean
from tasks.lake.damage import explaining
from tasks.lake.lake import Lake
from tasks.settings import load_settings
from tasks.sql.formats import Format
from tasks.sql.output import Output

SeasonOption = Annotated[
    int | None, typer.Option("--season", metavar="YYYY", help="Season; default: the newest with a forecast")
]
AsOfOption = Annotated[
    str | None,
    typer.Option("--as-of", metavar="YYYY-MM-DD", help="The newest forecast up to this morning; default: the newest"),
]
FormOption = Annotated[
    Format | None, typer.Option("--format", help="Default: a table, or what the suffix of --output says")
]
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", metavar="FILE", help="File that gets all rows: .csv, .json, .jsonl or .parquet"),
]


def add_odds(app: typer.Typer) -> None:
    """Add `odds`."""
    app.command("odds")(odds_command)


def add_bracket(app: typer.Typer) -> None:
    """Add `bracket`."""
    app.command("bracket")(bracket_command)


def odds_command(
    conference: Annotated[str, typer.Argument(metavar="CONFERENCE", help='Its name or a part: "big ten"')],
    season: SeasonOption = None,
    as_of: AsOfOption = None,
    form: FormOption = None,
    output: OutputOption = None,
    lake: LakeOption = None,
) -> int:
    """Show how a conference race can still end: expected record, title odds and expected place of each team."""
    destination, opened = Output.of(form, output), _lake(lake)
    rows = _morning(opened, SEASON_FORECAST, season, _day(as_of))
    name = _conference(rows, conference)
    found = rows.filter(conference=name).sort("expected_conference_rank", "team")
    record = pl.format("{}-{}", "conference_wins", "conference_losses")
    expected = pl.format(
        "{}-{}", pl.col("expected_conference_wins").round(1), pl.col("expected_conference_losses").round(1)
    )
    table = found.select(
        "team",
        record.alias("record"),
        expected.alias("expected"),
        pl.col("title_probability").round(3).alias("title"),
        pl.col("outright_title_probability").round(3).alias("outright"),
        pl.col("expected_conference_rank").round(1).alias("place"),
    )
    heading = f"{name}, {_of_morning(found)}\nConference games only; a shared best record is a title"
    return _deliver(destination, table if destination.is_for_people else found, heading)


def bracket_command(
    season: SeasonOption = None,
    as_of: AsOfOption = None,
    form: FormOption = None,
    output: OutputOption = None,
    lake: LakeOption = None,
) -> int:
    """Show how far each team of the NCAA tournament can get, from the field as drawn or a projected one."""
    destination, opened = Output.of(form, output), _lake(lake)
    rows = _morning(opened, BRACKET_FORECAST, season, _day(as_of))
    played = [name for name in reversed(ROUNDS) if rows[name].null_count() < rows.height]
    order = [*reversed(played), "team"]
    found = rows.sort(order, descending=[*(True for _ in played), False])
    shown = [name for name in played if not (found[name] == 1).all()][-5:]  # rounds that are still open
    chances = [pl.col(name).round(3).alias(_short(name)) for name in shown or played[-1:]]
    table = found.select("team", "region", "seed", *chances)
    field = "drawn field" if rows["is_field_drawn"].all() else "projected field"
    return _deliver(destination, table if destination.is_for_people else found, f"{field}, {_of_morning(found)}")


def _lake(lake: str | None) -> Lake:
    return lake_to_read(load_settings(lake=lake_path(lake)))


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"--as-of {text}: give a day such as 2025-02-01") from error


def _morning(lake: Lake, table: Table, season: int | None, day: date | None) -> pl.DataFrame:
    """The rows of the newest morning of a season, up to a day."""
    with explaining(lake):
        if lake.iceberg(table.qualified) is None:
            raise BadInput(f"{lake.location} has no {table.qualified}; `cbbd-etl gold` builds it")
        every = lake.scan(table.qualified)
        mornings = every.select("season", "as_of_date").unique().collect().sort("season", "as_of_date")
        chosen = mornings.filter(
            pl.lit(value=True) if season is None else pl.col("season") == season,
            pl.lit(value=True) if day is None else pl.col("as_of_date") <= day,
        )
        if chosen.is_empty():
            first, last = (f"{row['as_of_date']} (season {row['season']})" for row in _ends(mornings))
            raise BadInput(f"{table.qualified} has no such forecast; it has mornings from {first} to {last}")
        newest = chosen.row(-1, named=True)
        wanted = (pl.col("season") == newest["season"]) & (pl.col("as_of_date") == newest["as_of_date"])
        return every.filter(wanted).collect()


def _ends(mornings: pl.DataFrame) -> tuple[dict[str, object], dict[str, object]]:
    if mornings.is_empty():
        raise BadInput(f"{SEASON_FORECAST.qualified} has no rows; `cbbd-etl gold` builds it once a season has games")
    return mornings.row(0, named=True), mornings.row(-1, named=True)


def _conference(rows: pl.DataFrame, wanted: str) -> str:
    """The conference that a name means: the same letters, else a part of one name.

    Raises:
        BadInput: when no conference or several have the name.
    """
    names: list[str] = sorted(rows["conference"].drop_nulls().unique().to_list())
    plain = {name: re.sub(r"[^a-z0-9]", "", name.lower()) for name in names}
    letters = re.sub(r"[^a-z0-9]", "", wanted.lower())
    found = [name for name in names if plain[name] == letters] or [name for name in names if letters in plain[name]]
    if letters and len(found) == 1:
        return found[0]
    if letters and found:
        raise BadInput(f"{wanted!r} may be {', '.join(found)}; give more of the name")
    raise BadInput(f"no conference is called {wanted!r}{did_you_mean(wanted, names)}; there are {', '.join(names)}")


def _short(name: str) -> str:
    """A round by its number of teams, which is narrower than its name; the last two by name."""
    teams = 2 ** ROUNDS.index(name)
    return f"last {teams}" if teams > 2 else name


def _of_morning(rows: pl.DataFrame) -> str:
    first = rows.row(0, named=True)
    return f"season {first['season']}, as of the morning of {first['as_of_date']}, {first['simulations']:,} simulations"


def _deliver(destination: Output, rows: pl.DataFrame, heading: str) -> int:
    if destination.is_for_people:
        sys.stdout.write(f"{heading[0].upper()}{heading[1:]}\n")
    destination.deliver_rows(rows)
    return OK
