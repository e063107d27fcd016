"""Example rows of endpoints, in `examples/<dataset>.json`: the contract takes every one, raw to silver.

`cbbd-etl new endpoint` writes them with invented values. They are neither the contract's nor the simulated API's own
idea of a row, so they show when both are changed together and wrong.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest

from quality.dataset import Endpoint, Pattern, registry
from tasks.lake.lake import Lake
from tasks.requests import Request, season_requests
from tests.support.lakes import built, keep, request_of
from tests.support.records import BY_TYPE

EXAMPLES = sorted((Path(__file__).parent / "examples").glob("*.json"))
SEASON, DAY = 2025, date(2025, 1, 15)

every_example = pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)


def rows_of(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = orjson.loads(path.read_bytes())
    return rows


def asked(endpoint: Endpoint) -> Request:
    """A request that can have brought the rows."""
    if endpoint.each is None:
        return request_of(endpoint, None if endpoint.pattern is Pattern.ONCE else SEASON, DAY)
    kind = registry().tables[f"silver.{endpoint.each.table}"].by_name[endpoint.each.column].dtype
    return season_requests(endpoint, SEASON, values=[(BY_TYPE.get(type(kind), 7), None)])[0]


@every_example
def test_every_example_row_arrives(path: Path, lake: Lake):
    """Trap: guessed names. A field that the contract spells in another way is null in every row, without an error."""
    endpoint, rows = registry().endpoints[path.stem], rows_of(path)
    request = asked(endpoint)
    keep(lake, request, rows)
    reports = built(lake, endpoint, request.season)
    assert lake.scan(endpoint.bronze).collect().height == len(rows) > 0
    assert {name: report.by_rule for name, report in reports.items() if report.quarantined} == {}
    assert [f"{drift.kind} {drift.column}" for report in reports.values() for drift in report.drift] == []
    for table in registry().silver_of(endpoint):
        found = lake.scan(table.qualified).collect()
        assert found.height >= len(rows) or table.explode is not None
