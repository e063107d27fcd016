"""The option that the commands of `cbbd-etl kit` share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Root = Annotated[Path, typer.Option("--root", metavar="FOLDER", help="Checkout that has the kit")]
