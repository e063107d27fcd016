"""Publishes partitions of silver and gold: rows are counted and compared with the published version.

    with publishing(lake, table, key, inputs) as out:
        out.add(check(rows, table))
    return out.report

Rows that violate the contract go to ops.quarantine. Nothing is published if too many rows are bad, or if too many
published rows would be removed: all rows of a partition are always too many, unless the policy allows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import polars as pl
from pyiceberg.table import Table as IcebergTable

from quality.dataset import Table, registry
from quality.diff import Counts as DiffCounts
from quality.diff import compared, count, digest, key_text
from quality.validate import Checked
from tasks.lake.iceberg import PartitionKey, next_month
from tasks.lake.lake import Lake
from tasks.lake.replacement import INPUTS, Replacement
from tasks.lake.storage import is_damage
from tasks.layers._days import Plan, Span
from tasks.layers.policy import DEFAULT_POLICY, BuildPolicy
from tasks.layers.report import BLOCK_SHARE, LayerReport, NotPublished, keep_rejects
from tasks.layers.withdrawal import is_withdrawn

MayLose = Callable[[pl.DataFrame], pl.DataFrame]  # from the removed rows to those that may not be removed


def _nothing(gone: pl.DataFrame) -> pl.DataFrame:
    return gone


A_FEW = 5  # rows that may always be removed, because in a small table they are a large share
NAMED = 3  # removed keys in a message


class Publication:
    """New content of one partition before it is published, with its report."""

    def __init__(
        self,
        lake: Lake,
        table: Table,
        plan: Plan,
        out: Replacement,
        columns: list[str] | None,
        policy: BuildPolicy,
        *,
        may_shrink: bool = False,
        may_lose: MayLose = _nothing,
    ) -> None:
        self.report = LayerReport(table.qualified, str(plan.key))
        self._lake, self._table, self._plan, self._out = lake, table, plan, out
        self._columns, self._policy, self._may_shrink = columns, policy, may_shrink
        self._may_lose = may_lose
        self._digests: list[pl.DataFrame] = []

    def add(self, checked: Checked, deduplicated: int = 0, span: Span | None = None) -> None:
        """Stage checked rows and count them; `deduplicated` were dropped before the check.

        Args:
            span: the days of the rows, in a month that is kept by days.
        """
        with self._plan.piece(self.report, span):
            self.report.count(checked, deduplicated)
        self._out.add(checked)
        if self._columns is not None:
            self._digests.append(digest(checked.good.lazy(), self._table.key, self._columns))

    def made_from(self, inputs: str) -> None:
        """Set the fingerprint at the end, where the inputs used are only known then."""
        self._out.inputs = inputs

    def judge(self) -> None:
        """Store the rejected rows, then refuse content that is worse than the published version.

        Raises:
            NotPublished: with the rows that would be removed, and how to allow it.
        """
        self._out.days = self._plan.conclude(self.report)
        keep_rejects(self._lake, self.report, self._plan.days)
        self.report.require_enough(0.0 if self._table.layer == "gold" else BLOCK_SHARE)  # gold must have no bad rows
        before = self._before()
        if before is None:
            self.report.added = self.report.rows_out - self._plan.kept_rows
        else:
            self._compare(before, pl.concat([before.clear(), *self._digests]))

    def _before(self) -> pl.DataFrame | None:
        """Digest of the published version; None if there is none, or its files are damaged and will be replaced."""
        if self._columns is None or not (self._digests or self._plan.kept):
            return None
        try:
            return digest(self._published_rows(), self._table.key, self._columns)
        except (FileNotFoundError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
            if not is_damage(error):
                raise
            self.report.before_unreadable = True
            return None

    def _published_rows(self) -> pl.LazyFrame:
        """The published rows that the commit replaces."""
        rows, table, key = self._lake.scan(self._table.qualified), self._table, self._plan.key
        if key.season is not None and table.season_column is not None:
            rows = rows.filter(pl.col(table.season_column) == key.season)
        if key.month is not None and table.month_column is not None:
            month = pl.col(table.month_column)
            rows = rows.filter(month >= key.month, month < next_month(key.month))
        if self._plan.days is not None and table.day_column is not None:
            rows = rows.filter(self._plan.days.holds(table.day_column))
        return rows

    def _is_from_withdrawn(self) -> bool:
        """Whether published rows are from responses that an operator has withdrawn since, so that they have to go."""
        table, rows = self._table, self._published_rows()
        if table.source is None:
            return is_withdrawn(self._lake, self._plan.key.season)
        paths = {i.path for route in registry().routes(table.source) for i in self._lake.raw.withdrawn(route.name)}
        return not paths.isdisjoint(rows.select(pl.col("raw_object").unique()).collect().to_series())

    def _compare(self, before: pl.DataFrame, after: pl.DataFrame) -> None:
        counts, gone = count(before, after, self._table.key)
        counts = replace(counts, before=counts.before + self._plan.kept_rows)
        report = self.report
        report.added, report.removed, report.changed = counts.added, counts.removed, counts.changed
        allowed = self._policy.max_removed_share
        few = A_FEW if report.rows_out else 0  # the last rows of a partition are not just a few
        if not self._may_shrink and counts.removed > few and counts.removed_share > allowed:
            self._require_removable(counts, self._may_lose(gone), few)
        self._out.may_be_empty = True

    def _require_removable(self, counts: DiffCounts, gone: pl.DataFrame, few: int) -> None:
        report, allowed = self.report, self._policy.max_removed_share
        if gone.height > max(few, allowed * counts.before) and not self._is_from_withdrawn():
            text = key_text(self._table.key, dict(gone.schema))
            first = gone.sort(self._table.key).head(NAMED).select(text).to_series()
            raise NotPublished(
                report,
                f"{counts.removed:,} of {counts.before:,} rows would be removed, {counts.removed_share:.1%} where "
                f"{allowed:.1%} is allowed ({counts.added:,} added, {counts.changed:,} changed); the first: "
                f"{'; '.join(first)}. The previous version stays in place; if the source is right, run once with "
                "CBBD_MAX_REMOVED_SHARE=1",
            )


@contextmanager
def publishing(
    lake: Lake,
    table: Table,
    plan: Plan | PartitionKey,
    inputs: str,
    policy: BuildPolicy = DEFAULT_POLICY,
    *,
    may_shrink: bool = False,
    may_lose: MayLose = _nothing,
) -> Iterator[Publication]:
    """Replace one partition with one commit at the end of the block. On an error the previous version stays.

    Args:
        plan: the days of a partition to replace; or the partition, if it is built as a whole.
        may_shrink: rows may be removed, because the build is as of an earlier date.
        may_lose: leaves the removed rows that may not be removed, if there are too many.

    Raises:
        ContractViolation: when too many rows are bad, or the policy does not allow so many removals.
    """
    plan = Plan(plan) if isinstance(plan, PartitionKey) else plan
    columns = _comparable(lake.iceberg(table.qualified), table, plan.key)
    with lake.replace(table, plan.part, inputs) as out:
        # as of an earlier date there may be no rows at all, such as lines
        out.may_be_empty |= may_shrink or plan.kept_rows > 0
        publication = Publication(lake, table, plan, out, columns, policy, may_shrink=may_shrink, may_lose=may_lose)
        yield publication
        publication.judge()


def _comparable(known: IcebergTable | None, table: Table, key: PartitionKey) -> list[str] | None:
    """Columns of both the published version and the contract; None without a published version or without a key."""
    if known is None or not table.key or f"{INPUTS}{key}" not in known.properties:
        return None
    present = {field.name for field in known.schema().fields}
    return [name for name in compared(table) if name in present] if present.issuperset(table.key) else None
