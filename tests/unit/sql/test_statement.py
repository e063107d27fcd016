"""Which tables a statement names, and whether it only reads."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import BadInput
from tasks.sql._statement import Path, Statement, _by_sqlglot, read_statement

Sql = tuple[str, frozenset[Path]]  # a statement and the tables that it names


CONNECTION = duckdb.connect()


def read(sql: str) -> Statement:
    return read_statement(CONNECTION, sql)


def named(statement: Statement | None) -> set[Path]:
    """Names that are not the statement's own."""
    assert statement is not None
    assert statement.names is not None
    return {path for path in statement.names if len(path) > 1 or path[0] not in statement.own}


STYLES = (
    lambda layer, table: f"{layer}.{table}",
    lambda layer, table: f"{layer}.{table}".upper(),
    lambda layer, table: f'"{layer}" . "{table.title()}"',
    lambda layer, table: f'{layer}."{table}" as "from silver.alias"',
    lambda layer, table: f"memory.{layer}.{table}",
)


@st.composite
def tables(draw: st.DrawFn) -> Sql:
    """A table as it stands after FROM, written in one of the ways of SQL."""
    layer, table = draw(st.sampled_from(["bronze", "silver", "gold"])), draw(st.sampled_from(["fct_a", "dim_b", "v_c"]))
    style = draw(st.integers(0, len(STYLES) - 1))
    return STYLES[style](layer, table), frozenset({("memory", layer, table) if style == 4 else (layer, table)})


SHAPES = (  # {t} is a table, {one} and {other} are statements
    "select * from {t} join ({one}) o on true",
    "select * from {t}, lateral ({one}) o",
    "from {t} where x in ({one})",
    "select x from {t} where not exists ({one}) group by all having max(y) > ({other})",
    "select ({one}) as s, 'from silver.text' from {t} -- join silver.comment",
    "({one}) union all ({other})",
    "({one}) except select * from {t} order by 1",
    "with c as ({one}), d as materialized ({other}) select * from c join d using (x) join {t} using (x)",
    "with recursive r as (select 1 as n union all select n + 1 from r, ({one}) o) select * from r, {t}",
    "select * from {t} where exists (with c as ({one}) select * from c)",
    "/* from silver.hidden */ select case when true then ({one}) end from {t} limit 1",
    "select list(x order by ({one})) over (partition by y) from {t} qualify row_number() over () = 1",
)


@st.composite
def nested(draw: st.DrawFn, inner: st.SearchStrategy[Sql]) -> Sql:
    """A statement made of a table and of one or two others."""
    shape = draw(st.sampled_from(SHAPES))
    parts = {"t": draw(tables()), "one": draw(inner), "other": draw(inner)}
    used = {name: part for name, part in parts.items() if f"{{{name}}}" in shape}
    text = shape.format(**{name: sql + "\n" for name, (sql, _) in used.items()})  # a comment ends with its line
    return text, frozenset().union(*(names for _, names in used.values()))


def plain(table: Sql) -> Sql:
    return f"select * from {table[0]}", table[1]


statements = st.recursive(tables().map(plain), nested, max_leaves=6)


@given(statements)
def test_every_table_is_found_and_nothing_else(made: Sql):
    """Traps: a name in a text or a comment is no table, a CTE is none, and FROM may come first."""
    sql, names = made
    assert named(read(sql)) == names


@given(statements)
def test_the_second_parser_finds_the_same(made: Sql):
    """It reads the statements that DuckDB does not tell: PIVOT without its values, and trees that are too deep."""
    sql, names = made
    assert named(_by_sqlglot(sql)) == names


@given(statements)
def test_a_pivot_names_its_tables(made: Sql):
    sql, names = made
    assert named(read(f"pivot ({sql}\n) on x using count(*)")) == names
    assert named(read(f"explain ({sql}\n)")) == names


@pytest.mark.parametrize(
    "sql",
    [
        "show databases",
        "from information_schema.tables",
        "select * from duckdb_columns()",
        "select * from query('from silver.a')",
        "select * from query_table(['silver.a'])",
        "from memory.information_schema.columns",
    ],
)
def test_some_statements_read_tables_that_they_do_not_name(sql: str):
    assert read(sql).names is None


def test_a_statement_too_deep_for_one_parser_is_read_by_the_other():
    sql = "select * from silver.a where " + " and ".join(["(x = 1 or y = 2)"] * 600)
    assert read(sql).names in (frozenset({("silver", "a")}), None)


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "-- nothing",
        "select 1; select 2",
        "select 1; drop view silver.fct_games",
        "drop table silver.fct_games",
        "delete from silver.fct_games",
        "delete from silver.fct_games returning *",
        "insert into silver.fct_games select * from silver.fct_games",
        "update silver.fct_games set season = 1",
        "create table t (a int)",
        "create view v as select 1",
        "create or replace table silver.fct_games as select 1",
        "create table t as pivot silver.a on x using count(*)",
        "alter view silver.fct_games rename to x",
        "copy silver.fct_games to 'games.csv'",
        "copy (select 1) to '/tmp/x.csv'",
        "copy (pivot silver.a on x using count(*)) to 'x.csv'",
        "copy silver.fct_games from 'x.csv'",
        "attach 'x.db'",
        "detach memory",
        "use memory",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "reset enable_external_access",
        "pragma version",
        "pragma enable_profiling",
        "call pragma_version()",
        "checkpoint",
        "vacuum",
        "export database 'x'",
        "import database 'x'",
        "begin transaction",
        "prepare p as select 1",
        "create secret (type s3)",
        "explain delete from silver.fct_games",
        "explain analyze insert into silver.fct_games select 1",
        "/* select */ create table t as pivot silver.a on x using count(*)",
    ],
)
def test_what_is_more_than_a_select_is_refused(sql: str, capfd: pytest.CaptureFixture[str]):
    with pytest.raises(BadInput, match="takes one SELECT and changes nothing; save its result with --output"):
        read(sql)
    assert capfd.readouterr().err == ""
