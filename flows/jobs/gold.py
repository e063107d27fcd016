"""One gold build as a value: which tables and seasons of which lake, as of when; and its plan in the terminal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flows.jobs.run import begin
from flows.params import Many, expand_gold_tables, expand_seasons
from quality.dataset import Table
from tasks.errors import BadInput
from tasks.gold.plan import GoldStep, gold_tables, plan_gold
from tasks.lake.lake import Lake
from tasks.layers.rules import seasons_of
from tasks.requests import season_of
from tasks.runs.summary import RunSummary
from tasks.settings import Settings, load_settings


@dataclass(frozen=True)
class GoldJob:
    """Checked parameters of a run. `parameters` are as given, for the run's summary."""

    settings: Settings
    lake: Lake
    seasons: list[int]
    tables: list[Table]
    as_of: date | None
    parameters: dict[str, Any]

    @classmethod
    def of(
        cls, *, season: Many = None, tables: Many = None, as_of: date | None = None, lake: str | None = None
    ) -> GoldJob:
        """A job from flow parameters. Without a season it is that of `as_of`, or this season.

        Raises:
            BadInput: when there is no lake, or it has no games of a season.
        """
        settings = load_settings(lake=lake)
        opened = Lake.open(settings.lake, database_prefix=settings.database_prefix)
        seasons = expand_seasons(season) or [season_of(as_of) if as_of else settings.default_season]
        present = seasons_of(opened)
        if missing := sorted(set(seasons) - set(present)):
            have = ", ".join(map(str, present)) or "none yet"
            raise BadInput(
                f"{opened.location} has no games of {', '.join(map(str, missing))}; its seasons: {have}; "
                "flows/ingest.py brings others"
            )
        given = {"season": season, "tables": tables, "as_of": as_of}
        return cls(
            settings=settings,
            lake=opened,
            seasons=seasons,
            tables=gold_tables(expand_gold_tables(tables)),
            as_of=as_of,
            parameters={name: value for name, value in given.items() if value is not None},
        )

    def steps(self) -> list[GoldStep]:
        """Every table and season, in the order of building."""
        return plan_gold(self.lake, self.tables, self.seasons, self.as_of)

    def start(self) -> RunSummary:
        """The run's summary, already in the lake."""
        return begin(self.lake, "gold", self.settings.clock()(), self.parameters)
