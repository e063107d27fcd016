"""One ingest as a value: which endpoints and seasons, from where, into which lake, and in which order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, ClassVar

from flows.jobs.job import Job, Parameters
from flows.jobs.run import begin, finish
from flows.params import (
    DryRun,
    Endpoints,
    Many,
    MaxCalls,
    Refresh,
    Season,
    Since,
    Source,
    Until,
    expand_endpoints,
    expand_seasons,
)
from flows.terminal.plans import print_plan
from flows.terminal.reporting import print_summary
from flows.terminal.shell import FAILED, OK
from quality.dataset import Endpoint, Pattern, registry
from tasks.completeness.due import (
    Todo,
    of_the_season_before,
    prerequisites,
    seasons_between,
    todo,
    without_newer,
)
from tasks.completeness.quota import quota_left
from tasks.errors import BadInput, LakeDamaged
from tasks.lake.cached import CachedLake
from tasks.lake.damage import explaining
from tasks.lake.lake import Lake
from tasks.lake.places import local_folder
from tasks.layers.policy import BuildPolicy
from tasks.layers.rules import check_rules
from tasks.runs.engine import is_derived_stale, is_stale, require_source
from tasks.runs.resume import Resumption
from tasks.runs.summary import RunSummary
from tasks.settings import Clock, Settings, load_settings

Dates = tuple[date | None, date | None]


class FetchParameters(Parameters):
    """What every flow that makes calls takes."""

    season: Season = None
    endpoints: Endpoints = None
    source: Source = None
    max_calls: MaxCalls = None


class IngestParameters(FetchParameters):
    """Parameters of `ingest`."""

    since: Since = None
    until: Until = None
    refresh: Refresh = False
    dry_run: DryRun = False


@dataclass(frozen=True)
class IngestJob(Job):
    """Checked parameters of an ingest, or of one season of a backfill.

    Attributes:
        tables: tables built on request only, that the user named.
        between: first and last US Eastern game date that the user named.
        before: endpoints that are also fetched for the season before the first one.
        parameters: as given, for the run's summary.
        rest: what an earlier run left, where only that is to be done.
        known: responses in the lake when the run began, where all requests are repeated: a response that another run
            has fetched since then is new enough.
    """

    flow: ClassVar[str] = "ingest"

    settings: Settings
    seasons: list[int]
    endpoints: list[Endpoint]
    tables: list[str]
    between: Dates
    refresh: bool
    max_calls: int | None
    parameters: dict[str, Any]
    rest: Resumption | None = None
    policy: BuildPolicy = field(default_factory=BuildPolicy)
    before: tuple[Endpoint, ...] = ()
    known: frozenset[str] | None = None

    @classmethod
    def of(cls, *, resume: str | None = None, **given: Any) -> IngestJob:
        """A job from flow parameters; what is not given comes from the settings.

        Raises:
            BadInput: for parameters that contradict each other, a source without its key, an override that is not
                valid, and a place where no lake can be.
        """
        wanted = IngestParameters.of(**given)
        settings = load_settings(source=wanted.source, lake=wanted.lake)
        require_source(settings)
        policy = BuildPolicy.of(settings)
        if not settings.lake.startswith("s3://"):
            local_folder(settings.lake)
        rest = Resumption.of(settings.find_lake(), resume) if resume else None
        season, endpoints = _chosen(wanted, rest)
        names, known = expand_endpoints(endpoints), registry().endpoints
        said = {"season": season, "endpoints": endpoints, "resume": resume}
        said |= wanted.named("since", "until", "max_calls")
        return cls(
            settings=settings,
            seasons=_seasons(season, wanted.since, wanted.until, settings),
            endpoints=[known[name] for name in names if name in known],
            tables=[name for name in names if name not in known],
            between=(wanted.since, wanted.until),
            refresh=wanted.refresh,
            max_calls=wanted.max_calls,
            parameters={name: value for name, value in said.items() if value is not None},
            rest=rest,
            policy=policy,
            before=() if season or endpoints or wanted.since else of_the_season_before(),
        )

    @cached_property
    def clock(self) -> Clock:
        """The time that the source lives in."""
        return self.settings.clock()

    def order(self) -> Iterator[tuple[Endpoint, int | None]]:
        """Endpoints and seasons in the order of work: lists, the season before, then each season, games before details.

        What a plan depends on comes along when only the dependent is named: the schedule saves more calls than
        it costs, and without the season's teams there is no fan-out over them.
        """
        yield from ((endpoint, None) for endpoint in self.endpoints if endpoint.pattern is Pattern.ONCE)
        seasonal = self._seasonal()
        earlier = min(self.seasons) - 1
        yield from ((endpoint, earlier) for endpoint in self.before if earlier >= endpoint.first_season)
        for season in self.seasons:
            yield from ((endpoint, season) for endpoint in seasonal if season >= endpoint.first_season)

    def _seasonal(self) -> list[Endpoint]:
        """Endpoints with seasons, prerequisites before what depends on them."""
        named = [endpoint for endpoint in self.endpoints if endpoint.pattern is not Pattern.ONCE]
        needed = [item for endpoint in named for item in prerequisites(endpoint)]
        return sorted({item.name: item for item in (*named, *needed)}.values(), key=_after_prerequisites)

    def todo(self, lake: Lake | None, endpoint: Endpoint, season: int | None, now: datetime) -> Todo:
        """What one endpoint and season lacks."""
        found = todo(lake, endpoint, season, now, self.between, refresh=self.refresh)
        if lake is not None and self.known is not None:
            found = without_newer(found, lake, self.known)
        return self.rest.rest_of(found, lake) if self.rest else found

    def begun(self, lake: Lake) -> IngestJob:
        """The job from the moment at which its run begins."""
        if not self.refresh:
            return self
        found = (item.path for endpoint, season in self.order() for item in lake.raw.objects(endpoint.name, season))
        return replace(self, known=frozenset(found))

    def plan(self) -> list[Todo]:
        """Everything to do, without a call. Nothing is written, not even a new lake."""
        lake = self.existing_lake()
        return self.plan_of(CachedLake(lake) if lake else None)

    def plan_of(self, lake: Lake | None) -> list[Todo]:
        """Everything to do in this lake, without a call."""
        now = self.clock()
        return [self.todo(lake, endpoint, season, now) for endpoint, season in self.order()]

    def print_plan(self) -> None:
        """Print the requests that are due."""
        print_plan(self.plan(), self.quota_left())

    def is_idle(self, lake: Lake) -> bool:
        """Whether there is nothing to fetch and nothing to build."""
        overrides, words = self.policy.overrides, self.policy.words
        if any(item.due for item in self.plan_of(lake)):
            return False
        if any(is_stale(lake, endpoint, season, overrides, words) for endpoint, season in self.order()):
            return False
        return not is_derived_stale(lake, self.seasons, self.tables, overrides, words)

    def _is_surely_idle(self, lake: Lake) -> bool:
        """Not where that cannot be determined: a run reports the damage of a table and goes on with the others."""
        try:
            with explaining(lake):
                return self.is_idle(lake)
        except LakeDamaged:
            return False

    def prepare(self) -> None:
        """Make the lake where there is none."""
        self.open_lake()

    def run_idle(self) -> int | None:
        """A run with nothing to fetch and nothing to build judges the rules, without Prefect."""
        lake = self.existing_lake()
        if lake is None or not self._is_surely_idle(cached := CachedLake(lake)):
            return None
        run = self.start(cached)
        run.rules = check_rules(cached, self.seasons)
        finish(run, cached, self.clock(), self.policy)
        print_summary(run)
        return FAILED if run.status == "failed" else OK

    def quota_left(self) -> int | None:
        """Calls left this month as far as the lake knows."""
        lake = self.existing_lake()
        return quota_left(lake, self.clock()) if lake else None

    def existing_lake(self) -> Lake | None:
        """The lake, or None where there is none yet.

        Raises:
            LakeConflict: when it holds data of another source.
        """
        lake = self.settings.find_lake()
        if lake is not None:
            lake.claim(self.settings.identity)
        return lake

    def open_lake(self) -> Lake:
        """The lake, made if it is not there.

        Raises:
            LakeConflict: when it holds data of another source.
        """
        lake = self.settings.open_lake(create=True)
        lake.claim(self.settings.identity)
        return lake

    def start(self, lake: Lake, flow: str = flow, parent: str | None = None) -> RunSummary:
        """The run's summary, already in the lake."""
        return begin(lake, flow, self.clock(), self.parameters, parent)


def _after_prerequisites(endpoint: Endpoint) -> tuple[bool, str]:
    return bool(prerequisites(endpoint)), endpoint.name


def _chosen(wanted: IngestParameters, rest: Resumption | None) -> tuple[Many, Many]:
    """Seasons and endpoints: as given, else those with something left of the run that is resumed."""
    if rest is None:
        return wanted.season, wanted.endpoints
    season = wanted.season or [*rest.seasons] or rest.parameters.get("season")
    return season, wanted.endpoints or rest.datasets or rest.parameters.get("endpoints")


def _seasons(season: Many, since: date | None, until: date | None, settings: Settings) -> list[int]:
    """The seasons of a job: as named, else those of the dates, else this season."""
    named = expand_seasons(season)
    _check_dates(since, until)
    if since is None:
        return named or [settings.default_season]
    touched = seasons_between(since, until, settings.clock()())
    both = [item for item in named if item in touched]
    if named and not both:
        dates = f"{since} to {until}" if until else f"{since} and later"
        seasons = ", ".join(map(str, named))
        raise BadInput(f"no game date of {dates} is in season {seasons}: they are in season {touched[-1]}")
    return both or touched


def _check_dates(since: date | None, until: date | None) -> None:
    if since is None and until is not None:
        raise BadInput(f"--until {until} needs --since: together they are the game dates to re-fetch")
    if since is not None and until is not None and since > until:
        raise BadInput(f"--since {since} is after --until {until}: valid is an earlier or the same date")
