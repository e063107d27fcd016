"""Plan of a gold build: which tables and seasons, in which order, and why. The plan is a value that can be printed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from quality.dataset import Input, Table, registry
from tasks.build import build_gold
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake
from tasks.layers.building import Built
from tasks.layers.derived_inputs import stale_derived, waiting_for
from tasks.layers.policy import DEFAULT_POLICY, BuildPolicy
from tasks.layers.report import LayerReport

UP_TO_DATE, AFTER = "up to date", "after"


@dataclass(frozen=True)
class GoldStep:
    """One gold table and season (None: a table without seasons).

    Attributes:
        keys: partitions that are out of date.
        why: what changed for them; `up to date`; the table that is built before; or the inputs that the season lacks.
    """

    table: Table
    season: int | None
    keys: tuple[PartitionKey, ...]
    why: str

    @property
    def name(self) -> str:
        """Table and season for display."""
        return self.table.name if self.season is None else f"{self.table.name} {self.season}"


def gold_tables(names: Iterable[str] = ()) -> list[Table]:
    """The named gold tables and the gold tables that they are computed from, in build order; default: all."""
    tables, wanted = registry().derived("gold"), set(names)
    if not wanted:
        return list(tables)
    for table in reversed(tables):
        if table.name in wanted:
            wanted |= {other.name for other in _inputs(table) if other.layer == "gold"}
    return [table for table in tables if table.name in wanted]


def plan_gold(lake: Lake, tables: Iterable[Table], seasons: Iterable[int], as_of: date | None = None) -> list[GoldStep]:
    """Every step of a run, in build order of the tables; for each table the oldest season first."""
    wanted, steps = sorted(seasons), list[GoldStep]()
    for table in tables:
        stale = stale_derived(lake, table, as_of)
        for season in _planned(lake, table, wanted, stale) if table.season_column is not None else [None]:
            keys = tuple(key for key in stale if key.season == season)
            changes = "; ".join(dict.fromkeys(stale[key] for key in keys))
            steps.append(GoldStep(table, season, keys, changes or _why_not(lake, table, season, steps)))
    return steps


def _planned(lake: Lake, table: Table, wanted: list[int], stale: Iterable[PartitionKey]) -> list[int]:
    """The wanted seasons; of a table that reads the next season also the ones before that are built and stale.

    In autumn a run builds the new season, whose rosters change the outlook of the one before.
    """
    if table.derivation is None or not any(item.ahead for item in table.derivation.inputs):
        return wanted
    built = lake.inputs(table)
    before = {key.season for key in stale if key.season is not None and str(key) in built}
    return sorted({*wanted, *(before & {season - 1 for season in wanted})})


def _inputs(table: Table) -> tuple[Table, ...]:
    return tuple(table.derivation.tables) if table.derivation else ()


def _why_not(lake: Lake, table: Table, season: int | None, before: list[GoldStep]) -> str:
    """Why nothing of a table and season is built as the lake is now."""
    read = {other.qualified for other in _inputs(table)}
    built = [step for step in before if step.season == season and (step.keys or step.why.startswith(AFTER))]
    first = [step.table.qualified for step in built if step.table.qualified in read]
    if missing := [name for name in missing_inputs(lake, table, season) if name not in first]:
        return f"waits for {', '.join(missing)}"
    return f"{AFTER} {', '.join(first)}" if first else UP_TO_DATE


def missing_inputs(lake: Lake, table: Table, season: int | None) -> list[str]:
    """Names of the tables that a gold table needs for a season and of which the lake has no rows for it."""
    return [other.qualified for other in waiting_for(lake, table, season)]


def endpoints_for(lake: Lake, names: Iterable[str]) -> list[str]:
    """Endpoints that fill tables which the lake lacks, directly or through other such tables."""
    tables, left, found = registry().tables, list(names), set[str]()
    while left:
        table = tables[left.pop()]
        found |= {table.source.name} if table.source else set()
        needed = [item for item in table.derivation.inputs if not item.optional] if table.derivation else []
        left += [item.table.qualified for item in needed if not _is_there(lake, item)]
    return [endpoint.name for endpoint in registry() if endpoint.name in found]


def _is_there(lake: Lake, item: Input) -> bool:
    """Whether the lake has rows of an input, or what stands in for them."""
    return bool(lake.inputs(item.table) or (item.stand_in and lake.inputs(item.stand_in.table)))


def run_step(
    lake: Lake,
    step: GoldStep,
    progress: Callable[[LayerReport], None],
    as_of: date | None = None,
    failed: Iterable[str] = (),
    policy: BuildPolicy = DEFAULT_POLICY,
) -> Built:
    """Build the partitions of one table and season that are out of date, unless an input failed to build.

    Args:
        failed: qualified names of tables that could not be built in this run.
    """
    table, season = step.table, step.season
    if broken := sorted({other.qualified for other in _inputs(table)} & set(failed)):
        return Built([], [(table.qualified, f"not built, because {', '.join(broken)} failed before it")])
    return build_gold(lake, table, season, as_of, progress, policy)
