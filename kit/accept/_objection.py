"""What `kit accept` objects to: errors, and what needs a reason in the report."""

from __future__ import annotations

import re
from dataclasses import dataclass

REASON = 5  # words beside the name: fewer are no reason
ITEM = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*]|\d+\.|#) ?)")


@dataclass(frozen=True)
class Objection:
    """One objection.

    Attributes:
        check: what found it: ownership, contracts, tests.
        name: what it is about: a path, or a name that the report repeats with the reason.
        text: what is wrong, and what to do.
        excusable: a reason in the report settles it.
    """

    check: str
    name: str
    text: str
    excusable: bool = False

    def reason(self, report: str) -> str:
        """The item of a report that names it with a reason; empty if no item does."""
        for item in ITEM.split(report) if self.excusable else ():
            if self.name in item and len(item.replace(self.name, " ").split()) >= REASON:
                return " ".join(item.split())
        return ""
