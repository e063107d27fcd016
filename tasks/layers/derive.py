"""Builds silver and gold tables that are computed from other tables, partition by partition."""

from __future__ import annotations

import hashlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import polars as pl

from quality.dataset import Derivation, Input, Partition, Table, registry
from quality.point_in_time import known_before
from quality.rules.nulls import without_values
from quality.validate import RowRule, check
from tasks.errors import BadInput
from tasks.lake.content import hash_frame
from tasks.lake.iceberg import PartitionKey, next_month
from tasks.lake.lake import Lake
from tasks.layers._publish import publishing
from tasks.layers._versions import without_repeats
from tasks.layers.policy import DEFAULT_POLICY, BuildPolicy
from tasks.layers.report import LayerReport, fingerprint
from tasks.layers.rules import check_new

SLICE = timedelta(days=4)  # days of plays that are exploded at a time, to limit memory
SHOWN = 12  # names in a warning
DIGITS = 16  # length of a part of a fingerprint: enough to distinguish versions of one partition


def derivable(lake: Lake, named: Iterable[str] = ()) -> list[Table]:
    """Silver tables to keep up to date. Tables on request are included if they are named or exist already."""
    wanted = set(named)
    return [
        table
        for table in registry().derived("silver")
        if not table.opt_in or table.name in wanted or lake.iceberg(table.qualified) is not None
    ]


def stale_derived(
    lake: Lake, table: Table, as_of: date | None = None, *, rebuild_all: bool = False
) -> dict[PartitionKey, str]:
    """Partitions whose inputs differ from those of their last build, each with what changed.

    Args:
        as_of: as for `build_derived`.
        rebuild_all: all partitions that can be built.
    """
    known, wanted = {} if rebuild_all else lake.inputs(table), fingerprints(lake, table, as_of)
    return {
        key: _difference(known.get(str(key)), value)
        for key, value in sorted(wanted.items())
        if known.get(str(key)) != value
    }


def fingerprints(lake: Lake, table: Table, as_of: date | None = None) -> dict[PartitionKey, str]:
    """Current fingerprint of each partition that can be built: `contract=1f… silver.fct_games=0c…`."""
    present = [(item, _partitions(lake, item, as_of)) for item in _derivation(table).read]
    keys = {_rounded(key, table) for item, found in present if _finer(item, table) for key in found}
    return {key: _fingerprint(table, key, present, as_of) for key in keys if _has_inputs(key, present)}


Partitions = dict[PartitionKey, str]  # of a table: the fingerprint of each partition


def _partitions(lake: Lake, item: Input, as_of: date | None) -> Partitions:
    known = {PartitionKey.parse(name): value for name, value in lake.inputs(item.table).items()}
    return known if item.same_days is None else _months(lake, item, known, as_of)


def _months(lake: Lake, item: Input, known: Partitions, as_of: date | None) -> Partitions:
    """The months of an input without months, each by the content of its rows, and its seasons without a fingerprint."""
    found: Partitions = dict.fromkeys(known, "")
    for season in known:
        rows = _scan(lake, item, season, as_of).select(list(item.schema)).collect()
        for (month,), part in rows.group_by(pl.col(item.same_days or "").dt.month_start()):
            if isinstance(month, date):
                found[PartitionKey(season.season, month)] = str(hash_frame(part, leave_out=frozenset()))
    return found


def _has_inputs(key: PartitionKey, present: list[tuple[Input, Partitions]]) -> bool:
    """Whether every input that is not optional has a partition for a key, or a stand-in that has one."""
    return not _absent(key, present)


def _absent(key: PartitionKey, present: list[tuple[Input, Partitions]]) -> list[Table]:
    """Tables without which a partition cannot be built."""
    fed = {item.table.qualified for item, found in present if any(_feeds(key, other) for other in found)}

    def is_there(item: Input) -> bool:
        other = item.stand_in.table if item.stand_in else item.table
        return item.optional or not fed.isdisjoint({item.table.qualified, other.qualified})

    return [item.table for item, _ in present if not is_there(item)]


def waiting_for(lake: Lake, table: Table, season: int | None) -> list[Table]:
    """The inputs that keep a table from being built for a season, because the lake has no rows of them."""
    return _absent(PartitionKey(season), [(item, _partitions(lake, item, None)) for item in _derivation(table).read])


def _derivation(table: Table) -> Derivation:
    assert table.derivation is not None, f"{table.qualified} is not computed from other tables"
    return table.derivation


def _finer(item: Input, table: Table) -> bool:
    """Whether an input has partitions as fine as the table's. Those of a coarser input are used for several of them."""
    grain = list(Partition)
    return grain.index(item.table.partition) >= grain.index(table.partition)


def _rounded(key: PartitionKey, table: Table) -> PartitionKey:
    if table.partition is Partition.MONTH:
        return key
    return PartitionKey(key.season if table.partition is Partition.SEASON else None)


def _feeds(key: PartitionKey, other: PartitionKey, item: Input | None = None) -> bool:
    """Whether rows of an input's partition are used for a partition of the table; without an input, of its season."""
    if None not in (key.month, other.month) and key.month != other.month:
        return False
    if key.season is None or other.season is None:
        return True
    if item is None or other.season == key.season:
        return other.season == key.season
    return (item.history and other.season < key.season) or (item.ahead and other.season == key.season + 1)


def _fingerprint(table: Table, key: PartitionKey, present: list[tuple[Input, Partitions]], as_of: date | None) -> str:
    made = _derivation(table)
    standing_in = [item.stand_in.words for item in made.inputs if item.stand_in]
    parts = {"contract": fingerprint(table, [str(made.version), *made.unique, *standing_in])[:DIGITS]}
    for item, found in present:
        lines = [f"{k} {value}" for k, value in found.items() if _feeds(key, k, item)]
        text = "\n".join([*item.columns, *sorted(lines)])
        parts[item.table.qualified] = hashlib.sha256(text.encode()).hexdigest()[:DIGITS]
    parts |= {"as_of": as_of.isoformat()} if as_of else {}
    return " ".join(f"{name}={value}" for name, value in parts.items())


def _difference(known: str | None, wanted: str) -> str:
    """Difference between two fingerprints, as text."""
    if known is None:
        return "not there yet"
    old, new = (dict(part.partition("=")[::2] for part in text.split()) for text in (known, wanted))
    return "changed: " + ", ".join(sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name)))


def build_derived(
    lake: Lake, table: Table, key: PartitionKey, as_of: date | None = None, policy: BuildPolicy = DEFAULT_POLICY
) -> LayerReport:
    """Rebuild one partition from the tables that it is computed from.

    Args:
        as_of: build with the knowledge of the morning of this date: see `known_before`.

    Raises:
        ContractViolation: when too many rows violate the contract (in gold: any row), a rule about the gold table is
            broken, or too few rows are left. The previous version stays.
        BadInput: when a table of the lake is older than its contract.
    """
    made = _derivation(table)
    rules = [RowRule(f"{name} is unique", name, pl.col(name).is_first_distinct()) for name in made.unique]
    make, good = maker(table, key), list[pl.DataFrame]()
    inputs = fingerprints(lake, table, as_of)[key]
    with publishing(lake, table, key, inputs, policy, may_shrink=as_of is not None) as out:
        for frames in _inputs(lake, table, key, as_of):
            rows = make(*frames).select(list(table.by_name)).collect()
            distinct = without_repeats(rows, table)
            checked = check(distinct, table, rules)  # in the order of `make`: the first of equal keys stays
            checked = replace(checked, good=checked.good.sort(table.sort, maintain_order=True))
            out.add(checked, rows.height - distinct.height)
            good += [checked.good] if table.layer == "gold" else []
        out.report.warnings += [*_replaced(lake, table, key), *_without_values(table, good)]
        if good and key.season is not None and not out.report.quarantined:
            out.report.require_rules(check_new(lake, table, key.season, pl.concat(good), as_of))
    return out.report


def maker(table: Table, key: PartitionKey) -> Callable[..., pl.LazyFrame]:
    """The function that builds a partition. If it reads other seasons too, it is called with the season to build."""
    made = _derivation(table)
    make: Callable[..., pl.LazyFrame] = pkgutil.resolve_name(made.make) if isinstance(made.make, str) else made.make
    return partial(make, season=key.season) if any(item.history or item.ahead for item in made.inputs) else make


def _inputs(lake: Lake, table: Table, key: PartitionKey, as_of: date | None) -> Iterator[list[pl.LazyFrame]]:
    """Frames of the inputs. A month is read in slices of days; other inputs without months are whole in each."""
    inputs = _derivation(table).inputs
    frames = [_scan(lake, item, key, as_of) for item in inputs]
    if key.month is None:
        yield [frame.select(list(item.schema)) for item, frame in zip(inputs, frames, strict=True)]
        return
    first = key.month
    while first < next_month(key.month):
        yield [_days(item, frame, first) for item, frame in zip(inputs, frames, strict=True)]
        first += SLICE


def _days(item: Input, frame: pl.LazyFrame, first: date) -> pl.LazyFrame:
    if (column := item.table.month_column or item.same_days) is not None:
        frame = frame.filter(pl.col(column).is_between(first, first + SLICE, closed="left"))
    return frame.select(list(item.schema))


def _scan(lake: Lake, item: Input, key: PartitionKey, as_of: date | None) -> pl.LazyFrame:
    """Rows of an input for a partition, with the columns that it reads and those used to filter."""
    rows = _rows(lake, item, key, as_of)
    if item.stand_in is None or item.replacement is None:
        return rows
    season, names = str(item.table.season_column), list(item.schema)
    made = item.stand_in.make(_rows(lake, item.replacement, key, as_of).select(list(item.replacement.schema)))
    missing = made.join(rows.select(season).unique(), on=season, how="anti")
    return pl.concat(
        [rows.select(names), missing.select(pl.col(name).cast(kind) for name, kind in item.schema.items())]
    )


def _replaced(lake: Lake, table: Table, key: PartitionKey) -> list[str]:
    """The inputs that the lake does not have for a season, each with what is used instead."""
    return [
        f"{item.table.qualified} has no rows of the season: {item.stand_in.words}"
        for item in _derivation(table).inputs
        if item.stand_in and not any(_feeds(key, other) for other in _partitions(lake, item, None))
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


def _rows(lake: Lake, item: Input, key: PartitionKey, as_of: date | None) -> pl.LazyFrame:
    table = item.table
    if (found := lake.iceberg(table.qualified)) is None:
        return pl.LazyFrame(schema={column.name: column.dtype for column in table.columns})
    missing = sorted(item.schema.keys() - {field.name for field in found.schema().fields})
    if missing:
        raise BadInput(
            f"{table.qualified} in {lake.location} was built before it had {', '.join(missing)}; "
            "run flows/ingest.py for its seasons first"
        )
    rows = lake.scan(table.qualified).filter(_holds(item, key))
    return rows if as_of is None else known_before(rows, table, as_of)


def _holds(item: Input, key: PartitionKey) -> pl.Expr:
    table, season = item.table, item.table.season_column
    month = PartitionKey(None, key.month if table.month_column else None).holds(table)
    if season is None or key.season is None:
        return month
    newest = key.season + item.ahead
    return month & (pl.col(season) <= newest if item.history else pl.col(season).is_between(key.season, newest))
