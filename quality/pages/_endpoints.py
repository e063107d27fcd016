"""docs/endpoints.md: the requests that each endpoint needs, and their cost."""

from __future__ import annotations

from collections.abc import Callable

from quality.dataset import Endpoint, Pattern, Registry
from quality.markdown import code, page, table

HEADER = ("endpoint", "path", "requests", "calls", "row cap", "tier", "first season", "partition", "silver tables")
NUMERIC = ("calls", "row cap", "tier", "first season")
PATTERNS = {
    Pattern.ONCE: "one request",
    Pattern.SEASON: "one per season",
    Pattern.WINDOWS: "one per window",
    Pattern.DATES: "one per UTC date with games",
    Pattern.EACH: "one per value",
}
INTRO = (
    "The requests that each endpoint needs, and their cost. `calls` is the number for one full season; a later run "
    "sends only the requests that are due. The API truncates a response at the row cap without saying so, so a window "
    "whose response has that many rows is split in half, and both halves are fetched."
)
ON_REQUEST = (
    "These endpoints are fetched only when `--endpoints` names them: one request per team or game, polling of the "
    "scoreboard, and more expensive routes to rows that another endpoint also returns."
)


def endpoints_page(registry: Registry, calls: Callable[[Endpoint], int]) -> str:
    """The whole page.

    Args:
        calls: number of requests that one season of an endpoint takes.
    """
    usual = [endpoint for endpoint in registry if not endpoint.opt_in]
    on_request = [endpoint for endpoint in registry if endpoint.opt_in]
    total = sum(map(calls, usual))
    return page(
        "Endpoints",
        INTRO,
        f"## Fetched by every run\n\nA full season takes about {total} calls, reference lists included.",
        table(HEADER, (_row(registry, endpoint, calls) for endpoint in usual), NUMERIC),
        f"## On request\n\n{ON_REQUEST}",
        table(HEADER, (_row(registry, endpoint, calls) for endpoint in on_request), NUMERIC),
        "## Contents and parameters",
        table(("endpoint", "contents", "parameters"), map(_contents, registry)),
    )


def _row(registry: Registry, endpoint: Endpoint, calls: Callable[[Endpoint], int]) -> tuple[object, ...]:
    return (
        code(endpoint.name),
        code(endpoint.path),
        _requests(endpoint),
        f"{calls(endpoint):,}" + ("" if endpoint.metered else ", free"),
        f"{endpoint.row_cap:,}" if endpoint.row_cap else "",
        endpoint.min_tier or "",
        "" if endpoint.pattern is Pattern.ONCE else endpoint.first_season,
        endpoint.partition,
        ", ".join(code(item.name) for item in registry.silver_of(endpoint)),
    )


def _requests(endpoint: Endpoint) -> str:
    if endpoint.pattern is Pattern.WINDOWS:
        return f"one per window of {endpoint.window_days} days"
    if endpoint.each is not None:
        return f"one per {code(endpoint.each.column)} of {code(endpoint.each.table)}"
    return PATTERNS[endpoint.pattern]


def _contents(endpoint: Endpoint) -> tuple[str, ...]:
    params = (code(param.name) + (" (required)" if param.required else "") for param in endpoint.params)
    return code(endpoint.name), endpoint.description, ", ".join(params)
