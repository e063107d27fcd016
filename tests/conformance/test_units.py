"""Units of the contracts against the answers of the API's own server: what is a percentage and what is a fraction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from quality.columns import Field, ListOf, Record
from quality.dataset import Endpoint, registry
from tests.conformance.answers import recorded

pytestmark = pytest.mark.usefixtures("shared")

FRACTION = 1.6  # a rate may be a little above 1: free throws by field goal attempts
ENOUGH = 20  # values, not 0, that tell the scale of a field


def endpoints() -> dict[str, Endpoint]:
    """Endpoints by their path."""
    return {endpoint.path: endpoint for endpoint in registry()}


def numbers(record: Record, row: Any, path: str = "") -> Iterator[tuple[str, Field, float]]:
    """Every number of a record's shares: its path, its field and the value."""
    for field in record:
        value, place = (row or {}).get(field.wire), f"{path}{field.wire}"
        inner = field.type.item if isinstance(field.type, ListOf) else field.type
        if isinstance(inner, Record):
            for item in value if isinstance(value, list) else [value]:
                yield from numbers(inner, item, f"{place}.")
        elif isinstance(value, int | float) and (field.percent or field.unit == "fraction 0-1"):
            yield place, field, float(value)


def test_percentages_and_fractions_are_what_the_server_sends() -> None:
    """Trap: the leaderboard's percentages were said to be fractions, so silver had 53 where 0.53 was meant."""
    known, seen = endpoints(), defaultdict[tuple[str, Field], list[float]](list)
    for answer in recorded():
        if answer.status == 200 and isinstance(answer.body, list) and answer.path in known:
            for row in answer.body:
                for place, field, value in numbers(known[answer.path].record, row):
                    seen[f"{answer.path} {place}", field].append(abs(value))
    assert len(seen) > 60
    wrong = [
        f"{place}: up to {max(values):g}, unit {field.unit}"
        for (place, field), values in seen.items()
        if (not field.percent and max(values) > FRACTION)
        or (field.percent and max(values) <= 1 and sum(value > 0 for value in values) >= ENOUGH)
    ]
    assert wrong == []
