"""Prefect's form of each flow: one type per parameter, help, choices of the registry, and the same limits as Python."""

from __future__ import annotations

import importlib
import re
from typing import Any

import pytest
from prefect.utilities.callables import parameter_schema
from pydantic import TypeAdapter, ValidationError

from flows import params
from flows.command_line.command import FLOWS
from quality.dataset import FIRST_SEASON, registry

NAMES = [*FLOWS, "backfill-season"]


def properties(name: str) -> dict[str, dict[str, Any]]:
    """Parameters of a flow in the schema that is deployed."""
    module = {"backfill-season": "backfill"}.get(name, name).replace("-", "_")
    flow = getattr(importlib.import_module(f"flows.{module}"), name.replace("-", "_"))
    return parameter_schema(flow).model_dump_for_openapi()["properties"]


@pytest.mark.parametrize("name", NAMES)
def test_a_parameter_has_one_type_and_help(name: str) -> None:
    """Trap: the form offered `str int list list None` for a season and took every text."""
    for item in properties(name).values():
        assert item["type"] in {"string", "integer", "boolean", "array"}, item
        assert item["description"], item
        assert "default" not in item or item["default"] is not None, "an empty field would be sent as null"


def test_choices_are_those_of_the_registry() -> None:
    on_request = {table.name for table in registry().derived() if table.opt_in}
    assert set(properties("ingest")["endpoints"]["items"]["enum"]) == {*registry().endpoints} | on_request
    gold = {table.name for table in registry().derived("gold")}
    assert set(properties("gold")["tables"]["items"]["enum"]) == gold
    assert properties("ingest")["source"]["enum"] == ["sandbox", "api"]


@pytest.mark.parametrize(
    ("kind", "value", "is_valid"),
    [
        (params.Season, str(FIRST_SEASON), True),
        (params.Season, str(FIRST_SEASON - 1), False),
        (params.Season, "2015-2020", True),
        (params.Season, "2015,2017-2018", True),
        (params.Season, "all", True),
        (params.Season, "2020-", False),
        (params.Season, "25", False),
        (params.Season, "2025x", False),
        (params.Season, "", False),
        (params.Since, "2025-01-31", True),
        (params.Since, "2025-00-31", False),
        (params.Since, "20250131", False),
        (params.Since, "tomorrow", False),
        (params.LakePath, "lake", True),
        (params.LakePath, "/data/my lake", True),
        (params.LakePath, "s3://bucket/prefix", True),
        (params.LakePath, "s3://B", False),
        (params.LakePath, "gs://bucket", False),
        (params.LakePath, "  ", False),
    ],
)
def test_the_schema_refuses_what_python_refuses(kind: Any, value: str, is_valid: bool) -> None:
    adapter = TypeAdapter(kind)
    (text, _) = adapter.json_schema()["anyOf"]
    assert bool(re.search(text["pattern"], value)) is is_valid
    if is_valid:
        adapter.validate_python(value)
        return
    with pytest.raises(ValidationError):
        adapter.validate_python(value)


@pytest.mark.parametrize(
    ("given", "season"),
    [(["2015-2020", 2023], "2015-2020,2023"), ((), ""), (2024, "2024"), ("2024", "2024"), (None, None)],
)
def test_seasons_are_one_text_however_they_are_given(given: object, season: str | None) -> None:
    assert TypeAdapter(params.Season).validate_python(given) == season


def test_names_are_one_list_however_they_are_given() -> None:
    endpoints, tables = TypeAdapter(params.Endpoints), TypeAdapter(params.GoldTables)
    assert (
        endpoints.validate_python("games,lines") == endpoints.validate_python(["games", "lines"]) == ["games", "lines"]
    )
    assert tables.validate_python(["gold.team_resume"]) == ["team_resume"]
