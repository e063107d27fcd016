"""What rules found, in words."""

from __future__ import annotations

from quality.markdown import percent
from quality.rules import RuleResult


def in_words(result: RuleResult) -> str:
    """A rule's finding in one line: how much does not hold, how much may, and the first case."""
    found = f"{result.violations:,} of {result.checked:,} do not hold ({percent(result.share)}"
    first = f"; the first: {result.sample[0]}" if result.sample else ""
    return f"{result.rule} {result.season}: {found}, allowed {percent(result.allowed)}){first}"


def rule_status(result: RuleResult) -> str:
    """One word for a rule's finding."""
    if result.passed:
        return "known" if result.known and result.violations else "holds"
    return "broken" if result.severity == "error" else "doubtful"
