"""The data dictionary: a page per table, and lists of them."""

from __future__ import annotations

from collections.abc import Iterable

from quality.columns import Column
from quality.dataset import AS_OF, PROVENANCE, UNKNOWN, Registry, Table, list_fields
from quality.markdown import code, page, percent, table
from quality.wording import type_name, valid

DICTIONARY = (
    "The tables that users read. The page of a table has every column: meaning, unit, type, whether null is allowed, "
    "valid values, and the field of the API's record that it comes from. A column name has one meaning and one type in "
    "the whole lake. A row that breaks a type, null rule, bound or list of values is in `ops.quarantine` instead. "
    "Where a null limit is given for a silver column, the audit warns above it. [gold.md](gold.md) explains the pages "
    "of gold, and [data-dictionary-bronze.md](data-dictionary-bronze.md) lists the layer below."
)
BRONZE = (
    "Bronze holds what the API sent, typed one to one: names in snake_case, nested objects as prefixed columns, lists "
    "kept as lists, percentages still 0-100. For analysis, use the tables in [data-dictionary.md](data-dictionary.md)."
)
HEADER = ("column", "meaning", "type", "unit", "null", "valid", "source")
NOT_SENT = {**dict.fromkeys((*PROVENANCE, AS_OF), "pipeline"), UNKNOWN: "the record"}


def dictionary(registry: Registry) -> str:
    """The list of the tables of silver, gold and ops."""
    parts = []
    for layer in ("silver", "gold", "ops"):
        of_layer = sorted((t for t in registry.tables.values() if t.layer == layer), key=lambda item: item.name)
        if of_layer:
            parts += [f"## {layer}", _list(of_layer)]
    return page("Data dictionary", DICTIONARY, *parts)


def bronze_dictionary(registry: Registry) -> str:
    """The list of the tables of bronze."""
    return page("Data dictionary: bronze", BRONZE, _list(endpoint.table for endpoint in registry))


def path_of(item: Table) -> str:
    """The file of a table's page, below `docs/`."""
    return f"tables/{item.qualified}.md"


def link(item: Table) -> str:
    """A link to a table's page from another one."""
    return f"[{item.qualified}]({item.qualified}.md)"


def table_page(item: Table) -> str:
    """The page of a table of bronze, silver or ops."""
    rows = table(HEADER, (_column(item, column) for column in item.columns))
    return page(item.qualified, item.description, _facts(item), rows)


def _list(items: Iterable[Table]) -> str:
    return "\n".join(f"- [{item.qualified}]({path_of(item)}): {item.description}" for item in items)


def _facts(item: Table) -> str:
    facts = [f"Partition: {item.partition}."]
    if item.key:
        facts.insert(0, f"Key: {', '.join(map(code, item.key))}.")
    if item.version and item.version != item.key:
        facts.append(f"A newer response replaces all rows with the same {', '.join(map(code, item.version))}.")
    if item.source is not None:
        facts.append(f"Source: `{item.source.path}` ({item.source.name}).")
    if item.derivation is not None:
        facts.append(f"Computed from {', '.join(map(link, item.derivation.tables))}.")
    if item.opt_in:
        facts.append("Built only on request.")
    return " ".join(facts)


def _column(item: Table, column: Column) -> tuple[str, ...]:
    return (
        code(column.name),
        column.description,
        type_name(column.dtype),
        column.unit or "",
        _null(item, column),
        valid(column),
        _source(item, column),
    )


def _null(item: Table, column: Column) -> str:
    if not column.nullable:
        return "never"
    reason = f"yes: {column.can_be_null}" if column.can_be_null else "yes"
    warnings = (f"; limit {percent(x.at_most)}: {x.reason}" for x in item.null_limits if column.name in x.columns)
    return reason + "".join(warnings)


def _source(item: Table, column: Column) -> str:
    """The value's path in the API's record, or where else it comes from."""
    if column in NOT_SENT:
        return NOT_SENT[column]
    if item.lookup is not None and column.name == item.lookup.column.name:
        return f"looked up in {', '.join(code(other.qualified) for other, _ in item.lookup.tables)}"
    if item.source is not None and column.name in [injected.name for injected in item.source.inject]:
        return "request"
    return _path(item, column) or "computed"


def _path(item: Table, column: Column) -> str:
    if item.source is None or not column.path:
        return ""
    return code(_prefix(item, column) + ".".join(column.path))


def _prefix(item: Table, column: Column) -> str:
    """The path of the list whose elements are the rows, if the column is a field of them."""
    if item.explode is None or item.source is None:
        return ""
    inside = {(inner.name, inner.path) for inner in list_fields(item.source, item.explode)}
    whole = next(field for field in item.source.fields if field.name == item.explode)
    return f"{'.'.join(whole.path)}[]." if (column.name, column.path) in inside else ""
