"""`cbbd-etl deploy doctor`: what an environment on AWS still lacks, in the order of the deployment guide."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from flows.terminal.findings import print_findings
from tasks.doctor.checks import ON_AWS
from tasks.doctor.environment import Environment
from tasks.doctor.finding import Check, examine
from tasks.errors import BadInput

ON_PREFECT = (
    Check("Prefect", "flows.prefect_.deployed:server"),
    Check("pool", "flows.prefect_.deployed:pool"),
    Check("starter", "flows.prefect_.deployed:starter"),
    Check("deployed", "flows.prefect_.deployed:deployments"),
    Check("limit", "flows.prefect_.deployed:limit"),
    Check("alerts", "flows.prefect_.deployed:automations"),
)
STANDARD_INPUT = "-"


def add(app: typer.Typer) -> None:
    """Add `deploy` with its action."""
    about = "Environments on AWS; docs/deployment.md has the steps."
    app.callback(help=about, no_args_is_help=True)(lambda: None)
    app.command("doctor")(run_deploy_doctor)


def run_deploy_doctor(
    outputs: Annotated[
        str, typer.Argument(metavar="FILE|-", help="What `terraform output -json` prints; - is standard input")
    ],
    pool: Annotated[str, typer.Option(metavar="NAME", help="Work pool; default: CBBD_POOL, else cbbd-ecs")] = "",
    image: Annotated[str, typer.Option(metavar="NAME@sha256:...", help="Image; default: CBBD_IMAGE")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON")] = False,
) -> int:
    """Check an environment before its first run; exit code 1 if something is missing.

    Looks at AWS and Prefect with the rights of this shell, in the order of docs/deployment.md, and writes nothing. Of
    the secret it prints only whether it has a key.
    """
    environment = Environment(
        _text(outputs),
        pool or os.environ.get("CBBD_POOL", "") or "cbbd-ecs",
        image or os.environ.get("CBBD_IMAGE", ""),
    )
    return print_findings(examine((*ON_AWS, *ON_PREFECT), environment), as_json=as_json)


def _text(outputs: str) -> str:
    if outputs == STANDARD_INPUT:
        return sys.stdin.read()
    try:
        return Path(outputs).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise BadInput(f"{outputs} cannot be read ({error}); name a file, or - for standard input") from None
