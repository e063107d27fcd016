"""docs/rules.md: the rules across tables, and the seasons with an exception."""

from __future__ import annotations

from quality.markdown import code, page, percent, table
from quality.rules import GOLD_RULES, KNOWN_SEASONS, NULL_RULES, RULES, Rule

HEADER = ("rule", "statement", "counted per", "severity", "allowed", "reads")
INTRO = (
    "Checks on a season that go beyond the contract of a single table. They run at the end of each ingest and with "
    "`cbbd-etl rules`. `allowed` is the share of cases that may violate the rule. Above that share, a rule of severity "
    "`error` fails the run and a rule of severity `warn` is only reported."
)
GOLD_INTRO = (
    "These rules run on the new rows of a gold table, together with the current silver tables, before the new rows "
    "replace the old ones. If one is broken, nothing is published: the previous version stays and the run fails. Null "
    "limits are rules too; they are listed beside their columns in [gold.md](gold.md)."
)
EXCEPTIONS = "In these seasons the source itself breaks a rule, so a larger share is allowed."


def rules_page() -> str:
    """The whole page."""
    known = ((code(k.rule), k.season, percent(k.allowed), k.reason) for k in KNOWN_SEASONS)
    return page(
        "Rules across tables",
        INTRO,
        table(HEADER, map(_row, RULES), ("allowed",)),
        f"## Before gold is published\n\n{GOLD_INTRO}",
        table(HEADER, (_row(rule) for rule in GOLD_RULES if rule not in NULL_RULES), ("allowed",)),
        f"## Seasons with an exception\n\n{EXCEPTIONS}",
        table(("rule", "season", "allowed", "reason"), known, ("season", "allowed")),
    )


def _row(rule: Rule) -> tuple[str, ...]:
    reads = ", ".join(dict.fromkeys(code(item.table.qualified) for item in rule.reads))
    return code(rule.name), rule.description, rule.per, rule.severity, percent(rule.allowed), reads
