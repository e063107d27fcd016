"""Which gold tables and seasons are to be built, in which order, and why: a value that can be printed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date

from quality.dataset import Table, registry
from tasks.build import Built, build_gold
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake
from tasks.layers.derive import fingerprints, stale_derived
from tasks.layers.policy import DEFAULT_POLICY, BuildPolicy
from tasks.layers.report import LayerReport

UP_TO_DATE, AFTER = "up to date", "after"


@dataclass(frozen=True)
class GoldStep:
    """One gold table and season (None: a table without seasons).

    Attributes:
        keys: its partitions that are not made from what the lake holds now.
        why: what is new for them, `up to date`, which table is built before, or what they wait for.
    """

    table: Table
    season: int | None
    keys: tuple[PartitionKey, ...]
    why: str

    @property
    def name(self) -> str:
        """Table and season as people say it."""
        return self.table.name if self.season is None else f"{self.table.name} {self.season}"


def gold_tables(names: Iterable[str] = ()) -> list[Table]:
    """The named gold tables and the gold tables that these are made from, in the order of building; default: all."""
    tables, wanted = registry().derived("gold"), set(names)
    for table in reversed(tables if wanted else []):
        if table.name in wanted and table.derivation is not None:
            wanted |= {other.name for other in table.derivation.tables if other.layer == "gold"}
    return [table for table in tables if not wanted or table.name in wanted]


def plan_gold(lake: Lake, tables: Iterable[Table], seasons: Iterable[int], as_of: date | None = None) -> list[GoldStep]:
    """Every step of a run: table after table in the order of building, of each the oldest season first."""
    wanted, steps = sorted(seasons), list[GoldStep]()
    for table in tables:
        read = {other.qualified for other in table.derivation.tables} if table.derivation else set()
        before = list(dict.fromkeys(step.table.qualified for step in steps if step.keys or step.why.startswith(AFTER)))
        first = ", ".join(name for name in before if name in read)
        for step in _steps(lake, table, wanted, as_of):
            steps.append(replace(step, why=f"{AFTER} {first}") if first and not step.keys else step)
    return steps


def _steps(lake: Lake, table: Table, seasons: list[int], as_of: date | None) -> list[GoldStep]:
    possible, stale = fingerprints(lake, table, as_of), stale_derived(lake, table, as_of)
    steps = []
    for season in seasons if table.season_column is not None else [None]:
        keys = tuple(key for key in stale if key.season == season)
        there = any(key.season == season for key in possible)
        why = "; ".join(dict.fromkeys(stale[key] for key in keys)) or (UP_TO_DATE if there else _waits(lake, table))
        steps.append(GoldStep(table, season, keys, why))
    return steps


def _waits(lake: Lake, table: Table) -> str:
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
    """Build what is stale of one table and season as it is now; not on top of tables whose build failed.

    Args:
        failed: qualified names of tables that could not be built in this run.
    """
    table, season = step.table, step.season
    read = {other.qualified for other in table.derivation.tables} if table.derivation else set()
    if broken := sorted(read & set(failed)):
        return Built([], [(table.qualified, f"not built, because {', '.join(broken)} failed before it")])
    return build_gold(lake, table, season, as_of, progress, policy)
