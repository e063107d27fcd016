"""What silver and gold tables that are computed from others are made from: rows, partitions and their fingerprints."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import date

import polars as pl

from quality.dataset import Derivation, Input, Partition, Table
from quality.point_in_time import known_before
from tasks.errors import BadInput
from tasks.lake.content import hash_by
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake
from tasks.layers._days import DIGITS, inputs_by_day
from tasks.layers.report import fingerprint


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
    present = [(item, partitions(lake, item, as_of)) for item in derivation(table).read]
    keys = {_rounded(key, table) for item, found in present if _finer(item, table) for key in found}
    return {key: _fingerprint(table, key, present, as_of) for key in keys if _has_inputs(key, present)}


Partitions = dict[PartitionKey, str]  # of a table: the fingerprint of each partition


def partitions(lake: Lake, item: Input, as_of: date | None) -> Partitions:
    """Partitions of an input; of one that is read by days, its months, each by the content of its rows."""
    known = {PartitionKey.parse(name): value for name, value in lake.inputs(item.table).items()}
    return known if item.same_days is None else _months(lake, item, known, as_of)


def _months(lake: Lake, item: Input, known: Partitions, as_of: date | None) -> Partitions:
    """The months of an input without months, each by the content of its rows, and its seasons without a fingerprint."""
    found: Partitions = dict.fromkeys(known, "")
    for season in known:
        rows = scan(lake, item, season, as_of).select(list(item.schema)).collect()
        for month, content in hash_by(rows, pl.col(item.same_days or "").dt.month_start()).items():
            if isinstance(month, date):
                found[PartitionKey(season.season, month)] = str(content)
    return found


def _has_inputs(key: PartitionKey, present: list[tuple[Input, Partitions]]) -> bool:
    """Whether every input that is not optional has a partition for a key, or a stand-in that has one."""
    return not _absent(key, present)


def _absent(key: PartitionKey, present: list[tuple[Input, Partitions]]) -> list[Table]:
    """Tables without which a partition cannot be built."""
    fed = {item.table.qualified for item, found in present if any(feeds(key, other) for other in found)}

    def is_there(item: Input) -> bool:
        other = item.stand_in.table if item.stand_in else item.table
        return item.optional or not fed.isdisjoint({item.table.qualified, other.qualified})

    return [item.table for item, _ in present if not is_there(item)]


def waiting_for(lake: Lake, table: Table, season: int | None) -> list[Table]:
    """The inputs that keep a table from being built for a season, because the lake has no rows of them."""
    return _absent(PartitionKey(season), [(item, partitions(lake, item, None)) for item in derivation(table).read])


def derivation(table: Table) -> Derivation:
    """How a table is computed from others."""
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


def feeds(key: PartitionKey, other: PartitionKey, item: Input | None = None) -> bool:
    """Whether rows of an input's partition are used for a partition of the table; without an input, of its season."""
    if None not in (key.month, other.month) and key.month != other.month:
        return False
    if key.season is None or other.season is None:
        return True
    if item is None or other.season == key.season:
        return other.season == key.season
    return (item.history and other.season < key.season) or (item.ahead and other.season == key.season + 1)


def _fingerprint(table: Table, key: PartitionKey, present: list[tuple[Input, Partitions]], as_of: date | None) -> str:
    made = derivation(table)
    standing_in = [item.stand_in.words for item in made.inputs if item.stand_in]
    parts = {"contract": fingerprint(table, [str(made.version), *made.unique, *standing_in])[:DIGITS]}
    parts |= {item.table.qualified: _part(item, _lines(item, key, found)) for item, found in present}
    parts |= {"as_of": as_of.isoformat()} if as_of else {}
    return " ".join(f"{name}={value}" for name, value in parts.items())


def _lines(item: Input, key: PartitionKey, found: Partitions) -> list[str]:
    return [f"{k} {value}" for k, value in found.items() if feeds(key, k, item)]


def _part(item: Input, lines: Iterable[str]) -> str:
    """What a fingerprint says of one input."""
    return hashlib.sha256("\n".join([*item.columns, *sorted(lines)]).encode()).hexdigest()[:DIGITS]


def contract_of(table: Table, key: PartitionKey) -> str:
    """What a fingerprint says of a table itself."""
    return _fingerprint(table, key, [], None)


def by_day(lake: Lake, table: Table, key: PartitionKey) -> dict[date, str]:
    """Fingerprint of the inputs of each day of a month; none if the days of an input are not known."""
    inputs = derivation(table).inputs
    monthly = [inputs_by_day(lake, item.table, key) for item in inputs if item.table.month_column is not None]
    if key.month is None or not all(monthly):
        return {}
    days = sorted({day for found in monthly for day in found})
    contract = contract_of(table, key)
    parts = [(item.table.qualified, _of_days(lake, item, key)) for item in inputs]
    return {
        day: fingerprint(table, [contract, *(f"{name} {text(day)}" for name, text in parts)])[:DIGITS] for day in days
    }


def _of_days(lake: Lake, item: Input, key: PartitionKey) -> Callable[[date], str]:
    """What the fingerprint of a day says of an input."""
    if item.table.month_column is not None:
        found = inputs_by_day(lake, item.table, key)
    elif item.same_days is not None:
        rows = scan(lake, item, PartitionKey(key.season), None).select(list(item.schema))
        day_of = pl.col(item.same_days)
        month = day_of.dt.month_start() == key.month
        found = {day: str(content) for day, content in hash_by(rows.filter(month).collect(), day_of).items()}
    else:
        whole = _part(item, _lines(item, key, partitions(lake, item, None)))
        return lambda _: whole
    return lambda day: _part(item, [found.get(day, "")])


def _difference(known: str | None, wanted: str) -> str:
    """Difference between two fingerprints, as text."""
    if known is None:
        return "not there yet"
    old, new = (dict(part.partition("=")[::2] for part in text.split()) for text in (known, wanted))
    return "changed: " + ", ".join(sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name)))


def scan(lake: Lake, item: Input, key: PartitionKey, as_of: date | None) -> pl.LazyFrame:
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
    rows = lake.scan(table.qualified).filter(holds(item, key))
    return rows if as_of is None else known_before(rows, table, as_of)


def holds(item: Input, key: PartitionKey) -> pl.Expr:
    """Predicate for the rows of an input that a partition is built from."""
    table, season = item.table, item.table.season_column
    month = PartitionKey(None, key.month if table.month_column else None).holds(table)
    if season is None or key.season is None:
        return month
    newest = key.season + item.ahead
    return month & (pl.col(season) <= newest if item.history else pl.col(season).is_between(key.season, newest))
