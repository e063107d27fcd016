"""Where tables come from, as Mermaid diagrams: endpoint → raw → bronze → silver → what is computed from it."""

from __future__ import annotations

from collections.abc import Iterator

from quality.dataset import Endpoint, Registry, Table
from quality.markdown import page

INTRO = (
    "How each table comes to be. Solid arrows carry rows, dashed ones a column that is looked up. Every arrow is a "
    "function of what stands before it: deleting everything to the right of raw and running again brings it back."
)


def lineage(registry: Registry) -> str:
    """One diagram per family of paths, so that each can be read."""
    families: dict[str, list[Endpoint]] = {}
    for endpoint in registry:
        families.setdefault(endpoint.path.split("/")[1], []).append(endpoint)
    parts = [f"## /{family}\n\n{_diagram(registry, families[family])}" for family in sorted(families)]
    return page("Lineage", INTRO, *parts)


def _diagram(registry: Registry, endpoints: list[Endpoint]) -> str:
    edges = [edge for endpoint in endpoints for edge in _of_endpoint(registry, endpoint)]
    fed = [table for table in registry.tables.values() if table.source in endpoints]
    edges += [edge for table in fed for edge in _lookups(table)]
    edges += [edge for table in _computed_from(registry, fed) for edge in _derivation(table)]
    lines = [f"    {edge}" for edge in dict.fromkeys(edges)]
    return "\n".join(["```mermaid", "flowchart LR", *lines, "```"])


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
    """Tables computed from others, where the first of these is among the given ones or computed from them."""
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
    """Braces mean shapes in Mermaid."""
    return path.replace("{", "#123;").replace("}", "#125;")
