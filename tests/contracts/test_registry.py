"""One battery for every endpoint and table: a new contract file is tested before anybody writes a test for it."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from pyiceberg.io.pyarrow import schema_to_pyarrow
from support.records import record

from quality.columns import ListOf, Record
from quality.dataset import PROVENANCE, Endpoint, Partition, Table, registry
from quality.validate import check, pandera_schema
from tasks.iceberg import iceberg_schema, partition_spec, to_arrow
from tasks.parse import parse
from tasks.silver import conform

ENDPOINTS = list(registry())
TABLES = [*(endpoint.table for endpoint in ENDPOINTS), *registry().tables.values()]
SILVER = [table for table in TABLES if table.layer == "silver"]

every_endpoint = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
every_table = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.qualified)
every_silver_table = pytest.mark.parametrize("table", SILVER, ids=lambda table: table.qualified)

TYPES = {
    "string": pl.String(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "date-time": pl.Datetime("us", "UTC"),
    "integer": pl.Int64(),
    "number": pl.Float64(),
}
# Where silver has another name than tables.json, on purpose.
RENAMED = {"start_date": "start_at", "game_start_date": "start_at"}
BOX_ROW = {"athlete_id": "box_row_id"}  # /games/players sends the id of its stat row under this name
WHEN_SEEN = {"as_of", "captured_at"}  # part of the key where every capture is kept, as the API has only today's
# The API uses these names twice; everything else has one description wherever it stands.
IN_TWO_ROLES = {"home_score", "away_score", "conference_id", "venue_id"}


def operation(contract: dict[str, Any], endpoint: Endpoint) -> dict[str, Any]:
    found = [item for item in contract["endpoints"] if item["path"] == endpoint.path]
    assert len(found) == 1, f"the contract has {len(found)} operations at {endpoint.path}"
    return found[0]


Shape = list[tuple[str, bool, Any]]


def contracts_shape(contract: dict[str, Any], model: str) -> Shape:
    """(name, nullable, type) of a model's fields in order; lists and inner models are spelled out."""
    found = []
    for item in contract["models"][model]["fields"]:
        kind = item["items"] if item["type"] == "array" else item
        inner = contracts_shape(contract, kind["model"]) if "model" in kind else kind["type"]
        found.append((item["name"], item["nullable"], ["list", inner] if item["type"] == "array" else inner))
    return found


def our_shape(of: Record, theirs: Shape) -> Shape:
    """The same of a record of ours. A type that can hold the contract's is given the contract's name."""
    named = {name: kind for name, _, kind in theirs}
    found = []
    for item in of:
        kind = named.get(item.wire, "nothing")
        is_list = isinstance(item.type, ListOf) and isinstance(kind, list) and kind[0] == "list"
        inner = _shape(item.type.item, kind[1]) if is_list else _shape(item.type, kind)
        found.append((item.wire, item.nullable, ["list", inner] if is_list else inner))
    return found


def _shape(ours: Any, theirs: Any) -> Any:
    if isinstance(ours, Record) and isinstance(theirs, list):
        return our_shape(ours, theirs)
    # The contract calls whole numbers double here and there; test_types_are_those_of_the_tables decides which.
    holds = isinstance(theirs, str) and ours in (
        (TYPES[theirs], pl.Int64()) if theirs == "number" else (TYPES[theirs],)
    )
    return theirs if holds else ours


def proposed(shared: Path, table: Table) -> dict[str, Any]:
    tables = {item["table"]: item for item in json.loads((shared / "api/tables.json").read_text())["tables"]}
    if table.name not in tables:
        pytest.skip("derived, not in tables.json")
    found: dict[str, Any] = tables[table.name]
    return found


def sample(endpoint: Endpoint, count: int = 1) -> pl.DataFrame:
    """Bronze rows made from the contract, through the parser."""
    parsed = parse(orjson.dumps([record(endpoint.record, n) for n in range(1, count + 1)]), endpoint)
    assert parsed.rejects == []
    assert parsed.drift == []
    made = {column.name: pl.lit(None, dtype=column.dtype) for column in (*endpoint.inject, *PROVENANCE)}
    made |= {"fetched_at": pl.lit("2025-06-01T12:00:00Z").str.to_datetime("%+", time_unit="us", time_zone="UTC")}
    made |= {"raw_object": pl.lit("toy"), "season": pl.lit(2025)} if "season" in made else {"raw_object": pl.lit("toy")}
    made |= {"date": pl.lit("2025-01-15").str.to_date()} if "date" in made else {}
    return parsed.frame.with_columns(expression.alias(name) for name, expression in made.items()).cast(
        {column.name: column.dtype for column in endpoint.columns}
    )


@every_endpoint
def test_record_is_the_contracts_model(endpoint: Endpoint, contract: dict[str, Any]):
    """Trap: guessed names. `homeScore` for `homePoints` left every score null and 127 tests green."""
    model = operation(contract, endpoint)["response"]["model"]
    theirs = contracts_shape(contract, model)
    assert our_shape(endpoint.record, theirs) == theirs


@every_endpoint
def test_values_are_the_contracts_enum(endpoint: Endpoint, contract: dict[str, Any]):
    model = contract["models"][operation(contract, endpoint)["response"]["model"]]
    enums = {item["name"]: set(item["enum"]) for item in model["fields"] if "enum" in item}
    ours = {item.wire: set(item.values) for item in endpoint.record if item.values}
    assert ours == enums


@every_endpoint
def test_parameters_are_the_contracts(endpoint: Endpoint, contract: dict[str, Any]):
    """Trap: the API ignores a parameter it does not know and answers with the whole table."""
    theirs = {
        item["name"]: (item["type"], item["required"], item["in"] == "path", tuple(item.get("enum", ())))
        for item in operation(contract, endpoint)["params"]
    }
    ours = {p.name: (p.type, p.required, p.in_path, p.values) for p in endpoint.params}
    seasons = {"season": ("integer", *theirs["season"][1:])} if "season" in theirs else {}  # partly called a number
    assert ours == theirs | seasons


@every_endpoint
def test_row_cap_and_tier_are_the_contracts(endpoint: Endpoint, contract: dict[str, Any]):
    server = operation(contract, endpoint)["server"]
    assert (endpoint.row_cap, endpoint.min_tier) == (server["row_cap"], server["min_tier"])


@every_silver_table
def test_key_is_the_natural_key(table: Table, shared: Path):
    """Trap: deduplication on columns that do not identify a row kept 1 of 40 substitutions."""
    assert {*table.key} - WHEN_SEEN == {*proposed(shared, table)["primary_key"]}


@every_silver_table
def test_types_are_those_of_the_tables(table: Table, shared: Path):
    """Whole numbers that the contract calls double were checked on recorded data: one integer type for all joins."""
    renamed = RENAMED | (BOX_ROW if table.name == "fct_game_players" else {})
    for item in proposed(shared, table)["columns"]:
        column = table.by_name[renamed.get(item["column"], item["column"])]
        assert column.nullable == item["nullable"], column.name
        if "Struct" not in item["type"]:  # their fields are compared with the contract's model
            assert str(column.dtype) == item["type"].replace("us, UTC", "time_unit='us', time_zone='UTC'"), column.name


@every_silver_table
def test_key_exists_and_is_never_null(table: Table):
    assert table.key
    assert [name for name in (*table.key, *table.version) if name not in table.by_name] == []
    assert [name for name in table.key if table.by_name[name].nullable] == []


@every_silver_table
def test_partition_columns_are_there(table: Table):
    if table.partition is not Partition.NONE:
        assert table.by_name["season"].dtype == pl.Int64()
        assert not table.by_name["season"].nullable
    if table.partition is Partition.MONTH:
        assert table.by_name[str(table.month_column)].dtype == pl.Date()
    assert [name for name in table.sort if name not in table.by_name] == []


@every_table
def test_every_column_is_described(table: Table):
    assert table.description.endswith(".")
    assert [column.name for column in table.columns if len(column.description) < 4] == []
    assert [column.name for column in table.columns if column.name != column.name.lower()] == []


def test_a_column_name_has_one_meaning():
    """One name, one type and one description over all silver tables: what makes joins and docs trustworthy."""
    types: dict[str, set[str]] = defaultdict(set)
    meanings: dict[str, set[str]] = defaultdict(set)
    for table in SILVER:
        for column in table.columns:
            types[column.name].add(str(column.dtype))
            meanings[column.name].add(column.description)
    assert {name: found for name, found in types.items() if len(found) > 1} == {}
    assert {name for name, found in meanings.items() if len(found) > 1} == IN_TWO_ROLES


def test_names_carry_their_unit_or_role():
    """`is_`/`has_` would be wrong for API names that silver keeps; what we derive follows the rule."""
    derived = [item.column for table in SILVER for item in table.derived]
    booleans = [column.name for column in derived if column.dtype == pl.Boolean()]
    assert [name for name in booleans if not name.startswith(("is_", "has_"))] == []
    dates = [c.name for table in SILVER for c in table.columns if c.dtype == pl.Date()]
    assert [name for name in dates if not name.endswith(("_date", "_of_birth")) and name not in WHEN_SEEN] == []


@every_table
def test_iceberg_schema_follows_the_contract(table: Table):
    schema = iceberg_schema(table)
    ids = [field.field_id for field in schema._lazy_id_to_field.values()]
    assert len(ids) == len(set(ids))
    assert [field.name for field in schema.fields] == [column.name for column in table.columns]
    assert [field.required for field in schema.fields] == [not column.nullable for column in table.columns]
    assert [field.doc for field in schema.fields] == [column.description for column in table.columns]
    names = [field.name for field in partition_spec(table, schema).fields]
    months = [f"{table.month_column}_month"] if table.partition is Partition.MONTH else []
    assert names == ([] if table.partition is Partition.NONE else ["season", *months])


@every_table
def test_lists_of_objects_are_never_null(table: Table):
    """PyIceberg 0.12 stores a null list of objects as an empty one, without a word."""
    lists = [column for column in table.columns if str(column.dtype).startswith("List(Struct")]
    assert [column.name for column in lists if column.nullable] == []


@every_table
def test_an_empty_frame_goes_through(table: Table):
    empty = pl.DataFrame(schema={column.name: column.dtype for column in table.columns})
    checked = check(empty, table)
    assert (checked.report.rows_in, checked.report.quarantined) == (0, 0)
    schema = iceberg_schema(table)
    arrow = to_arrow(checked.good, schema)
    assert arrow.schema.equals(schema_to_pyarrow(schema, include_field_ids=False))
    assert_frame_equal(pl.DataFrame(arrow).cast(dict(empty.schema)), empty)


@every_endpoint
def test_a_full_record_survives_to_arrow_and_back(endpoint: Endpoint):
    frame = sample(endpoint)
    checked = check(frame, endpoint.table)
    assert checked.report.quarantined == 0, checked.quarantined
    back = pl.DataFrame(to_arrow(checked.good, iceberg_schema(endpoint.table))).cast(dict(frame.schema))
    assert_frame_equal(back, frame)


@every_silver_table
def test_silver_accepts_what_bronze_has(table: Table):
    """Explode, rename, scale and derive: one record in, its rows out, all of them valid."""
    assert table.source is not None
    silver, dropped = conform(sample(table.source, 3), table)
    checked = check(silver, table)
    assert checked.report.quarantined == 0, checked.quarantined
    assert (checked.report.rows_out + dropped, checked.good.columns) == (3, list(table.by_name))


@every_silver_table
def test_percents_are_fractions_in_silver(table: Table):
    """One unit for shares in the lake: 0-1, and bounds that follow."""
    assert table.source is not None
    wide = [column for column in table.columns if column.percent]
    assert {column.unit for column in wide} <= {"fraction 0-1"}
    bronze = sample(table.source)
    silver, _ = conform(bronze, table)
    for column in wide:
        if column.name in bronze.columns:
            assert silver[column.name].to_list() == [pytest.approx(bronze[column.name][0] / 100)]


@every_table
def test_rules_become_a_pandera_schema(table: Table):
    schema = pandera_schema(table)
    assert list(schema.columns) == list(table.by_name)
    assert {name for name, rule in schema.columns.items() if rule.nullable} == {
        column.name for column in table.columns if column.nullable
    }
