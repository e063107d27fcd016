"""One backfill as a value: which seasons, in which order, how they are run, and what each is given."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from flows.jobs.ingest import FetchParameters, IngestJob
from flows.jobs.job import Job, Parameters
from flows.params import (
    Concurrency,
    Deployment,
    DryRun,
    Endpoints,
    FanOut,
    MaxCalls,
    Order,
    Parent,
    Resume,
    Season,
    Source,
)
from flows.terminal.plans import print_plan
from tasks.errors import BadInput


class BackfillParameters(FetchParameters):
    """Parameters of `backfill`."""

    order: Order = "newest"
    fan_out: FanOut = "inline"
    deployment: Deployment = "backfill-season/backfill-season"
    concurrency: Concurrency = 2
    resume: Resume = None
    dry_run: DryRun = False


class BackfillSeasonParameters(Parameters):
    """Parameters of `backfill-season`, one season of a backfill."""

    season: Season
    endpoints: Endpoints = None
    source: Source = None
    max_calls: MaxCalls = None
    resume: Resume = None
    parent: Parent = None


@dataclass(frozen=True)
class BackfillJob(Job):
    """Checked parameters of a backfill.

    Attributes:
        job: an ingest of all seasons, for its plan, lake and settings.
        seasons: in the order of work.
        source, resume: as given, for the run of each season.
        lake: where the run of each season finds the lake; as given until the backfill has one.
        parent: the run whose parts the seasons are.
    """

    flow: ClassVar[str] = "backfill"

    job: IngestJob
    seasons: list[int]
    source: str | None = None
    lake: str | None = None
    resume: str | None = None
    fan_out: str = "inline"
    deployment: str = "backfill-season/backfill-season"
    concurrency: int = 2
    parent: str | None = None

    @classmethod
    def of(cls, **given: Any) -> BackfillJob:
        """A job from flow parameters.

        Raises:
            BadInput: for seasons or endpoints beside a run to resume, which has its own.
        """
        wanted = BackfillParameters.of(**given)
        if wanted.resume and (wanted.season or wanted.endpoints):
            raise BadInput("--resume takes seasons and endpoints from the run that it resumes: leave the others out")
        same = {name: getattr(wanted, name) for name in (*FetchParameters.model_fields, "resume")}
        job = IngestJob.of(**same)
        seasons = job.seasons if wanted.order == "newest" else job.seasons[::-1]
        how = {name: getattr(wanted, name) for name in ("source", "lake", "resume", "fan_out", "deployment")}
        return cls(replace(job, seasons=seasons), seasons, concurrency=wanted.concurrency, **how)

    def part_of(self, parent: str, lake: str) -> BackfillJob:
        """The same job as parts of a run, all in its lake: settings of a worker may name another."""
        return replace(self, parent=parent, lake=lake)

    @property
    def max_calls(self) -> int | None:
        """Calls that all seasons may make together."""
        return self.job.max_calls

    @property
    def share(self) -> int | None:
        """Calls of each season where all run at once."""
        return None if self.max_calls is None else self.max_calls // len(self.seasons)

    def parameters(self, season: int, max_calls: int | None) -> dict[str, Any]:
        """Parameters of one season's run, without those that have no value: a deployment takes no null."""
        names = [endpoint.name for endpoint in self.job.endpoints] + self.job.tables
        given = {"season": str(season), "endpoints": names, "max_calls": max_calls, "source": self.source}
        given |= {"lake": self.lake, "resume": self.resume, "parent": self.parent}
        return {name: value for name, value in given.items() if value is not None}

    def prepare(self) -> None:
        """Make the lake where there is none."""
        self.job.open_lake()

    def print_plan(self) -> None:
        """Print the requests that are due, and where the month's reserve stops them."""
        print_plan(self.job.plan(), self.job.quota_left(), self.job.settings.quota_reserve)
