"""`cbbd-etl rebuild`: catalog and tables from raw alone, at any path. Without Prefect: it repairs."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from flows.commands._shared import LakeOption, lake_path
from flows.jobs.run import begin, recorded
from flows.terminal.progress import reporter
from flows.terminal.reporting import print_summary
from flows.terminal.shell import FAILED, OK
from tasks.errors import BadInput
from tasks.lake.places import MARKER
from tasks.lake.site import Site
from tasks.layers.policy import BuildPolicy
from tasks.runs.history import mend_runs
from tasks.runs.rebuild import Rebuild
from tasks.runs.summary import RunSummary
from tasks.settings import Settings, load_settings


def add(app: typer.Typer) -> None:
    """Add `rebuild`."""
    app.command("rebuild")(run_rebuild)


def run_rebuild(
    lake: LakeOption = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be done; write nothing")] = False,
) -> int:
    """Rebuild catalog and tables of a lake from raw alone, also of a damaged, copied or restored one.

    Raw stays as it is. Readers see the old tables until the new ones are complete. Makes no call.
    """
    settings = load_settings(lake=lake_path(lake))
    site = Site.of(settings.lake, settings.database_prefix)
    plan = Rebuild.of(site)
    if not plan.targets:
        raise BadInput(f"{site.location} has no response in raw/, so nothing can be made from it")
    if dry_run:
        _print_plan(plan)
        return OK
    run = _rebuild(plan, settings)
    print_summary(run)
    return FAILED if run.status == "failed" else OK


def _rebuild(plan: Rebuild, settings: Settings) -> RunSummary:
    policy, clock = BuildPolicy.of(settings), settings.clock()
    with plan.site.beside() as lake:
        if not plan.site.has(MARKER):
            lake.write_json(MARKER, settings.identity, overwrite=False)
        with (
            recorded(begin(lake, "rebuild", clock(), {}), lake, clock, policy, ("silver", "gold")) as run,
            reporter() as say,
        ):
            for text in plan.damage:
                say.note(f"found: {text}")
            run.notes = [f"replaced:          {path}, by the summary of an interrupted run" for path in mend_runs(lake)]
            for done in plan.build(lake, policy, say.built):
                run.datasets.append(done)
                run.save(lake)
            notes, lost = plan.finish(lake)
            run.notes += notes
            run.datasets.append(lost)
    return run


def _print_plan(plan: Rebuild) -> None:
    console = Console(file=sys.stdout, soft_wrap=True, highlight=False)
    for text in plan.damage:
        console.print(f"found: {text}", markup=False)
    table = Table("endpoint", "season", box=None, header_style="bold")
    for endpoint, season in plan.targets:
        table.add_row(endpoint.name, str(season or ""))
    console.print(table)
    gold = ", ".join(item.name for item in plan.gold)
    console.print(f"gold: {gold}" if gold else "gold: none; `cbbd-etl gold --season all` builds it afterwards")
    console.print(f"{len(plan.targets)} endpoints and seasons to build from raw; nothing was written")
