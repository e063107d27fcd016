"""`cbbd-etl raw`: stored responses, and the verdicts on them. It needs no catalog."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

import typer

from flows.commands._shared import LakeOption, lake_path
from flows.jobs.job import Parameters
from flows.params import Endpoints, LakeSeason, every_endpoint, expand_seasons
from flows.terminal.shell import OK
from tasks.lake.site import Site
from tasks.lake.verdicts import Judged, Verdicts
from tasks.settings import load_settings
from tasks.sql.formats import Format
from tasks.sql.render import render

Object = Annotated[str, typer.Argument(metavar="OBJECT", help="As `raw list` prints it")]


class _Listed(Parameters):
    """Parameters of `raw list`."""

    dataset: Endpoints = None
    season: LakeSeason = None


def add(app: typer.Typer) -> None:
    """Add `raw` with its actions."""
    text = "Stored responses: list them, reject one, accept it again."
    app.callback(help=text, no_args_is_help=True)(lambda: None)
    app.command("list")(list_raw)
    app.command("reject")(reject_raw)
    app.command("accept")(accept_raw)


def list_raw(
    dataset: Annotated[
        list[str] | None, typer.Option("--dataset", metavar="NAME,NAME", help="Endpoints; default: all (repeatable)")
    ] = None,
    season: Annotated[
        str | None, typer.Option("--season", metavar="YYYY|YYYY-YYYY|all", help="Season or range; default: all")
    ] = None,
    verdict: Annotated[
        Literal["good", "rejected", "withdrawn"] | None,
        typer.Option("--verdict", help="rejected: when it arrived; withdrawn: by `raw reject`; default: all"),
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="How to print the result")] = "table",
    lake: LakeOption = None,
) -> int:
    """List the stored responses: object, verdict, bytes as stored, time of arrival, reason of a rejection."""
    wanted = _Listed.of(dataset=dataset or None, season=season, lake=lake)
    settings = load_settings(lake=wanted.lake)
    verdicts = Verdicts(Site.of(settings.lake, settings.database_prefix).store)
    names = [endpoint.name for endpoint in every_endpoint(wanted.dataset)] if wanted.dataset else []
    seasons = expand_seasons(wanted.season) if wanted.season not in (None, "all") else [None]
    every = (item for year in seasons for item in verdicts.all(names, year))
    found = [item for item in every if verdict in (None, item.verdict)]
    if format_ == "table":
        _print(found, verdicts)
        return OK
    sys.stdout.buffer.write(render(verdicts.frame(found), format_))
    sys.stdout.flush()
    return OK


def _print(found: list[Judged], verdicts: Verdicts) -> None:
    """One line per object, with its whole name: it is the argument of the other actions."""
    _say(f"{'verdict':<10}{'bytes':>12}  {'fetched at (UTC)':<20}object")
    for item in found:
        why = verdicts.why(item)
        reason = f"  ({why})" if why else ""
        when = f"{item.raw.fetched_at:%Y-%m-%d %H:%M:%S}"
        _say(f"{item.verdict:<10}{item.bytes:>12,}  {when:<20}{item.raw.path}{reason}")
    _say(f"{len(found):,} objects")


def reject_raw(
    path: Object,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is stored with the verdict")],
    lake: LakeOption = None,
) -> int:
    """Reject a response that was stored as good: tables are built as if it were not there. It is kept."""
    found = _verdicts(lake).reject(path, reason, load_settings().clock()())
    _say(f"{found.raw.path} is withdrawn; {_next(found)}. `cbbd-etl raw accept` takes it back")
    return OK


def accept_raw(path: Object, lake: LakeOption = None) -> int:
    """Accept a response again that `raw reject` withdrew: tables are built as before."""
    found = _verdicts(lake).accept(path, load_settings().clock()())
    _say(f"{found.raw.path} is good again; {_next(found)}")
    return OK


def _verdicts(lake: str | None) -> Verdicts:
    settings = load_settings(lake=lake_path(lake))
    site = Site.of(settings.lake, settings.database_prefix)
    site.require_home()
    return Verdicts(site.store)


def _next(item: Judged) -> str:
    season = f" --season {item.raw.season}" if item.raw.season else ""
    return (
        f"`cbbd-etl ingest{season} --endpoints {item.raw.endpoint}` brings the tables up to date and sends the request "
        f"again if it is due; `cbbd-etl replay{season}` does so without a call"
    )


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
