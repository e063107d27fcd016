"""One gap-fill as a value: whose gaps, which of them, in which order; and its plan in the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from flows.jobs.ingest import IngestJob
from flows.params import Many
from quality.dataset import Endpoint
from tasks.completeness.filling import Filling, Selection, plan_filling, read_game_ids
from tasks.completeness.season import SeasonView, kept_seasons
from tasks.errors import BadInput
from tasks.lake.lake import Lake


@dataclass(frozen=True)
class GapFillJob:
    """Checked parameters of a gap-fill.

    Attributes:
        limit: gaps to ask for at most in the whole run.
    """

    job: IngestJob
    lake: Lake
    selection: Selection
    limit: int | None

    @classmethod
    def of(
        cls,
        *,
        season: Many = None,
        since: date | None = None,
        until: date | None = None,
        game_ids: Path | None = None,
        limit: int | None = None,
        refresh: bool = False,
        **options: Any,
    ) -> GapFillJob:
        """From flow parameters; without a season all that the lake holds.

        Raises:
            BadInput: where there is no lake yet, and for games and seasons that it does not have.
        """
        job = IngestJob.of(season=season, since=since, until=until, **options)
        lake = job.existing_lake()
        if lake is None:
            raise BadInput(f"there is no lake at {job.settings.lake}: run ingest first, gap-fill asks for what it left")
        known = kept_seasons(lake)
        dated = since is not None or until is not None
        seasons = job.seasons if season else [item for item in known if not dated or item in job.seasons]
        if unknown := sorted(set(seasons) - set(known)):
            have = ", ".join(map(str, sorted(known))) or "none yet"
            raise BadInput(f"{lake.location} has no season {unknown[0]}: run ingest first; its seasons: {have}")
        ids = read_game_ids(game_ids, lake) if game_ids else None
        named = {"game_ids": str(game_ids) if game_ids else None, "limit": limit, "refresh": refresh or None}
        given = job.parameters | {name: value for name, value in named.items() if value is not None}
        job = replace(job, seasons=seasons, parameters=given)
        return cls(job, lake, Selection(ids, (since, until), refresh), limit)

    def order(self) -> Iterator[tuple[Endpoint, int | None]]:
        """Datasets and seasons in the order of work: games first, for they decide what else is expected."""
        return self.job.order()

    def view(self, season: int | None) -> SeasonView:
        """A season of the lake as it stands now; None for the lists of no season."""
        return SeasonView(self.lake, season, self.job.settings.clock()())

    def plan(self) -> list[Filling]:
        """Everything to ask for, without a call."""
        plan, left, views = [], self.limit, dict[int | None, SeasonView]()
        for endpoint, season in self.order():
            view = views.setdefault(season, self.view(season))
            plan.append(plan_filling(view, endpoint, self.selection, left))
            left = None if left is None else left - len(plan[-1].asked)
        return plan
