"""A run's summary as Markdown, for the Prefect UI."""

from __future__ import annotations

from flows.terminal.reporting import summary_lines
from tasks.runs.summary import RunSummary


def markdown(run: RunSummary) -> str:
    """The summary as Markdown, for the Prefect artifact."""
    rows = [
        f"| {d.dataset} | {d.season or ''} | {d.expected} | {d.calls} | {d.records} | {len(d.failed)} |"
        for d in run.datasets
    ]
    tables = [f"| {name} | {count:,} |" for name, count in run.tables.items()]
    return "\n".join(
        [
            f"# {run.flow} {run.run_id}: {run.status}",
            "",
            *(f"- {line}" for line in summary_lines(run)),
            "",
            "| dataset | season | expected requests | calls | records | failed |",
            "|---|---|---:|---:|---:|---:|",
            *rows,
            "",
            "| table | rows |",
            "|---|---:|",
            *tables,
        ]
    )
