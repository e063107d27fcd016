"""One maintenance as a value: of which lake, and how old what goes has to be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from flows.jobs.job import Job, Parameters
from flows.jobs.run import begin
from flows.params import DryRun, KeepDays, OlderThan
from flows.terminal.progress import reporter
from tasks.lake.lake import Lake
from tasks.lake.maintenance import Step, upkeep
from tasks.layers.policy import BuildPolicy
from tasks.runs.summary import RunSummary
from tasks.settings import Clock, load_settings


class MaintenanceParameters(Parameters):
    """Parameters of `maintenance`."""

    keep_days: KeepDays = 7
    older_than: OlderThan = 1
    dry_run: DryRun = False


@dataclass(frozen=True)
class MaintenanceJob(Job):
    """Checked parameters of a maintenance."""

    flow: ClassVar[str] = "maintenance"

    lake: Lake
    keep_days: int
    older_than: int
    policy: BuildPolicy
    # Of files and snapshots the wall clock's time counts, also in a simulated season.
    clock: Clock

    @classmethod
    def of(cls, **given: Any) -> MaintenanceJob:
        """A job from flow parameters.

        Raises:
            BadInput: where there is no lake.
        """
        wanted = MaintenanceParameters.of(**given)
        settings = load_settings(lake=wanted.lake)
        policy = BuildPolicy.of(settings)
        return cls(settings.open_lake(write=True), wanted.keep_days, wanted.older_than, policy, Clock())

    def start(self) -> RunSummary:
        """The run's summary, already in the lake."""
        parameters = {"keep_days": self.keep_days, "older_than": self.older_than}
        return begin(self.lake, self.flow, self.clock(), parameters)

    def steps(self, *, dry_run: bool, say: Any) -> dict[str, Step]:
        """What there is to do, by name and in order."""
        now = self.clock()
        kept, old = now - timedelta(days=self.keep_days), now - timedelta(days=self.older_than)
        return upkeep(self.lake, kept, old, say, dry_run=dry_run)

    def print_plan(self) -> None:
        """Print what each step would do."""
        with reporter() as say:
            for step in self.steps(dry_run=True, say=say.note).values():
                say.note(step())
