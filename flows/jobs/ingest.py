"""One ingest as a value: which datasets and seasons, from where, into which lake, and in which order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flows.jobs.run import begin
from flows.params import Many, expand_endpoints, expand_seasons
from quality.dataset import Endpoint, Pattern, registry
from tasks.completeness.due import Todo, prerequisites, seasons_between, todo
from tasks.completeness.quota import quota_left
from tasks.errors import BadInput
from tasks.lake.cached import CachedLake
from tasks.lake.lake import Lake, local_folder
from tasks.layers.overrides import standing
from tasks.runs.engine import is_derived_stale, is_stale, require_key
from tasks.runs.resume import Resumption
from tasks.runs.summary import RunSummary
from tasks.settings import Clock, Settings, load_settings


@dataclass(frozen=True)
class IngestJob:
    """Checked parameters of a run.

    Attributes:
        tables: tables made on request only, that the user named.
        between: first and last UTC date that the user named.
        parameters: as given, for the run's summary.
        rest: what an earlier run left, where only that is to be done.
    """

    settings: Settings
    seasons: list[int]
    endpoints: list[Endpoint]
    tables: list[str]
    between: tuple[date | None, date | None]
    refresh: bool
    max_calls: int | None
    parameters: dict[str, Any]
    rest: Resumption | None = None

    @classmethod
    def of(
        cls,
        *,
        season: Many = None,
        endpoints: Many = None,
        since: date | None = None,
        until: date | None = None,
        source: str | None = None,
        lake: str | None = None,
        max_calls: int | None = None,
        refresh: bool = False,
        resume: str | None = None,
    ) -> IngestJob:
        """A job from flow parameters; what is not given comes from the settings.

        Raises:
            BadInput: for parameters that contradict each other, a source without its key, and an override that is
                not valid.
        """
        if since and until and since > until:
            raise BadInput(f"--since {since} is after --until {until}: valid is an earlier or the same date")
        settings = load_settings(source=source, lake=lake)
        require_key(settings)
        standing()
        if not settings.lake.startswith("s3://"):
            local_folder(settings.lake)
        rest = Resumption.of(_lake_of(settings), resume) if resume else None
        if rest is not None:
            season = season or [*rest.seasons] or rest.parameters.get("season")
            endpoints = endpoints or rest.datasets or rest.parameters.get("endpoints")
        given = {"season": season, "endpoints": endpoints, "since": since, "until": until, "max_calls": max_calls}
        seasons = expand_seasons(season)
        if not seasons and (since or until):
            seasons = seasons_between(since, until, _clock(settings)())
        names = expand_endpoints(endpoints)
        return cls(
            settings=settings,
            seasons=seasons or [settings.default_season],
            endpoints=[registry().endpoints[name] for name in names if name in registry().endpoints],
            tables=[name for name in names if name not in registry().endpoints],
            between=(since, until),
            refresh=refresh,
            max_calls=max_calls,
            parameters={name: value for name, value in (given | {"resume": resume}).items() if value is not None},
            rest=rest,
        )

    def order(self) -> Iterator[tuple[Endpoint, int | None]]:
        """Datasets and seasons in the order of work: lists first, then each season, games before their details.

        What a plan depends on comes along when only the dependent is asked for: the schedule saves more calls than
        it costs, and without the season's teams there is no fan-out over them.
        """
        for endpoint in self.endpoints:
            if endpoint.pattern is Pattern.ONCE:
                yield endpoint, None
        seasonal = [endpoint for endpoint in self.endpoints if endpoint.pattern is not Pattern.ONCE]
        needed = [item for endpoint in seasonal for item in prerequisites(endpoint)]
        seasonal += [item for item in dict.fromkeys(needed) if item not in seasonal]
        seasonal.sort(key=lambda endpoint: (bool(prerequisites(endpoint)), endpoint.name))
        for season in self.seasons:
            yield from ((endpoint, season) for endpoint in seasonal if season >= endpoint.first_season)

    def todo(self, lake: Lake | None, endpoint: Endpoint, season: int | None, now: datetime) -> Todo:
        """What one dataset and season lacks."""
        found = todo(lake, endpoint, season, now, self.between, refresh=self.refresh)
        return self.rest.rest_of(found, lake) if self.rest else found

    def plan(self) -> list[Todo]:
        """Everything to do, without a call. Nothing is written, not even a new lake."""
        lake = self.existing_lake()
        return self.plan_of(CachedLake(lake) if lake else None)

    def plan_of(self, lake: Lake | None) -> list[Todo]:
        """Everything to do in this lake, without a call."""
        now = _clock(self.settings)()
        return [self.todo(lake, endpoint, season, now) for endpoint, season in self.order()]

    def is_idle(self, lake: Lake) -> bool:
        """Whether there is nothing to fetch and nothing to build."""
        if any(item.due for item in self.plan_of(lake)):
            return False
        overrides = standing()
        if any(is_stale(lake, endpoint, season, overrides) for endpoint, season in self.order()):
            return False
        return not is_derived_stale(lake, self.seasons, self.tables, overrides)

    def quota_left(self) -> int | None:
        """Calls left this month as far as the lake knows."""
        lake = self.existing_lake()
        return quota_left(lake, _clock(self.settings)()) if lake else None

    def existing_lake(self) -> Lake | None:
        """The lake, or None where there is none yet.

        Raises:
            LakeConflict: when it holds data of another source.
        """
        lake = _lake_of(self.settings)
        if lake is not None:
            lake.claim(self.settings.identity)
        return lake

    def open_lake(self) -> Lake:
        """The lake, made if it is not there.

        Raises:
            LakeConflict: when it holds data of another source.
        """
        lake = Lake.open(self.settings.lake, create=True, database_prefix=self.settings.database_prefix)
        lake.claim(self.settings.identity)
        return lake

    def start(self, lake: Lake, flow: str, parent: str | None = None) -> RunSummary:
        """The run's summary, already in the lake."""
        return begin(lake, flow, _clock(self.settings)(), self.parameters, parent)


def _lake_of(settings: Settings) -> Lake | None:
    try:
        return Lake.open(settings.lake, database_prefix=settings.database_prefix)
    except BadInput:
        return None


def _clock(settings: Settings) -> Clock:
    return settings.clock()
