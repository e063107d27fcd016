"""The promise of the registry: one contract file, and everything else follows."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

import quality.contracts
from quality.dataset import Endpoint, registry
from tasks.completeness.due import todo
from tasks.lake.lake import Lake
from tasks.sql.query import query
from tests.support.lakes import NOON, built, keep, request_of, rows

CONTRACT = '''
"""Toys."""

from quality.columns import FLOAT, INT, STRING, Bounds, Field, ListOf, Record
from quality.dataset import Endpoint, Param, Pattern, silver_table

TOYS = Endpoint(
    name="toys",
    path="/toys",
    description="Toys of a season.",
    record=Record(
        (
            Field("season", INT, "Season of the toy"),
            Field("toyBoxId", INT, "Box of toys"),
            Field("toys", ListOf(Record((
                Field("toyId", INT, "Toy"),
                Field("shinePct", FLOAT, "Share that shines", True, percent=True, bounds=Bounds(ge=0, le=100)),
            ))), "Toys in the box"),
        )
    ),
    params=(Param("season", "integer"),),
    pattern=Pattern.SEASON,
)

FCT_TOYS = silver_table("fct_toys", TOYS, "Toys.", key=("toy_id",), version=("toy_box_id",), explode="toys")
'''


@pytest.fixture
def toys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts/toys.py").write_text(CONTRACT)
    monkeypatch.setattr(quality.contracts, "__path__", [*quality.contracts.__path__, str(tmp_path / "contracts")])
    registry.cache_clear()
    yield registry().endpoints["toys"]
    sys.modules.pop("quality.contracts.toys", None)
    if hasattr(quality.contracts, "toys"):
        del quality.contracts.toys
    registry.cache_clear()


def box(number: int, *shine: float) -> dict[str, object]:
    toys = [{"toyId": 10 * number + n, "shinePct": value} for n, value in enumerate(shine)]
    return {"season": 2025, "toyBoxId": number, "toys": toys}


def test_a_contract_file_is_all_that_an_endpoint_needs(toys: Endpoint, lake: Lake):
    planned = todo(lake, toys, 2025, NOON)
    assert [request.key for request in planned.due] == ["season=2025"]
    keep(lake, planned.due[0], [box(1, 50.0, 101.0), box(2, *range(20))])
    reports = built(lake, toys)
    assert reports["bronze.toys season=2025"].rows_out == 2
    assert reports["silver.fct_toys season=2025"].by_rule == {"less_than_or_equal_to(1.0)": 1}
    assert rows(lake, "silver.fct_toys", "toy_id") == [10, *range(20, 40)]
    assert rows(lake, "silver.fct_toys", "shine_pct")[-1] == 0.5
    assert query(lake, "select count(*) n from silver.fct_toys").item() == 21


def test_its_later_response_replaces_boxes_as_a_whole(toys: Endpoint, lake: Lake):
    request = request_of(toys, 2025)
    keep(lake, request, [box(1, 1.0, 2.0), box(2, 3.0)])
    built(lake, toys)
    keep(lake, request, [box(1, 4.0), box(2)], NOON + timedelta(days=1))
    built(lake, toys)
    assert rows(lake, "silver.fct_toys", "toy_id", "shine_pct") == [(10, 0.04)]


def test_two_contracts_cannot_share_a_name(toys: Endpoint, tmp_path: Path):
    (tmp_path / "contracts/twin.py").write_text(CONTRACT)
    registry.cache_clear()
    with pytest.raises(ValueError, match="toys is defined twice"):
        registry()
    sys.modules.pop("quality.contracts.twin", None)
