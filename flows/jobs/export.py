"""One export as a value: which tables and seasons of which lake, in which format, and where to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from rich.console import Console

import cbbd_etl as cbb
from flows.jobs.job import Job, Parameters, lake_to_read
from flows.params import ALL, DryRun, ExportFormat, ExportPlace, ExportTables, LakeSeason, expand_seasons
from flows.terminal.exports import print_export
from flows.terminal.shell import OK
from tasks.lake.lake import Lake
from tasks.settings import Clock, Settings, load_settings
from tasks.sql.formats import FileFormat


class ExportParameters(Parameters):
    """Parameters of `export`."""

    tables: ExportTables = None
    season: LakeSeason = None
    format: ExportFormat = None
    out: ExportPlace = None
    dry_run: DryRun = False


@dataclass(frozen=True)
class ExportJob(Job):
    """Checked parameters of an export. `parameters` are as given, for the run's summary.

    Attributes:
        seasons: None for all.
    """

    flow: ClassVar[str] = "export"

    settings: Settings
    lake: Lake
    tables: list[str] | None
    seasons: list[int] | None
    file_format: FileFormat | None
    out: str | None
    parameters: dict[str, Any]

    @classmethod
    def of(cls, **given: Any) -> ExportJob:
        """A job from flow parameters.

        Raises:
            BadInput: when there is no lake. What the lake has is checked by `export`, before it writes.
        """
        wanted = ExportParameters.of(**given)
        settings = load_settings(lake=wanted.lake)
        season = wanted.season
        return cls(
            settings=settings,
            lake=lake_to_read(settings),
            tables=wanted.tables or None,
            seasons=None if season is None or ALL in season else expand_seasons(season),
            file_format=wanted.format,
            out=wanted.out,
            parameters=wanted.named("tables", "season", "format", "out"),
        )

    @property
    def clock(self) -> Clock:
        """The time that the source lives in."""
        return self.settings.clock()

    def export(self, say: Callable[[str], None] | None = None, *, dry_run: bool = False) -> cbb.Export:
        """Write the files; in a dry run only find what there is to write.

        Raises:
            BadInput: before anything is written.
        """
        return cbb.export(
            self.tables,
            out=self.out,
            seasons=True if self.seasons is None else self.seasons,
            file_format=self.file_format,
            lake=self.lake,
            dry_run=dry_run,
            progress=say,
        )

    def print_plan(self) -> None:
        """Print which files would be written and which are kept."""
        print_export(self.export(dry_run=True), dry_run=True)

    def run_alone(self) -> int | None:
        """The whole export: whoever reads a lake needs no Prefect for it."""
        console = Console(stderr=True, soft_wrap=True, highlight=False)
        print_export(self.export(lambda line: console.print(line, markup=False)))
        return OK
