"""The findings of a doctor in the terminal: one screen of 80 columns, each fault with its cure."""

from __future__ import annotations

import json
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from flows.terminal.shell import FAILED, OK
from tasks.doctor.finding import Finding

WIDTH = 80
MARKS = {"ok": ("ok", "green"), "warning": ("note", "yellow"), "wrong": ("WRONG", "bold red"), "skipped": ("-", "dim")}
INDENT = 18  # columns before what was found


def print_findings(findings: Sequence[Finding], *, as_json: bool = False) -> int:
    """Print the findings; exit code 1 if one of them is wrong."""
    is_wrong = any(finding.state == "wrong" for finding in findings)
    if as_json:
        content = {"ok": not is_wrong, "checks": [finding.as_json() for finding in findings]}
        sys.stdout.write(f"{json.dumps(content, indent=2)}\n")
        return FAILED if is_wrong else OK
    console = Console(file=sys.stdout, soft_wrap=True, highlight=False)
    for finding in findings:
        for line in _lines(finding):
            console.print(line)
    console.print(_total(findings))
    return FAILED if is_wrong else OK


def _lines(finding: Finding) -> Iterator[Text]:
    mark, style = MARKS[finding.state]
    found, *more = _wrapped(finding.found) or [""]
    yield Text.assemble((f"{mark:<6}", style), f"{finding.name:<{INDENT - 6}}{found}")
    yield from (Text(f"{'':<{INDENT}}{line}") for line in more)
    cure = _wrapped(f"-> {finding.cure}") if finding.cure else []
    yield from (Text(f"{'':<{INDENT}}{line}", style="bold") for line in cure)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH - INDENT, subsequent_indent="  " if text.startswith("->") else "")


def _total(findings: Sequence[Finding]) -> str:
    counts = Counter(finding.state for finding in findings)
    if counts["wrong"]:
        return f"\n{counts['wrong']} of {len(findings)} checks found something wrong"
    notes = f", {counts['warning']} with a note" if counts["warning"] else ""
    return f"\nnothing wrong in {len(findings)} checks{notes}"
