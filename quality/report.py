"""Results of rules, in words."""

from __future__ import annotations

from quality.markdown import percent
from quality.rules import RuleResult


def in_words(result: RuleResult) -> str:
    """The result of a rule in one line: violations, the allowed share, and the first case."""
    found = f"{result.violations:,} of {result.checked:,} violate the rule ({percent(result.share)}"
    first = f"; first case: {result.sample[0]}" if result.sample else ""
    return f"{result.rule} {result.season}: {found}, allowed {percent(result.allowed)}){first}"


def rule_status(result: RuleResult) -> str:
    """The result of a rule in one word."""
    if result.passed:
        return "known" if result.known and result.violations else "holds"
    return "broken" if result.severity == "error" else "doubtful"
