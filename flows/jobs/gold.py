"""One gold build as a value: which tables and seasons of which lake, and as of when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, ClassVar

from flows.jobs.job import Job, Parameters, seasons_in
from flows.jobs.run import begin
from flows.params import AsOf, DryRun, GoldTables, Season, expand_gold_tables
from flows.terminal.plans import print_steps
from flows.terminal.shell import OK
from quality.calendar import EASTERN
from quality.dataset import Table
from tasks.errors import BadInput
from tasks.gold.plan import GoldStep, gold_tables, plan_gold
from tasks.lake.lake import Lake
from tasks.layers.policy import BuildPolicy
from tasks.layers.rules import seasons_of
from tasks.requests import season_of
from tasks.runs.summary import RunSummary
from tasks.settings import Clock, Settings, load_settings


class GoldParameters(Parameters):
    """Parameters of `gold`."""

    season: Season = None
    tables: GoldTables = None
    as_of: AsOf = None
    dry_run: DryRun = False


@dataclass(frozen=True)
class GoldJob(Job):
    """Checked parameters of a run. `parameters` are as given, for the run's summary."""

    flow: ClassVar[str] = "gold"

    settings: Settings
    lake: Lake
    seasons: list[int]
    tables: list[Table]
    as_of: date | None
    parameters: dict[str, Any]
    policy: BuildPolicy

    @classmethod
    def of(cls, **given: Any) -> GoldJob:
        """A job from flow parameters. Without a season it is that of `as_of`, or this season.

        Raises:
            BadInput: when there is no lake, it has no games of a season, or `as_of` has not come yet.
        """
        wanted = GoldParameters.of(**given)
        settings = load_settings(lake=wanted.lake)
        lake, as_of = settings.open_lake(write=True), wanted.as_of
        today = settings.clock()().astimezone(EASTERN).date()
        if as_of is not None and as_of > today:
            raise BadInput(f"--as-of {as_of} has not come yet: today is {today} (US Eastern)")
        default = season_of(as_of) if as_of else settings.default_season
        return cls(
            settings=settings,
            lake=lake,
            seasons=seasons_in(lake, wanted.season, seasons_of(lake), [default]),
            tables=gold_tables(expand_gold_tables(wanted.tables)),
            as_of=as_of,
            parameters=wanted.named("season", "tables", "as_of"),
            policy=BuildPolicy.of(settings),
        )

    @cached_property
    def clock(self) -> Clock:
        """The time that the source lives in."""
        return self.settings.clock()

    def steps(self) -> list[GoldStep]:
        """Every table and season, in the order of building."""
        return plan_gold(self.lake, self.tables, self.seasons, self.as_of)

    def start(self) -> RunSummary:
        """The run's summary, already in the lake."""
        return begin(self.lake, self.flow, self.clock(), self.parameters)

    def print_plan(self) -> None:
        """Print what would be built and why."""
        print_steps(self.steps())

    def run_idle(self) -> int | None:
        """A run with nothing to build ends here."""
        steps = self.steps()
        if any(step.keys for step in steps):
            return None
        print_steps(steps)
        return OK
