"""Options that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.jobs.job import Parameters

LakeOption = Annotated[
    str | None,
    typer.Option("--lake", metavar="FOLDER|s3://BUCKET/PREFIX", help="The lake; default: CBBD_LAKE, else ./lake"),
]


def lake_path(given: str | None) -> str | None:
    """The place of a lake, as it was given.

    Raises:
        BadInput: when no lake can be there.
    """
    return Parameters.of(lake=given).lake
