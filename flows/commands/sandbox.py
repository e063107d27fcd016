"""`cbbd-etl sandbox`: the simulated API as a server; the same as `python -m sandbox`."""

from __future__ import annotations

from typing import Annotated

import typer

PASSED_ON = {"ignore_unknown_options": True}


def add(app: typer.Typer) -> None:
    """Add `sandbox`. Its options are those of `python -m sandbox`, which knows nothing of the pipeline."""
    app.command("sandbox", context_settings=PASSED_ON, add_help_option=False)(run_sandbox)


def run_sandbox(options: Annotated[list[str] | None, typer.Argument()] = None) -> int:
    """Serve the simulated API on this machine."""
    from sandbox.__main__ import main  # noqa: PLC0415  a server, where one is wanted

    try:
        return main(options or [], prog="cbbd-etl sandbox")
    except SystemExit as stopped:
        return stopped.code if isinstance(stopped.code, int) else 0
