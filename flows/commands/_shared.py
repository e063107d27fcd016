"""Options that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.jobs.job import Parameters, lake_to_read
from tasks.lake.lake import Lake
from tasks.settings import load_settings

LakeOption = Annotated[
    str | None,
    typer.Option("--lake", metavar="FOLDER|s3://BUCKET/PREFIX", help="The lake; default: CBBD_LAKE, else ./lake"),
]

SeasonOption = Annotated[
    int | None, typer.Option("--season", metavar="YYYY", help="Season, by the year it ends in; default: the newest")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs")]
CsvOption = Annotated[bool, typer.Option("--csv", help="Print the main table as CSV")]


def lake_path(given: str | None) -> str | None:
    """The place of a lake, as it was given.

    Raises:
        BadInput: when no lake can be there.
    """
    return Parameters.of(lake=given).lake


def lake_for_reading(given: str | None) -> Lake:
    """The lake that a command reads.

    Raises:
        BadInput: when no lake is there.
    """
    return lake_to_read(load_settings(lake=lake_path(given)))
