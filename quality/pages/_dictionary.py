"""The data dictionary: every table and column of the registry."""

from __future__ import annotations

from collections.abc import Iterable

from quality.columns import Column
from quality.dataset import AS_OF, PROVENANCE, UNKNOWN, Registry, Table, list_fields
from quality.markdown import code, page, percent, table
from quality.wording import type_name, valid

DICTIONARY = (
    "Every table and column that users read: meaning, unit, type, whether null is allowed, valid values, and the field "
    "of the API's record that it comes from. Of gold columns, `known` says when the value is known: see "
    "[gold.md](gold.md). A column name has one meaning and one type in the whole lake. A row that "
    "breaks a type, null rule, bound or list of values is in `ops.quarantine` instead. Where a null limit is given for "
    "a silver column, the audit warns above it. [data-dictionary-bronze.md](data-dictionary-bronze.md) has the layer "
    "below."
)
BRONZE = (
    "Bronze holds what the API sent, typed one to one: names in snake_case, nested objects as prefixed columns, lists "
    "kept as lists, percentages still 0-100. For analysis, use the tables in [data-dictionary.md](data-dictionary.md)."
)
NOT_SENT = {**dict.fromkeys((*PROVENANCE, AS_OF), "pipeline"), UNKNOWN: "the record"}


def dictionary(registry: Registry) -> str:
    """The tables of silver, gold and ops."""
    parts = []
    for layer in ("silver", "gold", "ops"):
        of_layer = sorted((t for t in registry.tables.values() if t.layer == layer), key=lambda item: item.name)
        if of_layer:
            contents = [f"- [{t.qualified}](#{anchor(t)}): {t.description}" for t in of_layer]
            parts += [f"## {layer}", "\n".join(contents), *_tables(of_layer)]
    return page("Data dictionary", DICTIONARY, *parts)


def bronze_dictionary(registry: Registry) -> str:
    """The tables of bronze."""
    return page("Data dictionary: bronze", BRONZE, *_tables(endpoint.table for endpoint in registry))


def anchor(item: Table) -> str:
    """GitHub's anchor of a table's heading, which has no dots."""
    return item.qualified.replace(".", "")


def _tables(items: Iterable[Table]) -> list[str]:
    return [
        f"### {item.qualified}\n\n{item.description}\n\n{_facts(item)}\n\n"
        + table(_header(item), (_column(item, column) for column in item.columns))
        for item in items
    ]


def _header(item: Table) -> tuple[str, ...]:
    known = ("known",) if item.layer == "gold" else ()
    return ("column", "type", "unit", "null", "valid", *known, "meaning", "source")


def _facts(item: Table) -> str:
    facts = [f"Partition: {item.partition}."]
    if item.key:
        facts.insert(0, f"Key: {', '.join(map(code, item.key))}.")
    if item.version and item.version != item.key:
        facts.append(f"A newer response replaces all rows with the same {', '.join(map(code, item.version))}.")
    if item.source is not None:
        facts.append(f"Source: `{item.source.path}` ({item.source.name}).")
    if item.derivation is not None:
        facts.append(f"Computed from {', '.join(code(other.qualified) for other in item.derivation.tables)}.")
    if item.opt_in:
        facts.append("Built only on request.")
    return " ".join(facts)


def _column(item: Table, column: Column) -> tuple[str, ...]:
    return (
        code(column.name),
        type_name(column.dtype),
        column.unit or "",
        _null(item, column),
        valid(column),
        *((clock_name(item, column),) if item.layer == "gold" else ()),
        column.description,
        _source(item, column),
    )


def clock_name(item: Table, column: Column) -> str:
    """When a column of gold is known, in words: morning, tip-off, final."""
    return (item.clock_of(column.name) or "").replace("_", "-")


def _null(item: Table, column: Column) -> str:
    if not column.nullable:
        return "never"
    reason = f"yes: {column.can_be_null}" if column.can_be_null else "yes"
    limits = item.null_limits if item.layer == "silver" else ()  # docs/gold.md has those of gold
    warnings = (f"; limit {percent(x.at_most)}: {x.reason}" for x in limits if column.name in x.columns)
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
