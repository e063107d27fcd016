"""One gap-fill as a value: whose gaps, which of them, and in which order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from flows.jobs.ingest import FetchParameters, IngestJob
from flows.jobs.job import Job, seasons_in
from flows.params import DryRun, FirstDay, GameIds, KnownAbsent, LastDay, Limit
from flows.terminal.plans import print_fillings
from flows.terminal.shell import OK
from quality.dataset import Endpoint
from tasks.completeness.due import seasons_between
from tasks.completeness.filling import Filling, Selection, plan_filling, read_game_ids
from tasks.completeness.season import SeasonView, kept_seasons
from tasks.errors import BadInput
from tasks.lake.lake import Lake


class GapFillParameters(FetchParameters):
    """Parameters of `gap-fill`."""

    since: FirstDay = None
    until: LastDay = None
    game_ids: GameIds = None
    limit: Limit = None
    refresh: KnownAbsent = False
    dry_run: DryRun = False


@dataclass(frozen=True)
class GapFillJob(Job):
    """Checked parameters of a gap-fill.

    Attributes:
        job: the ingest whose engine, order and lake it uses.
        limit: gaps to fill at most in the whole run.
    """

    flow: ClassVar[str] = "gap-fill"

    job: IngestJob
    lake: Lake
    selection: Selection
    limit: int | None

    @classmethod
    def of(cls, **given: Any) -> GapFillJob:
        """A job from flow parameters.

        Raises:
            BadInput: where there is no lake yet, and for dates, games and seasons that it does not have.
        """
        wanted = GapFillParameters.of(**given)
        same = {name: getattr(wanted, name) for name in ("endpoints", "source", "lake", "max_calls")}
        job = IngestJob.of(**same)
        lake = job.existing_lake()
        if lake is None:
            raise BadInput(
                f"there is no lake at {job.settings.lake}: gap-fill completes one that `cbbd-etl ingest` made"
            )
        between = (wanted.since, wanted.until)
        if wanted.since and wanted.until and wanted.since > wanted.until:
            raise BadInput(f"--since {wanted.since} is after --until {wanted.until}")
        ids = read_game_ids(wanted.game_ids, lake) if wanted.game_ids else None
        said = wanted.named("season", "endpoints", "since", "until", "max_calls", "limit", "refresh")
        said |= {"game_ids": str(wanted.game_ids)} if wanted.game_ids else {}
        job = replace(job, seasons=_seasons(job, lake, wanted), before=(), parameters=said)
        return cls(job, lake, Selection(ids, between, wanted.refresh), wanted.limit)

    def order(self) -> Iterator[tuple[Endpoint, int | None]]:
        """Endpoints and seasons in the order of work: games first, for they decide what else is expected."""
        return self.job.order()

    def view(self, season: int | None) -> SeasonView:
        """A season of the lake as it stands now; None for the lists of no season."""
        policy = self.job.policy
        return SeasonView(self.lake, season, self.job.clock(), policy.overrides, policy.words)

    def plan(self) -> list[Filling]:
        """Everything to request, without a call."""
        plan, left, views = [], self.limit, dict[int | None, SeasonView]()
        for endpoint, season in self.order():
            view = views.setdefault(season, self.view(season))
            plan.append(plan_filling(view, endpoint, self.selection, left))
            left = None if left is None else left - len(plan[-1].asked)
        return plan

    def print_plan(self) -> None:
        """Print the gaps and the calls that would fill them."""
        print_fillings(self.plan())

    def run_idle(self) -> int | None:
        """A run with nothing to request ends here."""
        fillings = self.plan()
        if any(filling.asked for filling in fillings):
            return None
        print_fillings(fillings)
        return OK


def _seasons(job: IngestJob, lake: Lake, wanted: GapFillParameters) -> list[int]:
    """As named, else those of the dates, else this season; all of them in the lake."""
    present = kept_seasons(lake)
    default = [job.settings.default_season]
    if wanted.since or wanted.until:
        touched = seasons_between(wanted.since or wanted.until, wanted.until, job.clock())
        default = [season for season in present if season in touched]
        if not default:
            return seasons_in(lake, [str(season) for season in touched], present, ())
    return seasons_in(lake, wanted.season, present, default)
