"""ops.corrections: values that the source has changed, computed from all of its responses; docs/decisions/0008.

The responses of a season are put in order of arrival, and each row is compared with the same row of the response
before. So the table is a function of raw, like silver: a rebuild, a replay or a run after a kill gives the same rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import polars as pl
from pyiceberg.expressions import BooleanExpression

from quality.contracts.ops import CORRECTIONS
from quality.dataset import Table, registry
from quality.diff import as_text, key_text
from quality.validate import check
from tasks.corrections._changes import changes
from tasks.corrections._repeats import without_repeated
from tasks.corrections._statements import ResponseSpan, Statements, by_month, is_monthly, responses
from tasks.errors import BadInput, did_you_mean
from tasks.lake.cached import CachedLake
from tasks.lake.filters import all_of, equal, is_null
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake
from tasks.layers.overrides import Override, places
from tasks.layers.report import LayerReport, fingerprint

SCHEMA = {column.name: column.dtype for column in CORRECTIONS.columns}


@dataclass(frozen=True)
class Scope:
    """The part of ops.corrections that one commit replaces: one table and season, or a month of it."""

    table: str
    season: int | None
    month: date | None = None

    def __str__(self) -> str:
        return self.table if self.season is None else f"{self.table} {PartitionKey(self.season, self.month)}"

    def filter(self, table: Table) -> BooleanExpression:
        """Iceberg filter that selects exactly these rows."""
        season = is_null("season") if self.season is None else equal("season", self.season)
        month = is_null("month") if self.month is None else equal("month", str(self.month))
        return all_of([equal("table_name", self.table), season, month])

    def holds(self, table: Table) -> pl.Expr:
        """Polars predicate for these rows."""
        season = pl.col("season").eq_missing(pl.lit(self.season, pl.Int64))
        return (pl.col("table_name") == self.table) & season & pl.col("month").eq_missing(pl.lit(self.month, pl.Date))


def stale_corrections(
    lake: Lake, table: Table, season: int | None, overrides: Iterable[Override], *, rebuild_all: bool = False
) -> dict[Scope, list[ResponseSpan]]:
    """Scopes whose responses or overrides differ from those of their last build, each with its responses.

    Args:
        overrides: the current overrides of all tables.
        rebuild_all: all scopes.
    """
    known, of_season = lake.inputs(CORRECTIONS), _overrides_of(lake, table, season, overrides)
    stale = {}
    for month, history in (_left(known, table, season) | _histories(lake, table, season)).items():
        scope = Scope(table.qualified, season, month)
        before = known.get(str(scope))
        wanted = _inputs(table, history, of_season if month is None else [], before)
        if wanted is not None if rebuild_all else before != wanted:
            stale[scope] = history
    return stale


def _left(known: Iterable[str], table: Table, season: int | None) -> dict[date | None, list[ResponseSpan]]:
    """Months that have been built, without responses: those of responses that were withdrawn."""
    start = f"{table.qualified} season={season}/"
    keys = (PartitionKey.parse(name.removeprefix(table.qualified).strip()) for name in known if name.startswith(start))
    return {key.month: [] for key in keys}


def _histories(lake: Lake, table: Table, season: int | None) -> dict[date | None, list[ResponseSpan]]:
    """Responses to compare with each other, by month where possible, so that a day late in the season costs no more.

    There are none if the same rows were never requested twice, or if an old response keeps its rows permanently.
    """
    if table.source is None or table.source.snapshots or table.at_opening:
        return {None: []}
    found = responses(lake, table, season)
    grouped: dict[date | None, list[ResponseSpan]] = {None: found}
    if is_monthly(table):
        grouped = {None: []} | dict(by_month(lake, table, season, found).items())
    return {month: items if _twice(table, items) else [] for month, items in grouped.items()}


def _twice(table: Table, found: list[ResponseSpan]) -> bool:
    return any(not item.current or not item.of(table) for item in found)


def _overrides_of(lake: Lake, table: Table, season: int | None, overrides: Iterable[Override]) -> list[Override]:
    """The overrides whose row is in a season of a table."""
    start = "all" if season is None else f"season={season}"
    return [item for item, place in places(lake, table, overrides).items() if place.split("/", 1)[0] == start]


def _inputs(table: Table, history: list[ResponseSpan], overrides: list[Override], known: str | None) -> str | None:
    if not history and not overrides and known is None:
        return None
    return fingerprint(
        table, [*(item.identity for item in history), *(f"{item.identity} {item.reason}" for item in overrides)]
    )


def build_corrections(
    lake: Lake, table: Table, scope: Scope, history: list[ResponseSpan], overrides: Iterable[Override]
) -> LayerReport:
    """Rebuild the corrections of one table and season, or month of it, in one commit."""
    of_season = _overrides_of(lake, table, scope.season, overrides) if scope.month is None else []
    # One version of each table for all reads, and one read of a small one for all scopes of a run.
    found = []
    with Statements(CachedLake(lake), table) as statements:
        compared = without_repeated(statements, scope.season, history)
        if _twice(table, compared):
            changed = changes(statements, scope.season, compared, scope.month)
            found = [changed.with_columns(origin=pl.lit("source"))]
    found += [_of_override(lake, item) for item in of_season]
    rows = pl.concat([pl.DataFrame(schema=SCHEMA), *(_finished(frame, scope) for frame in found)])
    report = LayerReport(CORRECTIONS.qualified, str(scope))
    with lake.replace(CORRECTIONS, scope, _inputs(table, history, of_season, "")) as out:
        out.may_be_empty = True
        checked = check(rows.sort("key", "column_name", "first_seen", nulls_last=True), CORRECTIONS)
        report.count(checked)
        out.add(checked)
    return report


def _finished(rows: pl.DataFrame, scope: Scope) -> pl.DataFrame:
    rows = rows.with_columns(table_name=pl.lit(scope.table), season=pl.lit(scope.season, pl.Int64), month=scope.month)
    rows = rows if "reason" in rows.columns else rows.with_columns(reason=pl.lit(None, pl.String))
    return rows.select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())


def _of_override(lake: Lake, item: Override) -> pl.DataFrame:
    row = lake.scan(item.table.qualified).filter(item.row).head(1).collect()
    dtype = item.column.dtype
    values = pl.DataFrame({"old": [item.old], "new": [item.new]}, schema={"old": dtype, "new": dtype})
    old, new = values.select(as_text("old", dtype), as_text("new", dtype)).row(0)
    return row.select(
        key=key_text(item.table.key, dict(row.schema)),
        column_name=pl.lit(item.column.name),
        old=pl.lit(old, pl.String),
        new=pl.lit(new, pl.String),
        origin=pl.lit("override"),
        reason=pl.lit(item.reason),
        first_seen="fetched_at",
        last_seen="fetched_at",
        raw_object="raw_object",
    )


def corrections(lake: Lake, seasons: Iterable[int] = (), table: str | None = None) -> pl.DataFrame:
    """Corrections of the given seasons (default: all, including rows without a season) and table, newest first.

    Raises:
        BadInput: when there is no such silver table.
    """
    _check_table(table)
    if lake.iceberg(CORRECTIONS.qualified) is None:
        return pl.DataFrame(schema=SCHEMA)
    rows = lake.scan(CORRECTIONS.qualified)
    if wanted := list(seasons):
        rows = rows.filter(pl.col("season").is_in(wanted))
    if table is not None:
        rows = rows.filter(pl.col("table_name") == f"silver.{table.removeprefix('silver.')}")
    return rows.sort(
        ["first_seen", "table_name", "key", "column_name"], descending=[True, False, False, False]
    ).collect()


def _check_table(table: str | None) -> None:
    known = [item.name for item in registry().tables.values() if item.layer == "silver" and item.source]
    if table is not None and table.removeprefix("silver.") not in known:
        advice = did_you_mean(table, known) or "; docs/data-dictionary.md lists them"
        raise BadInput(f"--table {table}: no such silver table{advice}")


def for_people(found: pl.DataFrame) -> pl.DataFrame:
    """Corrections as a table that fits a terminal. The other formats have all columns."""
    return found.select(
        pl.col("table_name").str.strip_prefix("silver.").alias("table"),
        "key",
        pl.col("column_name").alias("column"),
        "old",
        "new",
        pl.col("first_seen").dt.strftime("%Y-%m-%d %H:%M").alias("first seen"),
        pl.coalesce("reason", "origin").alias("by"),
    )


def by_column(found: pl.DataFrame) -> list[tuple[str, str, str, int]]:
    """Number of corrections by table, column and origin. Removed rows have no column."""
    counts = found.group_by("table_name", pl.col("column_name").fill_null("(row gone)"), "origin").len()
    return list(counts.sort("table_name", "column_name", "origin").iter_rows())
