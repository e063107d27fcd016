"""Builds the tables of a lake that are out of date. Used by ingest, backfill, gap-fill, gold and replay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import partial

from quality.contracts.ops import CONFLICTS, CORRECTIONS
from quality.dataset import Endpoint, Partition, Table, registry
from tasks.corrections.table import build_corrections, stale_corrections
from tasks.lake.cached import CachedLake
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake
from tasks.layers.bronze import build_bronze, stale_partitions
from tasks.layers.building import Building, Built, Piece, Progress
from tasks.layers.conflicts import build_conflicts, stale_conflicts
from tasks.layers.derive import build_derived, derivable
from tasks.layers.derived_inputs import fingerprints, stale_derived
from tasks.layers.guard import holds
from tasks.layers.overrides import Override
from tasks.layers.policy import DEFAULT_POLICY, BuildPolicy
from tasks.layers.silver import build_silver, silver_partitions, silver_sources, stale_silver
from tasks.layers.sources import Source, partition_of, sources
from tasks.layers.withdrawal import clear, vanished
from tasks.layers.words import Words, with_words


def build_dataset(
    lake: Lake,
    endpoint: Endpoint,
    season: int | None,
    progress: Progress,
    policy: BuildPolicy = DEFAULT_POLICY,
    *,
    rebuild_all: bool = False,
) -> Built:
    """Rebuild the bronze and silver partitions of a dataset whose inputs changed; with `rebuild_all`, all of them."""
    work, adjusted = Building(lake, progress, policy.process), policy.adjusted(endpoint)
    work.all_of(endpoint.bronze, partial(_stale_bronze, lake, adjusted, season, rebuild_all=rebuild_all))
    for table in registry().silver_of(endpoint) if not work.failed else ():
        failed = len(work.failed)
        work.all_of(table.qualified, partial(_stale_silver, lake, table, season, policy, rebuild_all=rebuild_all))
        if len(work.failed) == failed:  # corrections must match the published rows
            work.all_of(
                CORRECTIONS.qualified, partial(_stale_corrections, lake, table, season, policy, rebuild_all=rebuild_all)
            )
    return replace(work.done, held=holds(CachedLake(lake), endpoint, season))


# Stale partitions are found in a cached lake. They are built from the lake itself, at its newest version.


def _stale_bronze(lake: Lake, endpoint: Endpoint, season: int | None, *, rebuild_all: bool) -> Iterator[Piece]:
    cached = CachedLake(lake)
    found = sources(cached, endpoint, season)
    for key, items in stale_partitions(cached, endpoint, found, rebuild_all=rebuild_all).items():
        yield f"{endpoint.bronze} {key}", partial(build_bronze, lake, endpoint, key, items, rebuild_all=rebuild_all)
    for key in vanished(cached, endpoint.table, season, _of_bronze(endpoint, found), [endpoint]):
        yield f"{endpoint.bronze} {key}", partial(clear, lake, endpoint.table, key)


def _of_bronze(endpoint: Endpoint, found: list[Source]) -> set[PartitionKey]:
    return {partition_of(endpoint, item) for item in found}


def _stale_silver(
    lake: Lake, table: Table, season: int | None, policy: BuildPolicy, *, rebuild_all: bool
) -> Iterator[Piece]:
    cached = CachedLake(lake)
    found = silver_sources(cached, table, season)
    stale = stale_silver(cached, table, found, policy.overrides, policy.words, rebuild_all=rebuild_all)
    for key, items in stale.items():
        build = partial(build_silver, lake, table, key, items, policy, rebuild_all=rebuild_all)
        yield f"{table.qualified} {key}", build
    for key in vanished(cached, table, season, silver_partitions(cached, table, found), _routes(table)):
        yield f"{table.qualified} {key}", partial(clear, lake, table, key)


def _routes(table: Table) -> list[Endpoint]:
    return registry().routes(table.source) if table.source else []


def _stale_corrections(
    lake: Lake, table: Table, season: int | None, policy: BuildPolicy, *, rebuild_all: bool
) -> Iterator[Piece]:
    stale = stale_corrections(CachedLake(lake), table, season, policy.overrides, rebuild_all=rebuild_all)
    for scope, history in stale.items():
        spans = [replace(span, endpoint=policy.adjusted(span.endpoint)) for span in history]
        build = partial(build_corrections, lake, table, scope, spans, policy.overrides)
        yield f"{CORRECTIONS.qualified} {scope}", build


def _stale_derived(lake: Lake, table: Table, policy: BuildPolicy, *, rebuild_all: bool) -> Iterator[Piece]:
    view = CachedLake(lake)
    for key in stale_derived(view, table, rebuild_all=rebuild_all):
        build = partial(build_derived, lake, table, key, None, policy, rebuild_all=rebuild_all)
        yield f"{table.qualified} {key}", build
    for key in _vanished_derived(view, table):
        yield f"{table.qualified} {key}", partial(clear, lake, table, key)


def _vanished_derived(lake: Lake, table: Table, as_of: date | None = None) -> list[PartitionKey]:
    present = fingerprints(lake, table, as_of)
    seasons = {PartitionKey.parse(name).season for name in lake.inputs(table)} - {key.season for key in present}
    seasons |= {key.season for key in present} if table.partition is Partition.MONTH else set()
    return [key for season in seasons for key in vanished(lake, table, season, present)]


def _stale_conflicts(lake: Lake, season: int, *, rebuild_all: bool) -> Iterator[Piece]:
    for key, found in stale_conflicts(CachedLake(lake), season, rebuild_all=rebuild_all).items():
        yield f"{CONFLICTS.qualified} {key}", partial(build_conflicts, lake, key, found)


def derive_tables(
    lake: Lake,
    seasons: list[int],
    named: list[str],
    progress: Progress,
    policy: BuildPolicy = DEFAULT_POLICY,
    *,
    rebuild_all: bool = False,
) -> Built:
    """Update what is computed from other tables: columns looked up in them, and whole tables.

    Args:
        named: tables on request that the user has named.
        rebuild_all: rebuild the tables even if their inputs are the same.
    """
    done = [build_dataset(lake, endpoint, season, progress, policy) for endpoint in _looking_up() for season in seasons]
    work = Building(lake, progress, policy.process)
    for table in derivable(lake, named):
        work.all_of(table.qualified, partial(_stale_derived, lake, table, policy, rebuild_all=rebuild_all))
    for season in seasons:
        work.all_of(CONFLICTS.qualified, partial(_stale_conflicts, lake, season, rebuild_all=rebuild_all))
    done.append(work.done)
    return Built([r for built in done for r in built.reports], [f for built in done for f in built.failed])


def build_gold(
    lake: Lake,
    table: Table,
    season: int | None,
    as_of: date | None,
    progress: Progress,
    policy: BuildPolicy = DEFAULT_POLICY,
) -> Built:
    """Build the stale partitions of one gold table and season: see `build_derived` for `as_of`."""

    def stale() -> Iterator[Piece]:
        for key in stale_derived(lake, table, as_of):
            if key.season == season:
                yield f"{table.qualified} {key}", partial(build_derived, lake, table, key, as_of, policy)
        for key in _vanished_derived(lake, table, as_of):
            if key.season == season:
                yield f"{table.qualified} {key}", partial(clear, lake, table, key)

    work = Building(lake, progress, policy.process)
    work.all_of(table.qualified, stale)
    return work.done


def is_stale(
    lake: Lake, endpoint: Endpoint, season: int | None, overrides: Sequence[Override], words: Words = ()
) -> bool:
    """Whether any bronze or silver partition of a dataset was not built from the newest responses.

    Args:
        overrides: the current overrides of all tables.
        words: an operator's words for drift.
    """
    found, adjusted = sources(lake, endpoint, season), with_words(endpoint, words)
    if stale_partitions(lake, adjusted, found):
        return True
    if vanished(lake, endpoint.table, season, _of_bronze(endpoint, found), [endpoint]):
        return True
    tables: list[Table] = registry().silver_of(endpoint)
    if any(_is_silver_stale(lake, table, season, overrides, words) for table in tables):
        return True
    return any(stale_corrections(lake, table, season, overrides) for table in tables)


def _is_silver_stale(lake: Lake, table: Table, season: int | None, overrides: Sequence[Override], words: Words) -> bool:
    found = silver_sources(lake, table, season)
    if stale_silver(lake, table, found, overrides, words):
        return True
    return bool(vanished(lake, table, season, silver_partitions(lake, table, found), _routes(table)))


def is_derived_stale(
    lake: Lake, seasons: list[int], named: list[str], overrides: Sequence[Override], words: Words = ()
) -> bool:
    """Whether anything computed from other tables was not built from their newest versions."""
    looking = ((endpoint, season) for endpoint in _looking_up() for season in seasons)
    if any(is_stale(lake, *item, overrides, words) for item in looking):
        return True
    if any(stale_derived(lake, table) or _vanished_derived(lake, table) for table in derivable(lake, named)):
        return True
    return any(stale_conflicts(lake, season) for season in seasons)


def _looking_up() -> list[Endpoint]:
    """Endpoints with a silver table that looks up values in tables of other endpoints."""
    return [item for item in registry() if any(table.lookup for table in registry().silver_of(item))]
