"""The heat map as an HTML page, with the same numbers in a table for readers who cannot see it."""

from __future__ import annotations

from html import escape

from tasks.audit.heatmap import heat_map, percent
from tasks.audit.status import AuditStatus

STYLE = """
:root { color-scheme: light dark; --page: #ffffff; --ink: #1b1f24; --faint: #5b6570; --line: #dde2e8 }
@media (prefers-color-scheme: dark) { :root { --page: #14181d; --ink: #e8ecf1; --faint: #9aa5b1; --line: #2c343d } }
body { background: var(--page); color: var(--ink); font: 14px/1.5 system-ui, sans-serif; margin: 24px auto;
       max-width: 1200px; padding: 0 20px }
figure { margin: 0; overflow-x: auto } svg { max-width: none }
table { border-collapse: collapse; margin-top: 24px; font-variant-numeric: tabular-nums }
caption { text-align: left; font-weight: 600; padding-bottom: 8px }
th, td { padding: 4px 12px; border-bottom: 1px solid var(--line); text-align: right }
th:first-child, td:first-child { text-align: left } tr.open td { font-weight: 600 }
p { color: var(--faint) }
"""
HEADER = ("dataset", "season", "expected", "complete", "%", "known absent", "quarantined", "unexplained")


def html_page(status: AuditStatus) -> str:
    """The page: heat map, then its numbers."""
    rows = []
    for item in status.datasets:
        counts = (item.known_absent, item.quarantined, item.unexplained)
        cells = (item.dataset, item.season or "", f"{item.expected:,}", f"{item.present:,}", percent(item))
        line = "".join(f"<td>{escape(str(cell))}</td>" for cell in (*cells, *(f"{count:,}" for count in counts)))
        rows.append(f"<tr{' class=open' if item.unexplained else ''}>{line}</tr>")
    head = "".join(f'<th scope="col">{name}</th>' for name in HEADER)
    return "\n".join(
        (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>Coverage of {escape(status.lake)}</title><style>{STYLE}</style></head><body>",
            f"<figure>{heat_map(status)}</figure>",
            f"<p>Lake {escape(status.lake)}, {escape(str(status.source.get('source', '')))}. Complete: all expected "
            "data exists and agrees with the final score. Known absent: it was requested, and the source lacks it.</p>",
            f"<table><caption>The numbers</caption><thead><tr>{head}</tr></thead><tbody>",
            *rows,
            "</tbody></table></body></html>",
        )
    )
