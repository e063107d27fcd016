"""What the commands of `cbbd-etl` do that read a lake, the settings or the registry; each gives its exit code."""

from __future__ import annotations

import argparse
import sys

from rich.console import Console
from rich.table import Table

from flows.commands.corrections import print_counts
from flows.commands.quota import print_month
from flows.params import expand_seasons
from flows.terminal.shell import FAILED, OK, complain
from kit import guide
from quality.markdown import percent
from quality.report import in_words, rule_status
from tasks.completeness.quota import month
from tasks.corrections.table import by_column, corrections, for_people
from tasks.errors import BadInput
from tasks.lake.cached import CachedLake
from tasks.lake.lake import Lake
from tasks.layers.overrides import waiting
from tasks.layers.rules import check_rules, seasons_of
from tasks.runs.documents import generated, outdated, write
from tasks.settings import load_settings
from tasks.sql.render import render


def run_settings(_: argparse.Namespace) -> int:
    """Every setting with its value; secrets are masked."""
    settings = load_settings()
    console = Console(soft_wrap=True)
    for name, value in settings.model_dump().items():
        console.print(f"CBBD_{name.upper()}={'' if value is None else value}", markup=False, highlight=False)
    console.print(f"# source in use: {settings.chosen_source}", markup=False, highlight=False)
    return OK


def run_rules(args: argparse.Namespace) -> int:
    """Judge seasons by the rules across tables; exit code 1 if one is broken."""
    lake = Lake.open(load_settings(lake=args.lake).lake)
    try:
        wanted, present = expand_seasons(args.season), seasons_of(lake)
    except ValueError as error:
        raise BadInput(f"--season {args.season}: {error}") from None
    if unknown := sorted(set(wanted) - set(present)):
        have = ", ".join(map(str, present)) or "none yet"
        raise BadInput(f"{lake.location} has no games of {', '.join(map(str, unknown))}; its seasons: {have}")
    results = check_rules(CachedLake(lake), wanted or present)
    table = Table("rule", "season", "judged", "broken by", "allowed", "result", box=None, header_style="bold")
    for result in results:
        counts = (f"{result.checked:,}", f"{result.violations:,}", percent(result.allowed))
        table.add_row(result.rule, str(result.season), *counts, rule_status(result))
    console = Console(soft_wrap=True, highlight=False)
    console.print(table)
    for result in results:
        if result.violations:
            console.print(f"\n{in_words(result)}", *result.sample[1:], sep="\n  ", markup=False)
    return FAILED if any(result.fails_the_run for result in results) else OK


def run_corrections(args: argparse.Namespace) -> int:
    """Values that the source or we have corrected."""
    settings = load_settings(lake=args.lake)
    lake = Lake.open(settings.lake, database_prefix=settings.database_prefix)
    try:
        seasons = expand_seasons(args.season)
    except ValueError as error:
        raise BadInput(f"--season {args.season}: {error}") from None
    found = corrections(lake, seasons, args.table)
    sys.stdout.buffer.write(render(for_people(found) if args.format == "table" else found, args.format))
    sys.stdout.flush()
    if args.format == "table":
        print_counts(by_column(found), waiting(lake))
    return OK


def run_quota(args: argparse.Namespace) -> int:
    """The month's calls."""
    settings = load_settings(lake=args.lake)
    now = settings.clock()()
    print_month(month(Lake.open(settings.lake), now), now, settings.quota_reserve)
    return OK


def run_docs(args: argparse.Namespace) -> int:
    """Write the docs that follow from the registry, or check them."""
    pages = generated(args.folder) | guide.pages(args.folder)
    stale = outdated(args.folder, pages) if args.check else write(args.folder, pages)
    if args.check and stale:
        complain(f"out of date in {args.folder}: {', '.join(stale)}; `cbbd-etl docs` writes them")
        return FAILED
    Console(soft_wrap=True).print(
        f"written: {', '.join(stale)}" if stale else "the docs are up to date", highlight=False
    )
    return OK
