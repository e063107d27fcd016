"""The docs that follow from the registry: data dictionary, endpoints, lineage, rules. One fact, one place: not here."""

from __future__ import annotations

from collections.abc import Callable

from quality.dataset import Endpoint, Pattern, Registry, Table
from quality.dictionary import bronze_dictionary, dictionary
from quality.drift_page import drift_page
from quality.gold_page import gold_page
from quality.lineage import lineage
from quality.markdown import code, page, percent, table
from quality.metrics import metrics_page
from quality.rules import GOLD_RULES, KNOWN_SEASONS, NULL_RULES, RULES, Rule

PATTERNS = {
    Pattern.ONCE: "one request",
    Pattern.SEASON: "one a season",
    Pattern.WINDOWS: "one per window",
    Pattern.DATES: "one per UTC date with games",
    Pattern.EACH: "one per value",
}
ENDPOINTS = (
    "What is asked for each dataset, and what that costs. Calls are those of one whole season at real size; a second "
    "run asks only what is due. A response with as many rows as the cap is cut without a sign, so its window is halved "
    "and asked again."
)
ON_REQUEST = (
    "Asked only when `--endpoints` names them: fan-outs per team or game, polls, and dearer routes to rows that "
    "another dataset brings."
)
RULES_INTRO = (
    "What has to be true of a season beyond each table's own contract, judged at the end of each ingest and by "
    "`cbbd-etl rules`. Where more than the allowed share breaks a rule, an error ends the run as failed with exit code "
    "1, and a warning is told."
)
GOLD_INTRO = (
    "Judged on the new rows of a gold table, beside the silver tables as they are, before they take the place of the "
    "old ones. Where an error is broken nothing is published: the version before stays, and the run fails. How much "
    "may be null is a rule too; those stand beside their columns in [gold.md](gold.md)."
)


def documents(
    registry: Registry, calls: Callable[[Endpoint], int], notes: Callable[[Table], str] = lambda _: ""
) -> dict[str, str]:
    """Every generated file of `docs/`, by name.

    Args:
        calls: requests that one season of an endpoint takes.
        notes: how a gold table is made, in the words of its module.
    """
    return {
        "data-dictionary.md": dictionary(registry),
        "data-dictionary-bronze.md": bronze_dictionary(registry),
        "drift.md": drift_page(registry),
        "endpoints.md": _endpoints(registry, calls),
        "gold.md": gold_page(registry, notes),
        "lineage.md": lineage(registry),
        "metrics.md": metrics_page(),
        "rules.md": _rules(),
    }


def _endpoints(registry: Registry, calls: Callable[[Endpoint], int]) -> str:
    header = ("dataset", "path", "plan", "calls", "row cap", "tier", "first season", "partition", "silver tables")
    numeric = ("calls", "row cap", "tier", "first season")
    usual = [endpoint for endpoint in registry if not endpoint.opt_in]
    asked = [endpoint for endpoint in registry if endpoint.opt_in]
    total = sum(calls(endpoint) for endpoint in usual)
    return page(
        "Endpoints",
        ENDPOINTS,
        f"## Every run\n\nA season takes about {total} calls, lists included.",
        table(header, (_endpoint(registry, endpoint, calls) for endpoint in usual), numeric),
        f"## On request\n\n{ON_REQUEST}",
        table(header, (_endpoint(registry, endpoint, calls) for endpoint in asked), numeric),
        "## What each brings",
        table(("dataset", "contents", "parameters"), (_contents(endpoint) for endpoint in registry)),
    )


def _endpoint(registry: Registry, endpoint: Endpoint, calls: Callable[[Endpoint], int]) -> tuple[object, ...]:
    return (
        code(endpoint.name),
        code(endpoint.path),
        _plan(endpoint),
        f"{calls(endpoint):,}" + ("" if endpoint.metered else ", free"),
        f"{endpoint.row_cap:,}" if endpoint.row_cap else "",
        endpoint.min_tier or "",
        "" if endpoint.pattern is Pattern.ONCE else endpoint.first_season,
        endpoint.partition,
        ", ".join(code(item.name) for item in registry.silver_of(endpoint)),
    )


def _plan(endpoint: Endpoint) -> str:
    if endpoint.pattern is Pattern.WINDOWS:
        return f"one per window of {endpoint.window_days} days"
    if endpoint.each is not None:
        return f"one per {code(endpoint.each.column)} of {code(endpoint.each.table)}"
    return PATTERNS[endpoint.pattern]


def _contents(endpoint: Endpoint) -> tuple[str, ...]:
    params = (code(param.name) + (" (required)" if param.required else "") for param in endpoint.params)
    return code(endpoint.name), endpoint.description, ", ".join(params)


def _rules() -> str:
    header = ("rule", "statement", "judged per", "severity", "allowed", "reads")
    known = ((code(k.rule), k.season, percent(k.allowed), k.reason) for k in KNOWN_SEASONS)
    return page(
        "Rules across tables",
        RULES_INTRO,
        table(header, map(_rule, RULES), ("allowed",)),
        f"## Before gold is published\n\n{GOLD_INTRO}",
        table(header, (_rule(rule) for rule in GOLD_RULES if rule not in NULL_RULES), ("allowed",)),
        "## Seasons that are known to break a rule",
        table(("rule", "season", "allowed", "reason"), known, ("season", "allowed")),
    )


def _rule(rule: Rule) -> tuple[str, ...]:
    reads = ", ".join(dict.fromkeys(code(item.table.qualified) for item in rule.reads))
    return code(rule.name), rule.description, rule.per, rule.severity, percent(rule.allowed), reads
