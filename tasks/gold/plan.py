"""Plan of a gold build: which tables and seasons, in which order, and why. The plan is a value that can be printed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date

from quality.dataset import Table, registry
from tasks.build import build_gold
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake
from tasks.layers.building import Built
from tasks.layers.derive import fingerprints, stale_derived
from tasks.layers.policy import DEFAULT_POLICY, BuildPolicy
from tasks.layers.report import LayerReport

UP_TO_DATE, AFTER = "up to date", "after"


@dataclass(frozen=True)
class GoldStep:
    """One gold table and season (None: a table without seasons).

    Attributes:
        keys: partitions that are out of date.
        why: what changed for them; `up to date`; the table that is built before; or the inputs that are missing.
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
        first = ", ".join(_built_before(table, steps))
        for step in _steps(lake, table, wanted, as_of):
            steps.append(replace(step, why=f"{AFTER} {first}") if first and not step.keys else step)
    return steps


def _inputs(table: Table) -> tuple[Table, ...]:
    return tuple(table.derivation.tables) if table.derivation else ()


def _built_before(table: Table, steps: list[GoldStep]) -> list[str]:
    """Tables that the given steps build and that a table is computed from."""
    read = {other.qualified for other in _inputs(table)}
    built = dict.fromkeys(step.table.qualified for step in steps if step.keys or step.why.startswith(AFTER))
    return [name for name in built if name in read]


def _steps(lake: Lake, table: Table, seasons: list[int], as_of: date | None) -> list[GoldStep]:
    possible, stale = fingerprints(lake, table, as_of), stale_derived(lake, table, as_of)
    steps = []
    for season in seasons if table.season_column is not None else [None]:
        keys = tuple(key for key in stale if key.season == season)
        changes = "; ".join(dict.fromkeys(stale[key] for key in keys))
        steps.append(GoldStep(table, season, keys, changes or _why_not(lake, table, season, possible)))
    return steps


def _why_not(lake: Lake, table: Table, season: int | None, possible: Iterable[PartitionKey]) -> str:
    """Why nothing of a table and season is built."""
    if any(key.season == season for key in possible):
        return UP_TO_DATE
    inputs = table.derivation.inputs if table.derivation else ()
    missing = [item.table.qualified for item in inputs if not item.optional and not lake.inputs(item.table)]
    return f"waits for {', '.join(missing)}" if missing else "waits for its inputs of the season"


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
