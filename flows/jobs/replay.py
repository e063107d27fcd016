"""One replay as a value: what is rebuilt from raw, or only compared with it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from flows.jobs.job import Job, Parameters, seasons_in
from flows.jobs.run import begin
from flows.params import Check, DryRun, Endpoints, Season, every_endpoint
from flows.terminal.plans import print_targets
from tasks.completeness.season import kept_seasons
from tasks.errors import BadInput
from tasks.lake.lake import Lake
from tasks.layers.policy import BuildPolicy
from tasks.layers.replay import Replay
from tasks.runs.summary import RunSummary
from tasks.settings import Clock, Settings, load_settings


class ReplayParameters(Parameters):
    """Parameters of `replay`. Without a season, `--check` takes all that the lake has."""

    season: Season = None
    endpoints: Endpoints = None
    check: Check = False
    dry_run: DryRun = False


@dataclass(frozen=True)
class ReplayJob(Job):
    """Checked parameters of a replay.

    Attributes:
        check: build beside the lake and compare; the lake stays as it is.
    """

    flow: ClassVar[str] = "replay"

    settings: Settings
    lake: Lake
    replay: Replay
    check: bool
    parameters: dict[str, Any]
    policy: BuildPolicy

    @classmethod
    def of(cls, **given: Any) -> ReplayJob:
        """A job from flow parameters.

        Raises:
            BadInput: where there is no lake, it lacks a season, or raw has no response of what was named.
        """
        wanted = ReplayParameters.of(**given)
        settings = load_settings(lake=wanted.lake)
        lake = settings.open_lake(write=True)
        present = kept_seasons(lake)
        seasons = seasons_in(lake, wanted.season, present, present if wanted.check else [settings.default_season])
        every = set(seasons) == set(present)  # then also seasons of lists such as recruiting, which have no games
        replay = Replay.of(lake, every_endpoint(wanted.endpoints), () if every else seasons)
        if not replay.targets:
            raise BadInput(f"the raw store of {lake.location} has no response of what was named")
        parameters = wanted.named("season", "endpoints", "check")
        return cls(settings, lake, replay, wanted.check, parameters, BuildPolicy.of(settings))

    @cached_property
    def clock(self) -> Clock:
        """The time that the source lives in."""
        return self.settings.clock()

    def start(self) -> RunSummary:
        """The run's summary, already in the lake."""
        return begin(self.lake, self.flow, self.clock(), self.parameters)

    def print_plan(self) -> None:
        """Print what would be rebuilt or compared."""
        print_targets(self.replay.targets, check=self.check)
