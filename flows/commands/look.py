"""Commands that look at a lake: rules, corrections, quota. Each opens it once and writes nothing into it."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from flows.commands._corrections import print_counts
from flows.commands._quota import print_month
from flows.commands._shared import LakeOption, lake_path
from flows.jobs.job import Parameters, lake_to_read, seasons_in
from flows.params import LakeSeason
from flows.terminal.shell import FAILED, OK
from quality.markdown import percent
from quality.report import in_words, rule_status
from tasks.completeness.quota import month
from tasks.completeness.season import kept_seasons
from tasks.corrections.table import by_column, corrections, for_people
from tasks.errors import BadInput
from tasks.lake.cached import CachedLake
from tasks.lake.damage import explaining
from tasks.layers.overrides import load_overrides, waiting
from tasks.layers.rules import check_rules, seasons_of
from tasks.settings import load_settings
from tasks.sql.formats import Format
from tasks.sql.render import render

SeasonOption = Annotated[
    str | None,
    typer.Option("--season", metavar="YYYY|YYYY-YYYY|all", help="Season or range; default: all that the lake has"),
]
FormatOption = Annotated[Format, typer.Option("--format", help="How to print the result")]


class _Look(Parameters):
    """Parameters of a command that looks."""

    season: LakeSeason = None


def run_rules(season: SeasonOption = None, lake: LakeOption = None) -> int:
    """Check seasons against the rules across tables; exit code 1 if one is broken."""
    wanted = _Look.of(season=season, lake=lake)
    opened = lake_to_read(load_settings(lake=wanted.lake))
    with explaining(opened):
        present = seasons_of(opened)
        results = check_rules(CachedLake(opened), seasons_in(opened, wanted.season, present, present))
    if not results:
        raise BadInput(f"{opened.location} has no table that a rule reads; `cbbd-etl ingest` builds them")
    table = Table("rule", "season", "checked", "violations", "allowed", "result", box=None, header_style="bold")
    for result in results:
        counts = (f"{result.checked:,}", f"{result.violations:,}", percent(result.allowed))
        table.add_row(result.rule, str(result.season), *counts, rule_status(result))
    console = Console(soft_wrap=True, highlight=False)
    console.print(table)
    for result in results:
        if result.violations:
            console.print(f"\n{in_words(result)}", *result.sample[1:], sep="\n  ", markup=False)
    return FAILED if any(result.fails_the_run for result in results) else OK


def run_corrections(
    season: SeasonOption = None,
    table: Annotated[
        str | None, typer.Option("--table", metavar="NAME", help="Silver table, such as fct_games; default: all")
    ] = None,
    format_: FormatOption = "table",
    lake: LakeOption = None,
) -> int:
    """List values that the source revised or an override replaced; the format table adds a summary."""
    wanted = _Look.of(season=season, lake=lake)
    settings = load_settings(lake=wanted.lake)
    opened = lake_to_read(settings)
    seasons = seasons_in(opened, wanted.season, kept_seasons(opened), ()) if wanted.season else []
    with explaining(opened):
        found = corrections(opened, seasons, table)
    sys.stdout.buffer.write(render(for_people(found) if format_ == "table" else found, format_))
    sys.stdout.flush()
    if format_ == "table":
        print_counts(by_column(found), waiting(opened, load_overrides(settings.overrides)))
    return OK


def run_quota(lake: LakeOption = None) -> int:
    """Show calls used and left this month."""
    settings = load_settings(lake=lake_path(lake))
    now = settings.clock()()
    print_month(month(lake_to_read(settings), now), now, settings.quota_reserve)
    return OK
