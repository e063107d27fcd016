"""`cbbd-etl quota`: the month's calls, for people."""

from __future__ import annotations

import sys
from datetime import datetime

from rich.console import Console
from rich.table import Table

from tasks.completeness.quota import Month, daily_need, need_until_month_ends


def print_month(found: Month, now: datetime, reserve: int) -> None:
    """Calls by dataset, what is left, and what the daily run still needs."""
    console = Console(file=sys.stdout, soft_wrap=True, highlight=False)
    if found.used:
        table = Table("dataset", "calls", box=None, header_style="bold")
        table.columns[1].justify = "right"
        for name, calls in found.used.items():
            table.add_row(name, f"{calls:,}")
        console.print(table)
        console.print()
    for line in month_lines(found, now, reserve):
        console.print(line, markup=False)


def month_lines(found: Month, now: datetime, reserve: int) -> list[str]:
    """The facts of a month, one line each."""
    need, left = need_until_month_ends(now), found.remaining
    facts = [(f"calls in {now:%B %Y}", f"{found.calls:,} by this lake")]
    if found.elsewhere:
        facts.append(("", f"{found.elsewhere:,} by others with the same key, or for repeated requests"))
    known = "not known: no response of this month says"
    facts += [
        ("left", known if left is None else f"{left:,}, said at {found.as_of:%Y-%m-%d %H:%M} UTC"),
        ("reserved for daily runs", f"{reserve:,} (CBBD_QUOTA_RESERVE)"),
        ("a daily run needs", f"about {daily_need()}, {need:,} until the month ends"),
    ]
    lines = [f"{label:<26}{text}" for label, text in facts]
    if left is None:
        return lines
    lines.append(f"{'free for backfills':<26}{max(left - reserve, 0):,}")
    if need > left:
        lines.append("the daily runs need more than is left: name fewer --endpoints, or get a larger tier")
    elif need > reserve:
        lines.append(f"CBBD_QUOTA_RESERVE={need} would reserve enough for every day of this month")
    return lines
