"""Rebuilds catalog and tables of a lake from raw alone, beside the old ones, and then replaces the catalog.

What raw does not have, a rebuild cannot make: a table that lacks partitions afterwards keeps its old version, if that
can be read. docs/backup.md lists what is derived from raw and what is not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from quality.dataset import Table, registry
from tasks.build import build_dataset, derive_tables
from tasks.errors import LakeDamaged, NoLake, PipelineError
from tasks.gold.plan import plan_gold, run_step
from tasks.lake.damage import all_damage, damage_of
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake
from tasks.lake.places import MARKER
from tasks.lake.site import Site
from tasks.layers.building import Built
from tasks.layers.policy import BuildPolicy
from tasks.layers.replay import Replay
from tasks.layers.report import LayerReport
from tasks.layers.withdrawal import is_withdrawn
from tasks.requests import Target
from tasks.runs.summary import RUNS, DatasetSummary

SEASON = re.compile(r"/season=(\d{4})/")
MADE_ALONG = "ops"  # layer of the tables that are made along with the others

Progress = Callable[[LayerReport], None]


@dataclass(frozen=True)
class Rebuild:
    """What a rebuild makes.

    Attributes:
        damage: a sentence per damaged table, and for a damaged catalog.
        targets: endpoints and seasons that raw has.
    """

    site: Site
    damage: list[str]
    targets: list[Target]
    files: frozenset[str]
    pointers: frozenset[str]

    @classmethod
    def of(cls, site: Site) -> Rebuild:
        """The rebuild of the lake at a place.

        Raises:
            LakeConflict: when its tables are those of another lake, by a link or in AWS Glue.
        """
        site.refuse_others()
        with site.beside() as lake:
            targets = Replay.of(lake, registry()).targets
        return cls(site, _damage(site), targets, frozenset(site.table_files()), frozenset(site.pointers()))

    @cached_property
    def had(self) -> set[str]:
        """SQL names of the tables that the lake has or had: from its catalog and its folders."""
        return {*self.pointers, *(name for path in self.files if (name := self.site.table_of(path)))}

    @property
    def on_request(self) -> list[str]:
        """Silver tables on request that the lake had."""
        return [item.name for item in registry().derived("silver") if item.opt_in and item.qualified in self.had]

    @property
    def gold(self) -> list[Table]:
        """Gold tables that the lake had, in build order."""
        return [item for item in registry().derived("gold") if item.qualified in self.had]

    @property
    def gold_seasons(self) -> list[int]:
        """Seasons of the gold tables that the lake had, newest first."""
        names = {item.qualified for item in self.gold}
        found = {match[1] for path in self.files if self.site.table_of(path) in names if (match := SEASON.search(path))}
        return sorted(map(int, found), reverse=True)

    @property
    def seasons(self) -> list[int]:
        """Seasons that raw has, newest first."""
        return sorted({season for _, season in self.targets if season is not None}, reverse=True)

    def build(self, lake: Lake, policy: BuildPolicy, progress: Progress) -> Iterator[DatasetSummary]:
        """Build everything in a lake beside the old one, dataset by dataset. A failure does not stop the others."""
        for endpoint, season in self.targets:
            yield _summary(endpoint.name, season, build_dataset(lake, endpoint, season, progress, policy))
        yield _summary("derived", None, derive_tables(lake, self.seasons, self.on_request, progress, policy))
        failed = set[str]()
        for step in plan_gold(lake, self.gold, self.gold_seasons) if self.gold else ():
            done = _summary(step.table.qualified, step.season, run_step(lake, step, progress, None, failed, policy))
            failed |= {step.table.qualified} if done.failed else set()
            yield done

    def finish(self, lake: Lake) -> tuple[list[str], DatasetSummary]:
        """Replace the catalog; what became of the tables, a line each, and those that are lost as failures."""
        self._complete_ops(lake)
        new, notes, lost = lake.home.pointers(), list[str](), DatasetSummary(dataset="rebuild", season=None)
        made, old = len(new), self.site.old()
        if old is not None and old.home.elsewhere is None:
            for name, address in old.home.pointers().items():
                if not (missing := _missing(old, lake, name)):
                    continue
                if damage_of(old, name, whole=True) is None:
                    new[name] = address
                    notes.append(f"kept as it was:    {name}: raw does not have {', '.join(missing[:3])}")
                else:
                    lost.fail(f"{name} {missing[0]}", f"it is damaged, and raw does not have {', '.join(missing[:3])}")
        self.site.swap(new)
        return [f"made from raw:     {made} tables", *notes, *self._not_derived()], lost

    def _complete_ops(self, lake: Lake) -> None:
        """Tables of the pipeline that have no row now, but existed: queries on them go on."""
        for table in registry().tables.values():
            if table.layer == MADE_ALONG and table.qualified in self.had and not lake.iceberg(table.qualified):
                lake.replace(table, PartitionKey())

    def _not_derived(self) -> Iterator[str]:
        """What raw does not have."""
        if not self.site.has(RUNS):
            yield f"not in raw:        {RUNS}/: there is no summary of earlier runs here"
        gold = "" if self.gold else "gold (`cbbd-etl gold --season all` builds it), "
        yield f"not in raw:        {gold}older versions of tables, gold as of an earlier date"


def _damage(site: Site) -> list[str]:
    try:
        old = site.open()
    except NoLake:
        return [f"{MARKER} of {site.location} is missing; it will be written for the source of the settings"]
    except PipelineError as error:
        return [str(error)]
    if old is None:
        return []
    warning = old.home.warning()
    return [warning] if warning else [str(error) for error in all_damage(old)]


def _summary(dataset: str, season: int | None, built: Built) -> DatasetSummary:
    done = DatasetSummary(dataset=dataset, season=season)
    done.take(built.reports, built.failed)
    return done


def _missing(old: Lake, new: Lake, name: str) -> list[str]:
    """Partitions that a table had and that the new one lacks, though no response of their season was withdrawn."""
    table = {item.qualified: item for item in _known_tables()}.get(name)
    if table is None:
        return ["all of it"]
    try:
        gone = sorted(old.inputs(table).keys() - new.inputs(table).keys())
    except LakeDamaged:
        return [] if new.iceberg(name) else ["all of it"]
    return [] if table.layer == MADE_ALONG else [key for key in gone if not _is_withdrawn(new, key)]


def _is_withdrawn(lake: Lake, key: str) -> bool:
    return is_withdrawn(lake, PartitionKey.parse(key).season)


def _known_tables() -> list[Table]:
    return [endpoint.table for endpoint in registry()] + list(registry().tables.values())
