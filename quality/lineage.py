"""What each table of the lake is made from, computed from the registry: raw → bronze → silver → gold."""

from __future__ import annotations

from quality.dataset import Table, registry


def lineage() -> dict[str, tuple[str, ...]]:
    """Names of a table's direct inputs, by its own name; both with their layer.

    A raw endpoint, `raw.games`, has none. A silver table has the bronze tables of all routes to its rows, and the
    tables in which its columns are looked up; a derived table has the tables that it is computed from.
    """
    known: dict[str, tuple[str, ...]] = {}
    for endpoint in registry():
        known[f"raw.{endpoint.name}"] = ()
        known[endpoint.bronze] = (f"raw.{endpoint.name}",)
    for name, table in registry().tables.items():
        if inputs := tuple(dict.fromkeys(_inputs(table))):
            known[name] = inputs
    return known


def _inputs(table: Table) -> list[str]:
    found = [route.bronze for route in registry().routes(table.source)] if table.source else []
    found += [other.qualified for other, _ in table.lookup.tables] if table.lookup else []
    found += [other.qualified for other in table.derivation.tables] if table.derivation else []
    return found
