"""The data dictionary: every table and column, from the registry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from quality.columns import Column
from quality.dataset import AS_OF, PROVENANCE, UNKNOWN, Registry, Table, list_fields
from quality.markdown import code, page, table

TYPES: dict[type[pl.DataType], str] = {
    pl.Int64: "integer",
    pl.Float64: "number",
    pl.String: "text",
    pl.Boolean: "true or false",
    pl.Date: "date",
    pl.Datetime: "timestamp, UTC",
}
DICTIONARY = (
    "Every table and column that is served, with its meaning, unit, type, whether it can be null, which values are "
    "valid, and where it stands in the API's record. A column name has one meaning and one type in the whole lake; "
    "what breaks a type, null rule, bound or list of values is in `ops.quarantine`, not here. The layer below is in "
    "[data-dictionary-bronze.md](data-dictionary-bronze.md)."
)
BRONZE = (
    "Bronze is what the API sent, typed one to one: names in snake_case, nested objects as prefixed columns, lists "
    "kept, percentages still 0-100. What to read is in [data-dictionary.md](data-dictionary.md)."
)


def dictionary(registry: Registry) -> str:
    """Tables that are served, layer by layer."""
    parts = []
    for layer in ("silver", "gold", "ops"):
        of_layer = sorted((t for t in registry.tables.values() if t.layer == layer), key=lambda item: item.name)
        if of_layer:
            contents = [f"- [{t.qualified}](#{anchor(t)}): {t.description}" for t in of_layer]
            parts += [f"## {layer}", "\n".join(contents), *_tables(of_layer)]
    return page("Data dictionary", DICTIONARY, *parts)


def bronze_dictionary(registry: Registry) -> str:
    """Tables of the layer below."""
    return page("Data dictionary: bronze", BRONZE, *_tables(endpoint.table for endpoint in registry))


def anchor(item: Table) -> str:
    """GitHub's anchor of a heading: dots go away."""
    return item.qualified.replace(".", "")


def _tables(items: Iterable[Table]) -> list[str]:
    header = ("column", "type", "unit", "null", "valid", "meaning", "source")
    return [
        f"### {item.qualified}\n\n{item.description}\n\n{_facts(item)}\n\n"
        + table(header, (_column(item, column) for column in item.columns))
        for item in items
    ]


def _facts(item: Table) -> str:
    facts = [f"Partition: {item.partition}."]
    if item.key:
        facts.insert(0, f"Key: {', '.join(map(code, item.key))}.")
    if item.version and item.version != item.key:
        facts.append(f"A newer response replaces all rows of the same {', '.join(map(code, item.version))}.")
    if item.source is not None:
        facts.append(f"Source: `{item.source.path}` ({item.source.name}).")
    if item.derivation is not None:
        facts.append(f"Computed from {', '.join(code(other.qualified) for other in item.derivation.tables)}.")
    if item.opt_in:
        facts.append("Made on request.")
    return " ".join(facts)


def _column(item: Table, column: Column) -> tuple[str, ...]:
    null = f"yes: {column.can_be_null}" if column.can_be_null else "yes" if column.nullable else "never"
    return (
        code(column.name),
        type_name(column.dtype),
        column.unit or "",
        null,
        valid(column),
        column.description,
        _source(item, column),
    )


def type_name(dtype: pl.DataType) -> str:
    """A type as people say it."""
    if isinstance(dtype, pl.List):
        return f"list of {_inner(dtype.inner)}"
    if isinstance(dtype, pl.Struct):
        return "{" + ", ".join(f"{item.name} {_inner(item.dtype)}" for item in dtype.fields) + "}"
    return TYPES[type(dtype)]


def _inner(dtype: object) -> str:
    assert isinstance(dtype, pl.DataType), f"nested types are declared as instances, not {dtype!r}"
    return type_name(dtype)


def valid(column: Column) -> str:
    """Values that a column may have, as people say it; nothing where any will do."""
    if column.values:
        return ", ".join(map(code, column.values)) + (", others are kept" if column.open_values else "")
    if column.bounds is None:
        return ""
    scale = 100 if column.percent and column.unit != "percent" else 1  # bounds are those of what the API sends
    low, high = (None if limit is None else limit / scale for limit in (column.bounds.ge, column.bounds.le))
    return replace(column.bounds, ge=low, le=high).describe()


def _source(item: Table, column: Column) -> str:
    """Path in the API's record, or who else the value is from."""
    if column in PROVENANCE or column == AS_OF:
        return "pipeline"
    if column == UNKNOWN:
        return "the record"
    if item.lookup is not None and column.name == item.lookup.column.name:
        return f"looked up in {', '.join(code(other.qualified) for other, _ in item.lookup.tables)}"
    if item.source is None:
        return "computed"
    if column.name in {injected.name for injected in item.source.inject}:
        return "request"
    return code(_prefix(item, column) + ".".join(column.path)) if column.path else "computed"


def _prefix(item: Table, column: Column) -> str:
    """Where the list stands whose elements are the rows."""
    if item.explode is None or item.source is None:
        return ""
    inside = {(inner.name, inner.path) for inner in list_fields(item.source, item.explode)}
    whole = next(field for field in item.source.fields if field.name == item.explode)
    return f"{'.'.join(whole.path)}[]." if (column.name, column.path) in inside else ""
