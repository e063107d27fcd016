"""Every contract against the API's own: names, types, nulls, parameters, limits, keys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from quality.columns import ListOf, Record
from quality.dataset import Endpoint, Table, registry

ENDPOINTS = list(registry())
SILVER = [table for table in registry().tables.values() if table.layer == "silver"]

every_endpoint = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
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
FINAL = {"home_score": "home_points", "away_score": "away_points"}  # in lines; in plays the score is running
BOX_ROW = {"athlete_id": "box_row_id"}  # /games/players sends the id of its stat row under this name
WIDER = {"weight"}  # whole for the draft, not for rosters: one type in the lake
TIMES_AS_TEXT = {"generatedAt", "startDate", "calendarDate", "date", "latestFinalStartDate", "leaderboardUpdatedAt"}
SENT_TOO = {"/draft/picks": {"position"}}  # by the server; the official client does not know it
VALUES_ADDED = {"pollType": ("ap", "coaches")}  # text in the contract; the server accepts two words
CAPTURED = {"as_of", "captured_at"}  # our part of a snapshot's key


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
        inner = _shape(item.type.item, kind[1]) if is_list else _shape(item.type, kind, item.wire)
        found.append((item.wire, item.nullable, ["list", inner] if is_list else inner))
    return found


def _shape(ours: Any, theirs: Any, wire: str = "") -> Any:
    if isinstance(ours, Record) and isinstance(theirs, list):
        return our_shape(ours, theirs)
    return theirs if isinstance(theirs, str) and ours in _holding(theirs, wire) else ours


def _holding(theirs: str, wire: str) -> list[pl.DataType]:
    """Types that hold the contract's."""
    found = [TYPES[theirs]]
    if theirs == "number":  # here and there for whole numbers; test_types_are_those_of_the_tables decides which
        found.append(pl.Int64())
    if theirs == "integer" and wire in WIDER:
        found.append(pl.Float64())
    if theirs == "string" and wire in TIMES_AS_TEXT:
        found += [TYPES["date"], TYPES["date-time"]]
    return found


def proposed(shared: Path, table: Table) -> dict[str, Any]:
    tables = {item["table"]: item for item in json.loads((shared / "api/tables.json").read_text())["tables"]}
    if table.name not in tables:
        pytest.skip("derived, not in tables.json")
    found: dict[str, Any] = tables[table.name]
    return found


@every_endpoint
def test_record_is_the_contracts_model(endpoint: Endpoint, contract: dict[str, Any]):
    """Trap: guessed names. `homeScore` for `homePoints` left every score null and 127 tests green."""
    model = operation(contract, endpoint)["response"]["model"]
    theirs = contracts_shape(contract, model)
    extra = [item for item in endpoint.record if item.wire in SENT_TOO.get(endpoint.path, set())]
    assert our_shape(Record(tuple(item for item in endpoint.record if item not in extra)), theirs) == theirs
    assert {item.wire for item in extra} == SENT_TOO.get(endpoint.path, set())
    assert all(item.may_be_missing for item in extra)


@every_endpoint
def test_values_are_the_contracts_enum(endpoint: Endpoint, contract: dict[str, Any]):
    model = contract["models"][operation(contract, endpoint)["response"]["model"]]
    enums = {i["name"]: set(i["enum"]) for i in model["fields"] if "enum" in i and i["type"] == "string"}
    ours = {item.wire: set(item.values) for item in endpoint.record if item.values}
    assert ours == enums


@every_endpoint
def test_parameters_are_the_contracts(endpoint: Endpoint, contract: dict[str, Any]):
    """Trap: the API ignores a parameter it does not know and answers with the whole table."""
    theirs = {
        item["name"]: (item["type"], item["required"], item["in"] == "path", _values(item))
        for item in operation(contract, endpoint)["params"]
    }
    ours = {p.name: (p.type, p.required, p.in_path, p.values) for p in endpoint.params}
    seasons = {"season": ("integer", *theirs["season"][1:])} if "season" in theirs else {}  # partly called a number
    assert ours == theirs | seasons


def _values(item: dict[str, Any]) -> tuple[str, ...]:
    return VALUES_ADDED.get(item["name"], tuple(item.get("enum", ())))


@every_endpoint
def test_limits_are_the_contracts(endpoint: Endpoint, contract: dict[str, Any]):
    server = operation(contract, endpoint)["server"]
    ours = (endpoint.row_cap, endpoint.min_tier, endpoint.metered)
    assert ours == (server["row_cap"], server["min_tier"], server["metered"])


def test_every_operation_has_a_contract(contract: dict[str, Any]):
    assert {endpoint.path for endpoint in ENDPOINTS} == {item["path"] for item in contract["endpoints"]}


def test_every_proposed_table_is_there(shared: Path):
    wanted = {item["table"] for item in json.loads((shared / "api/tables.json").read_text())["tables"]}
    assert wanted - {table.name for table in SILVER} == set()


@every_silver_table
def test_key_is_the_natural_key(table: Table, shared: Path):
    """Trap: deduplication on columns that do not identify a row kept 1 of 40 substitutions."""
    assert {*table.key} - CAPTURED == {*proposed(shared, table)["primary_key"]}


@every_silver_table
def test_types_are_those_of_the_tables(table: Table, shared: Path):
    """Whole numbers that the contract calls double were checked on recorded data: one integer type for all joins."""
    renamed = RENAMED | {"fct_game_players": BOX_ROW, "fct_lines": FINAL}.get(table.name, {})
    for item in proposed(shared, table)["columns"]:
        column = table.by_name[renamed.get(item["column"], item["column"])]
        assert column.nullable == (item["nullable"] or column.can_be_null is not None), column.name
        if (
            "Struct" not in item["type"] and column.name not in WIDER
        ):  # their fields are compared with the contract's model
            assert str(column.dtype) == item["type"].replace("us, UTC", "time_unit='us', time_zone='UTC'"), column.name
