"""A run's summary as Markdown, for the Prefect UI, without any path of the worker's disk."""

from __future__ import annotations

import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from flows.terminal.reporting import details
from tasks.runs.summary import RunSummary


def markdown(run: RunSummary) -> str:
    """The summary as Markdown: the facts, what was found, counts by dataset, what was rejected and why, tables."""
    text = "\n".join(_page(run))
    return without_places(text, run.lake)


def place(lake: str) -> str:
    """Where a lake is, without a path of this machine: `s3://bucket/prefix`, or the name of the folder."""
    return lake.rstrip("/") if "://" in lake else Path(lake).name


def without_places(text: str, lake: str) -> str:
    """A text with the name in the place of each path of this machine.

    Args:
        lake: its location.
    """
    folders = {str(Path.cwd()), str(Path.home()), tempfile.gettempdir(), sys.prefix} - {"/"}
    if "://" not in lake:
        text = text.replace(lake.rstrip("/"), place(lake))
    for folder in sorted(folders, key=len, reverse=True):
        text = re.sub(rf"{re.escape(folder)}[^\s;,:'\"`)]*", lambda found: Path(found[0]).name, text)
    return text


def _page(run: RunSummary) -> Iterator[str]:
    yield from (f"# {run.flow} {run.run_id}: {run.status}", "")
    yield from _table(("", ""), _facts(run))
    yield from (f"- {line}" for line in details(run))
    yield ""
    counts = [
        (d.dataset, d.season or "", d.expected, d.calls, d.records, len(d.failed), f"{d.seconds:.0f}")
        for d in run.datasets
    ]
    yield from _table(
        ("dataset", "season", "expected requests", "calls", "records", "failed", "seconds"), counts, text=2
    )
    if reasons := _reasons(run):
        yield from _table(("quarantined in", "rule", "rows"), reasons, text=2)
    yield from _table(("table", "rows"), [(name, f"{count:,}") for name, count in run.tables.items()], text=1)


def _facts(run: RunSummary) -> list[tuple[object, ...]]:
    layers = [layer for item in run.datasets for layer in item.layers if layer.published]
    # of a partition that is new, every row is added: only a changed or removed row corrects an earlier one
    changed, removed = sum(layer.changed for layer in layers), sum(layer.removed for layer in layers)
    took = f"{(run.finished_at - run.started_at).total_seconds():,.0f} seconds" if run.finished_at else "under way"
    left = f", {run.remaining_calls:,} left this month" if run.remaining_calls is not None else ""
    return [
        ("duration", took),
        ("calls", f"{run.calls:,}{left}"),
        ("rows published", f"{sum(layer.rows_out for layer in layers):,}"),
        ("corrections", f"{changed:,} rows changed, {removed:,} removed"),
        ("quarantined", f"{run.quarantined:,}" + (", see ops.quarantine" if run.quarantined else "")),
        ("lake", f"{place(run.lake)} ({run.source['source']})"),
    ]


def _reasons(run: RunSummary) -> list[tuple[object, ...]]:
    """Rejected rows by table and rule, the most first."""
    counts: Counter[tuple[str, str]] = Counter()
    for item in run.datasets:
        for layer in item.layers:
            counts.update({(layer.table, rule): rows for rule, rows in layer.by_rule.items()})
    return [(table, rule, f"{rows:,}") for (table, rule), rows in counts.most_common()]


def _table(header: tuple[str, ...], rows: Sequence[tuple[object, ...]], text: int = 9) -> Iterator[str]:
    """A table of Markdown, and an empty line after it.

    Args:
        text: columns with text, which come first; the others are numbers.
    """
    marks = ["---" if position < text else "---:" for position in range(len(header))]
    yield from (f"| {' | '.join(map(str, row))} |" for row in (header, marks, *rows))
    yield ""
