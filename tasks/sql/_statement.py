"""What a SQL statement asks for, found by DuckDB's own parser: whether it only reads, and which tables it names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import duckdb
import orjson

from tasks.errors import BadInput

Path = tuple[str, ...]
"""A table's name in lower case, part by part: `("silver", "fct_games")`."""

REFUSED = "`cbbd-etl query` takes one SELECT and changes nothing; save its result with --output"
BEFORE = r"(?is)(?:\s|--[^\n]*\n|/\*.*?\*/|\()*"  # what may stand before the first word
EXPLAIN = re.compile(BEFORE + r"explain\s+(?:analyze\b)?\s*(?:\(\s*(?:analyze|format)\b[^)]*\))?")
READS = re.compile(BEFORE + r"(?:select|with|from|table|pivot|pivot_wider)\b")
TABLE_LISTS = {"tables", "__show_tables_expanded"}
CATALOGS = {"information_schema", "pg_catalog"}
OF_THE_CATALOG = ("duckdb_", "pragma_")  # how functions begin that list tables
OF_TEXT = {"query", "query_table"}  # functions that read tables named in a string


@dataclass(frozen=True)
class Statement:
    """A statement that only reads.

    Attributes:
        sql: its text.
        names: tables that it names; None when it may read any: it lists the catalog, or no parser could name them.
        own: names that it defines itself (CTEs), which may hide a table.
        shows: "tables" for `show tables`, "columns" for `describe` of a table; else "rows".
        layer: of `show tables from silver`.
    """

    sql: str
    names: frozenset[Path] | None
    own: frozenset[str] = frozenset()
    shows: Literal["rows", "tables", "columns"] = "rows"
    layer: str | None = None


def read_statement(connection: duckdb.DuckDBPyConnection, sql: str) -> Statement:
    """The statement of a text.

    Raises:
        BadInput: when it is not one statement, or one that does more than read.
        duckdb.ParserException: when it is no SQL.
    """
    sql = _decoded(sql)
    found = connection.extract_statements(sql)
    if len(found) != 1:
        raise BadInput(REFUSED)
    kind = found[0].type
    if kind == duckdb.StatementType.SELECT:
        return _select(connection, sql)
    if kind == duckdb.StatementType.EXPLAIN and (start := EXPLAIN.match(sql)):
        return replace(read_statement(connection, sql[start.end() :]), sql=sql, shows="rows")
    if kind == duckdb.StatementType.MULTI and (reading := _by_sqlglot(sql)):  # PIVOT without a list of its values
        return reading
    raise BadInput(REFUSED)


def _decoded(sql: str) -> str:
    """The text without the marks of bytes that the locale could not read."""
    try:
        return sql.encode(errors="surrogateescape").decode()
    except UnicodeError as error:
        raise BadInput(f"the statement is not UTF-8 text: {error}") from error


def _select(connection: duckdb.DuckDBPyConnection, sql: str) -> Statement:
    try:
        node = _tree(connection, sql)
    except (ValueError, RecursionError):  # deeper than a JSON reader goes
        return _by_sqlglot(sql) or Statement(sql, None)
    statement = _named(sql, list(_nodes(node)))
    from_table = node.get("from_table") or {}
    if from_table.get("type") != "SHOW_REF" or not _is_plain(connection, node):
        return statement
    return _shown(statement, from_table)


def _tree(connection: duckdb.DuckDBPyConnection, sql: str) -> dict[str, Any]:
    """The root node of a SELECT.

    Raises:
        ValueError: when DuckDB does not write it as JSON, or its JSON is too deep.
    """
    ((text,),) = connection.execute("select json_serialize_sql(?)", [sql]).fetchall()
    tree = orjson.loads(text)
    if tree["error"]:
        raise ValueError(tree["error_message"])
    node: dict[str, Any] = tree["statements"][0]["node"]
    return node


def _nodes(root: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every object of a tree."""
    left: list[Any] = [root]
    while left:
        item = left.pop()
        if isinstance(item, dict):
            yield item
            left += item.values()
        elif isinstance(item, list):
            left += item


def _named(sql: str, nodes: Iterable[dict[str, Any]]) -> Statement:
    names: set[Path] = set()
    own: set[str] = set()
    any_table = False
    for node in nodes:
        if node.get("type") == "BASE_TABLE":
            names.add(_path(node["catalog_name"], node["schema_name"], node["table_name"]))
        if "cte_map" in node:
            own |= {item["key"].lower() for item in node["cte_map"]["map"]}
        any_table |= _lists_the_catalog(node)
    any_table |= any(path[-2:-1] and path[-2] in CATALOGS for path in names)
    return Statement(sql, None if any_table else frozenset(names), frozenset(own))


def _path(*parts: str) -> Path:
    return tuple(part.lower() for part in parts if part)


def _lists_the_catalog(node: dict[str, Any]) -> bool:
    """Whether a node reads tables that it does not name."""
    if node.get("type") == "SHOW_REF":
        return node["query"] is None
    function = str(node.get("function_name", "")).lower()
    return function in OF_TEXT or function.startswith(OF_THE_CATALOG)


def _is_plain(connection: duckdb.DuckDBPyConnection, node: dict[str, Any]) -> bool:
    """Whether a node is `show ...` or `describe ...` itself, not a SELECT from it."""
    reference = _tree(connection, "show tables")
    return {**node, "from_table": None} == {**reference, "from_table": None}


def _shown(statement: Statement, show: dict[str, Any]) -> Statement:
    """`show tables`, `describe TABLE`; any other, as `summarize` and `describe select ...`, is left to DuckDB."""
    if show["show_type"] == "SHOW":
        path = _path(show["catalog_name"], show["schema_name"], show["table_name"])
        return replace(statement, shows="columns", names=frozenset({path}))
    if show["query"] is None:
        layer = show["schema_name"].lower() or None
        is_list = layer is not None or show["table_name"].strip('"') in TABLE_LISTS
        return replace(statement, shows="tables", layer=layer) if is_list else statement
    query = show["query"]
    if statement.names is None:
        return statement
    is_table = (query.get("from_table") or {}).get("type") == "BASE_TABLE" and _is_star(query["select_list"])
    return replace(statement, shows="columns") if is_table and show["show_type"] != "SUMMARY" else statement


def _is_star(columns: list[dict[str, Any]]) -> bool:
    kept = ("exclude_list", "replace_list", "rename_list", "qualified_exclude_list", "expr", "columns")
    return len(columns) == 1 and columns[0]["type"] == "STAR" and not any(columns[0].get(name) for name in kept)


def _by_sqlglot(sql: str) -> Statement | None:
    """The statement as sqlglot reads it; None when it cannot, or when the statement does more than read."""
    from sqlglot import exp, parse_one  # noqa: PLC0415  a tenth of a second, for statements whose tables DuckDB does not name
    from sqlglot.errors import SqlglotError  # noqa: PLC0415

    if not READS.match(sql):
        return None
    try:
        parsed = parse_one(sql, read="duckdb")
    except (SqlglotError, RecursionError):
        return None
    if not isinstance(parsed, exp.Query | exp.Pivot):
        return None
    tables = [[part.name for part in table.parts] for table in parsed.find_all(exp.Table)]
    own = {cte.alias.lower() for cte in parsed.find_all(exp.CTE)}
    return Statement(sql, frozenset(_path(*parts) for parts in tables if any(parts)), frozenset(own))
