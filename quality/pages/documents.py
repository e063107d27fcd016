"""All pages of `docs/` that are generated from the registry."""

from __future__ import annotations

from collections.abc import Callable

from quality.dataset import Endpoint, Registry, Table
from quality.pages._dictionary import bronze_dictionary, dictionary, path_of, table_page
from quality.pages._drift import drift_page
from quality.pages._endpoints import endpoints_page
from quality.pages._gold import gold_page, gold_table_page
from quality.pages._lineage import lineage
from quality.pages._metrics import metrics_page
from quality.pages._rules import rules_page


def documents(
    registry: Registry, calls: Callable[[Endpoint], int], notes: Callable[[Table], str] = lambda _: ""
) -> dict[str, str]:
    """The text of every generated page, by its path below `docs/`.

    Args:
        calls: number of requests that one season of an endpoint takes.
        notes: how a gold table is computed, from the docstring of its module.
    """
    bronze = (endpoint.table for endpoint in registry)
    made = {path_of(item): table_page(item) for item in (*bronze, *registry.tables.values())}
    made |= {path_of(item): gold_table_page(item, notes(item)) for item in registry.derived("gold")}
    return made | {
        "data-dictionary.md": dictionary(registry),
        "data-dictionary-bronze.md": bronze_dictionary(registry),
        "drift.md": drift_page(registry),
        "endpoints.md": endpoints_page(registry, calls),
        "gold.md": gold_page(registry),
        "lineage.md": lineage(registry),
        "metrics.md": metrics_page(),
        "rules.md": rules_page(),
    }
