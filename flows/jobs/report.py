"""One report as a value: which seasons of which lake, and where the pages go."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field
from rich.console import Console

from flows.jobs.job import Job, Parameters, lake_to_read, seasons_in
from flows.params import DryRun, Format, LakeSeason, ReportPlace
from flows.terminal.shell import OK
from report.links import INDEX
from tasks.errors import BadInput
from tasks.lake.lake import Lake
from tasks.lake.places import REPORT
from tasks.layers.rules import seasons_of
from tasks.settings import Clock, Settings, load_settings

if TYPE_CHECKING:
    from report.output import Written

MEGABYTE = 1_000_000
Address = Annotated[
    str | None,
    Field(pattern=r"^https?://\S+$", description="Address at which people open the pages, for the link in Prefect"),
    Format("URL"),
]


class ReportParameters(Parameters):
    """Parameters of `report`."""

    season: LakeSeason = None
    out: ReportPlace = None
    url: Address = None
    dry_run: DryRun = False


@dataclass(frozen=True)
class ReportJob(Job):
    """Checked parameters of a report. `parameters` are as given, for the run's summary.

    Attributes:
        places: place of the pages by season, newest first.
        url: address at which people open the pages.
    """

    flow: ClassVar[str] = "report"

    settings: Settings
    lake: Lake
    places: dict[int, str]
    url: str | None
    parameters: dict[str, Any]

    @classmethod
    def of(cls, **given: Any) -> ReportJob:
        """A job from flow parameters. Without a season it is the newest of the lake.

        Raises:
            BadInput: when there is no lake, it lacks a season, or the place has other files than a report.
            ModuleNotFoundError: when the extra `report` is not installed.
        """
        import_module("report.site")
        wanted = ReportParameters.of(**given)
        settings = load_settings(lake=wanted.lake)
        lake = lake_to_read(settings)
        present = seasons_of(lake)
        seasons = seasons_in(lake, wanted.season, present, present[-1:])
        if wanted.out is not None and len(seasons) > 1:
            raise BadInput(
                f"--out {wanted.out} has room for one season and --season names {len(seasons)}: name one, or leave "
                f"--out out; then each goes to {REPORT}/SEASON in the lake"
            )
        places = {season: wanted.out or _usual(lake, season) for season in seasons}
        return cls(settings, lake, places, wanted.url, wanted.named("season", "out", "url"))

    @property
    def clock(self) -> Clock:
        """The time that the source lives in."""
        return self.settings.clock()

    def check(self) -> None:
        """Look at the places; write nothing.

        Raises:
            BadInput: when one has other files than a report.
        """
        for place in self.places.values():
            import_module("report.site").check(self.lake, place)

    def build(self, season: int) -> Written:
        """Write the pages of a season, or bring earlier ones up to date.

        Raises:
            BadInput: before anything is written.
        """
        done: Written = import_module("report.site").build(self.lake, season, self.places[season])
        return done

    def address(self, season: int) -> str | None:
        """Where people open the report of a season; None where it is on the worker's disk."""
        if self.url:
            base = self.url.rstrip("/")
            return f"{base}/{INDEX}" if len(self.places) == 1 else f"{base}/{season}/{INDEX}"
        place = self.places[season]
        if self.settings.report_url and place == _usual(self.lake, season):
            return f"{str(self.settings.report_url).rstrip('/')}/{season}/{INDEX}"
        return f"{place}/{INDEX}" if "://" in place else None

    def print_plan(self) -> None:
        """Print where the pages would go."""
        self.check()
        for season, place in self.places.items():
            _print(f"season {season} would go to {place}; nothing was written")

    def run_alone(self) -> int | None:
        """The whole report: whoever reads a lake needs no Prefect for it."""
        for season, place in self.places.items():
            _print(f"{totals(self.build(season))}; open {place}/{INDEX}")
        return OK


def _usual(lake: Lake, season: int) -> str:
    return f"{lake.location}/{REPORT}/{season}"


def totals(done: Written) -> str:
    """A build in one line: pages, size, files written and removed."""
    size = f"{done.pages:,} pages, {done.size / MEGABYTE:.1f} MB"
    return f"{size}; {done.written:,} files written, {done.removed:,} removed"


def _print(text: str) -> None:
    Console(file=sys.stdout, soft_wrap=True, highlight=False).print(text, markup=False)
