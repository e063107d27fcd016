"""`cbbd-etl settings`: every setting with its value."""

from __future__ import annotations

import typer
from rich.console import Console

from flows.command_line.command import FLOWS, refuse_variables_of
from flows.terminal.shell import OK
from tasks.masking import masked
from tasks.settings import PREFIX, Settings, load_settings


def add(app: typer.Typer) -> None:
    """Add `settings`."""
    app.command("settings")(run_settings)


def run_settings() -> int:
    """Show every setting with its meaning and value; secrets are masked. Each is a variable CBBD_NAME, also in .env."""
    refuse_variables_of(*FLOWS.values())
    settings = load_settings()
    console = Console(soft_wrap=True, highlight=False)
    for name, value in settings.model_dump().items():
        console.print(f"# {Settings.model_fields[name].description}", markup=False)
        console.print(masked(f"{PREFIX}{name.upper()}={'' if value is None else value}"), markup=False)
    console.print(f"# source in use: {settings.chosen_source}", markup=False)
    return OK
