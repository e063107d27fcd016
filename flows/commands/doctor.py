"""`cbbd-etl doctor`: what is wrong with this environment, and the cure of each fault."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.terminal.findings import print_findings
from tasks.doctor.case import Case
from tasks.doctor.checks import CHECKS
from tasks.doctor.finding import Check, examine

PREFECT = Check("Prefect", "flows.prefect_.reachable:server")


def add(app: typer.Typer) -> None:
    """Add `doctor`."""
    app.command("doctor")(run_doctor)


def run_doctor(
    lake: Annotated[
        str | None,
        typer.Option("--lake", metavar="FOLDER|s3://BUCKET/PREFIX", help="The lake; default: CBBD_LAKE, else ./lake"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON")] = False,
) -> int:
    """Check settings, network, key, lake and Prefect; exit code 1 if something is wrong.

    Makes at most one call to the API, which the API does not count, and writes nothing.
    """
    return print_findings(examine((*CHECKS, PREFECT), Case(lake)), as_json=as_json)
