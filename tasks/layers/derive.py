"""Builds silver and gold tables that are computed from other tables, partition by partition."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import polars as pl

from quality.dataset import Input, Table, registry
from quality.derivation import GAME
from quality.rules.nulls import without_values
from quality.validate import RowRule, check
from tasks.lake.iceberg import PartitionKey, next_month
from tasks.lake.lake import Lake
from tasks.layers._days import Plan, Span
from tasks.layers._games import Games
from tasks.layers._publish import publishing
from tasks.layers._versions import without_repeats
from tasks.layers.derived_inputs import by_day, derivation, feeds, fingerprints, partitions, scan
from tasks.layers.policy import DEFAULT_POLICY, BuildPolicy
from tasks.layers.report import LayerReport
from tasks.layers.rules import check_new

SLICE = 4  # days of plays that are exploded at a time, to limit memory
SHOWN = 12  # names in a warning


def derivable(lake: Lake, named: Iterable[str] = ()) -> list[Table]:
    """Silver tables to keep up to date. Tables on request are included if they are named or exist already."""
    wanted = set(named)
    return [
        table
        for table in registry().derived("silver")
        if not table.opt_in or table.name in wanted or lake.iceberg(table.qualified) is not None
    ]


def build_derived(
    lake: Lake,
    table: Table,
    key: PartitionKey,
    as_of: date | None = None,
    policy: BuildPolicy = DEFAULT_POLICY,
    *,
    rebuild_all: bool = False,
) -> LayerReport:
    """Rebuild one partition from the tables that it is computed from.

    Of a month, and of a season that is built by games, the days are built whose inputs changed.

    Args:
        as_of: build with the knowledge of the morning of this date: see `known_before`.
        rebuild_all: all days.

    Raises:
        ContractViolation: when too many rows violate the contract (in gold: any row), a rule about the gold table is
            broken, or too few rows are left. The previous version stays.
        BadInput: when a table of the lake is older than its contract.
    """
    made = derivation(table)
    rules = [RowRule(f"{name} is unique", name, pl.col(name).is_first_distinct()) for name in made.unique]
    make, good = maker(table, key), list[pl.DataFrame]()
    inputs = fingerprints(lake, table, as_of)[key]
    games = Games.of(lake, table, key) if made.by_game and key.month is None and as_of is None else None
    wanted = games.by_day if games else by_day(lake, table, key) if as_of is None else {}
    plan = Plan.of(lake, table, key, wanted, rebuild_all=rebuild_all)
    with publishing(lake, table, plan, inputs, policy, may_shrink=as_of is not None) as out:
        for span, frames in games.frames(plan) if games and wanted else _inputs(lake, table, plan, as_of):
            rows = make(*frames).select(list(table.by_name)).collect()
            distinct = without_repeats(rows, table)
            checked = check(distinct, table, rules)  # in the order of `make`: the first of equal keys stays
            checked = replace(checked, good=checked.good.sort(table.sort, maintain_order=True))
            out.add(checked, rows.height - distinct.height, span)
            good += [checked.good] if table.layer == "gold" else []
        out.report.warnings += [*_replaced(lake, table, key), *_without_values(table, good)]
        if good and key.season is not None and not out.report.quarantined:
            out.report.require_rules(check_new(lake, table, key.season, pl.concat(good), as_of))
    return out.report


def maker(table: Table, key: PartitionKey) -> Callable[..., pl.LazyFrame]:
    """The function that builds a partition. If it reads other seasons too, it is called with the season to build."""
    made = derivation(table)
    make: Callable[..., pl.LazyFrame] = pkgutil.resolve_name(made.make) if isinstance(made.make, str) else made.make
    return partial(make, season=key.season) if any(item.history or item.ahead for item in made.inputs) else make


def _inputs(
    lake: Lake, table: Table, plan: Plan, as_of: date | None
) -> Iterator[tuple[Span | None, list[pl.LazyFrame]]]:
    """Frames of the inputs. A month is read in spans of days; other inputs without months are whole in each."""
    inputs = derivation(table).inputs
    frames = [scan(lake, item, plan.key, as_of) for item in inputs]
    if plan.key.month is None:
        yield None, [frame.select(list(item.schema)) for item, frame in zip(inputs, frames, strict=True)]
        return
    spans = plan.spans(lambda span: (span[1] - span[0]).days + 1, SLICE) if plan.wanted else _slices(plan.key.month)
    for span in spans:
        yield span, _of_days(inputs, frames, span)


def _slices(month: date) -> list[Span]:
    """All days of a month in spans."""
    last, step = next_month(month) - timedelta(days=1), timedelta(days=SLICE)
    starts = [month + number * step for number in range(-(-last.day // SLICE))]
    return [(first, min(first + step - timedelta(days=1), last)) for first in starts]


def _of_days(inputs: Iterable[Input], frames: Iterable[pl.LazyFrame], span: Span) -> list[pl.LazyFrame]:
    """Rows of a span of days, such that those of a day are the same in every span.

    A game may have plays on another day than the schedule has: then the schedule's row is not one of the day of the
    plays, also if it is one of another day of the span.
    """
    days = [(item, _days(item, frame, span)) for item, frame in zip(inputs, frames, strict=True)]
    places = [
        frame.select(GAME, day=str(item.table.month_column))
        for item, frame in days
        if item.table.month_column and GAME in item.table.by_name
    ]
    return [
        (
            frame.join(pl.concat(places).unique(), left_on=[GAME, item.same_days], right_on=[GAME, "day"], how="semi")
            if item.same_days and GAME in item.schema and places
            else frame
        ).select(list(item.schema))
        for item, frame in days
    ]


def _days(item: Input, frame: pl.LazyFrame, span: Span) -> pl.LazyFrame:
    column = item.table.month_column or item.same_days
    return frame if column is None else frame.filter(pl.col(column).is_between(*span))


def _replaced(lake: Lake, table: Table, key: PartitionKey) -> list[str]:
    """The inputs that the lake does not have for a season, each with what is used instead."""
    return [
        f"{item.table.qualified} has no rows of the season: {item.stand_in.words}"
        for item in derivation(table).inputs
        if item.stand_in and not any(feeds(key, other) for other in partitions(lake, item, None))
    ]


def _without_values(table: Table, parts: list[pl.DataFrame]) -> list[str]:
    """Columns of a gold table without any value, as text."""
    missing = without_values(table, pl.concat(parts)) if parts else []
    if not missing:
        return []
    more = f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
    return [
        f"{len(missing)} columns are null in every row that should have a value, usually because the lake lacks their "
        f"source or the source never sent them: {', '.join(missing[:SHOWN])}{more}"
    ]
