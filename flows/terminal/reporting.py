"""The summary of a run in the terminal."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from flows.terminal.shell import complain, is_silent
from quality.report import in_words, rule_status
from tasks.runs.gap_summary import GapSummary
from tasks.runs.summary import RunSummary

FIRST_TABLE = "silver.fct_games"


def wide_console() -> Console:
    """Standard output; where it is no terminal, wide enough for a table."""
    console = Console(file=sys.stdout, soft_wrap=True, highlight=False)
    return console if console.is_terminal else Console(file=sys.stdout, soft_wrap=True, highlight=False, width=120)


def print_summary(run: RunSummary) -> None:
    """The end of a run, for people: tables with rows, calls, quarantine, where the lake is, what to try next.

    With `--quiet`, a line about what failed, if anything did.
    """
    if is_silent():
        if run.status == "failed":
            complain(
                f"{len(run.failed)} keys failed, {len(run.broken_rules)} rules are broken: see {run.lake}/ops/runs/"
            )
        return
    console = Console(file=sys.stdout, soft_wrap=True, highlight=False)
    if run.tables:
        table = Table("table", "rows", box=None, header_style="bold")
        table.columns[1].justify = "right"
        for name, rows in run.tables.items():
            table.add_row(name, f"{rows:,}")
        console.print(table)
        console.print()
    for line in summary_lines(run):
        console.print(line, markup=False)


def summary_lines(run: RunSummary) -> list[str]:
    """The facts of a run, one line each."""
    left = f", {run.remaining_calls:,} left this month" if run.remaining_calls is not None else ""
    lines = [
        f"API calls made:    {run.calls}{left}",
        f"quarantined rows:  {run.quarantined}" + (", see ops.quarantine" if run.quarantined else ""),
        f"lake:              {run.lake} ({run.source['source']})",
    ]
    lines += details(run)
    if run.status == "completed":
        lines.append(f"try next:          {_command()} {_example(run)}")
    return lines


def details(run: RunSummary) -> list[str]:
    """What a run found and what it left, one line each."""
    lines = [f"gaps: {gap_line(gaps)}" for gaps in run.gaps if gaps.found]
    lines += [*run.notes, *_waiting(run), *_doubts(run)]
    if run.not_asked:
        lines.append(f"left for later:    {run.not_asked} requests ({run.stopped_because}); run again to resume")
    return lines


def _waiting(run: RunSummary) -> Iterator[str]:
    """Tables that were not built because the lake lacks an input, and what fetches it."""
    yield from (f"waits:             {name} for {', '.join(inputs)}" for name, inputs in run.waiting.items())
    if run.to_fetch:
        yield f"to fetch for them: {_command()} ingest --endpoints {','.join(run.to_fetch)}"


def _doubts(run: RunSummary) -> Iterator[str]:
    """What is wrong or may be."""
    yield from (f"warning:           {text}" for text in run.warnings)
    yield from (f"held back:         {text}" for text in run.held_back)
    yield from (f"contract drift:    {text}" for text in run.drift)
    yield from (f"not available:     {name}: {why}" for name, why in run.not_available.items())
    yield from (f"failed:            {key.dataset} {key.key}: {key.error}" for key in run.failed)
    yield from (f"rule {rule_status(found) + ':':<14}{in_words(found)}" for found in run.rules if not found.passed)


def _example(run: RunSummary) -> str:
    name = next(iter(run.tables)) if run.tables and FIRST_TABLE not in run.tables else FIRST_TABLE
    return f'query "select * from {name} limit 5"'  # noqa: S608  shown, not run


def gap_line(gaps: GapSummary) -> str:
    """What became of the gaps of one dataset and season."""
    name = f"{gaps.dataset} {gaps.season or ''}".strip() + ":"
    aside = f", {gaps.quarantined:,} quarantined" if gaps.quarantined else ""
    return (
        f"{name:<35} {gaps.found:,} of {gaps.expected:,}, {gaps.asked:,} asked for, {gaps.filled:,} filled, "
        f"{gaps.known_absent:,} known absent, {gaps.unexplained:,} unexplained{aside}"
    )


def _command() -> str:
    """`cbbd-etl` as the reader can type it: by its path where it is not on PATH."""
    if shutil.which("cbbd-etl"):
        return "cbbd-etl"
    beside = Path(sys.executable).with_name("cbbd-etl")
    return str(beside.relative_to(Path.cwd()) if beside.is_relative_to(Path.cwd()) else beside)
