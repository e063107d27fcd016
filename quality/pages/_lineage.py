"""docs/lineage.md: where tables come from, as Mermaid diagrams from endpoint to raw, bronze, silver and gold."""

from __future__ import annotations

from collections.abc import Iterator

from quality.dataset import Endpoint, Registry, Table
from quality.markdown import page

INTRO = (
    "How each table is built. Solid arrows carry rows, dashed arrows carry a column that is looked up. Every table is "
    "computed from what is to the left of it: delete everything to the right of raw, run again, and it is rebuilt."
)


def lineage(registry: Registry) -> str:
    """One readable diagram per group of paths."""
    families: dict[str, list[Endpoint]] = {}
    for endpoint in registry:
        families.setdefault(endpoint.path.split("/")[1], []).append(endpoint)
    parts = [f"## /{family}\n\n{_diagram(registry, families[family])}" for family in sorted(families)]
    return page("Lineage", INTRO, *parts)


def _diagram(registry: Registry, endpoints: list[Endpoint]) -> str:
    edges = dict.fromkeys(_edges(registry, endpoints))
    return "\n".join(["```mermaid", "flowchart LR", *(f"    {edge}" for edge in edges), "```"])


def _edges(registry: Registry, endpoints: list[Endpoint]) -> Iterator[str]:
    for endpoint in endpoints:
        yield from _of_endpoint(registry, endpoint)
    fed = [table for table in registry.tables.values() if table.source in endpoints]
    for table in fed:
        yield from _lookups(table)
    for table in _computed_from(registry, fed):
        yield from _derivation(table)


def _of_endpoint(registry: Registry, endpoint: Endpoint) -> Iterator[str]:
    name = endpoint.name
    raw = f'raw_{name}[("raw/{name}")]'
    yield f'api_{name}(["GET {_plain(endpoint.path)}"]) --> {raw}'
    yield f"raw_{name} --> {_node(endpoint.table)}"
    for table in registry.silver_of(endpoint):
        yield f"{_id(endpoint.table)} --> {_node(table)}"


def _lookups(table: Table) -> Iterator[str]:
    if table.lookup is not None:
        for other, _ in table.lookup.tables:
            yield f"{_node(other)} -. {table.lookup.column.name} .-> {_id(table)}"


def _computed_from(registry: Registry, tables: list[Table]) -> list[Table]:
    """Derived tables whose first input is one of the given tables, or is itself computed from one."""
    found = list(tables)
    for table in (*registry.derived(), *registry.derived("gold")):
        if table.derivation is not None and table.derivation.tables[0] in found:
            found.append(table)
    return found[len(tables) :]


def _derivation(table: Table) -> Iterator[str]:
    for other in table.derivation.tables if table.derivation else ():
        yield f"{_node(other)} --> {_node(table)}"


def _id(table: Table) -> str:
    return f"{table.layer}_{table.name}"


def _node(table: Table) -> str:
    return f'{_id(table)}["{table.qualified}"]'


def _plain(path: str) -> str:
    """The path with its braces escaped: Mermaid draws shapes for braces."""
    return path.replace("{", "#123;").replace("}", "#125;")
