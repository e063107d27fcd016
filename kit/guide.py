"""The tables of order and ownership in docs/orchestration.md, copied from ORCHESTRATE.md."""

from __future__ import annotations

import re
from pathlib import Path

from kit.checkout import PLAN
from kit.plan import ORDER, OWNERS, SHARED

GUIDE = "orchestration.md"
TABLES = {"order": ORDER, "ownership": OWNERS, "shared files": SHARED}


def begin(name: str) -> str:
    """The line before a table that is generated from the plan."""
    return f"<!-- {name}: from {PLAN}, written by `cbbd-etl docs` -->"


def end(name: str) -> str:
    """The line after it."""
    return f"<!-- end of {name} -->"


def updated(guide: str, plan: str) -> str:
    """A guide with the tables of a plan between its markers. Without markers it is unchanged."""
    for name, columns in TABLES.items():
        block = re.compile(f"{re.escape(begin(name))}\n.*?{re.escape(end(name))}", re.DOTALL)
        if found := block.search(guide):
            text = f"{begin(name)}\n\n{_table(plan, columns)}\n\n{end(name)}"
            guide = guide[: found.start()] + text + guide[found.end() :]
    return guide


def pages(docs: Path) -> dict[str, str]:
    """The updated guide of a docs folder, by file name; empty if there is no guide, or no plan in the folder above."""
    guide, plan = docs / GUIDE, docs.parent / PLAN
    if not (guide.is_file() and plan.is_file()):
        return {}
    return {GUIDE: updated(guide.read_text(encoding="utf-8"), plan.read_text(encoding="utf-8"))}


def unmarked(guide: str) -> list[str]:
    """Tables for which a guide has no markers."""
    return [name for name in TABLES if begin(name) not in guide or end(name) not in guide]


def _table(plan: str, columns: tuple[str, ...]) -> str:
    lines, taken = plan.splitlines(), list[str]()
    for line in lines:
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if taken and not line.startswith("|"):
            break
        if taken or (line.startswith("|") and cells == list(columns)):
            taken.append(line)
    return "\n".join(taken)
