"""The end of an audit in the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.table import Table

from flows.terminal.reporting import wide_console
from quality.expectations import Expectation
from tasks.audit.report import HEADER, NUMBERS, summary_rows
from tasks.audit.status import AuditStatus

FOLDER = Path("reports")


def print_audit(status: AuditStatus, reports: Path) -> None:
    """The end of an audit, for people: what lacks something, what is wrong, where the report is."""
    console = wide_console()
    table = Table(*HEADER, box=None, header_style="bold")
    for column in table.columns:
        column.justify = "right" if column.header in NUMBERS else "left"
    for row, item in zip(summary_rows(status), status.datasets, strict=True):
        if item.present != item.expected:
            table.add_row(*map(str, row.values()))
    if table.row_count:
        console.print(table)
        console.print()
    for line in _lines(status, reports):
        console.print(line, markup=False)


def print_audit_plan(seasons: Sequence[int], wanted: Sequence[Expectation] | None, sampled: int, reports: Path) -> None:
    """What an audit would look at, re-fetch and write."""
    console = wide_console()
    names = "all endpoints of the lake" if wanted is None else ", ".join(item.name for item in wanted)
    console.print(f"seasons:           {', '.join(map(str, seasons))}", markup=False)
    console.print(f"expectations:      {names}", markup=False)
    console.print(f"reports:           {reports}", markup=False)
    console.print(f"{sampled} calls; none were made, nothing was written", markup=False)


def _lines(status: AuditStatus, folder: Path) -> Iterable[str]:
    whole = sum(item.present == item.expected for item in status.datasets)
    yield f"whole:             {whole} of {len(status.datasets)} datasets and seasons"
    yield f"unexplained:       {status.unexplained:,}"
    for problem in status.problems:
        yield f"wrong:             {problem}"
    if (sample := status.sample) is not None:
        asked = f"{len(sample.sampled)} settled requests, {sample.records:,} records, {sample.calls} calls"
        yield f"drift:             {sample.drift_rate:.3%} ({asked}; --seed {sample.seed} draws them again)"
    yield f"report:            {folder / 'data_audit.md'}, {folder / 'coverage.html'}"
    if status.unexplained:
        yield "try next:          cbbd-etl gap-fill --dry-run"
