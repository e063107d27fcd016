"""No operation is ever requested with a filter that is empty or 0: the API would return its whole table.

`/lineups/team?team=` runs for minutes on the server, and `/plays/game/0` returns every play there is.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.dataset import Endpoint, Param, registry
from tasks.errors import BadInput
from tasks.requests import Request, Value
from tasks.source.client import address

EXAMPLES: dict[str, Value] = {"integer": 2025, "number": 2025, "boolean": True, "date-time": "2025-01-01"}
BLANK = st.sampled_from(["", " ", "\t", " \n ", "\u00a0"])
ZERO = st.sampled_from([0, "0", "00", "-0", "+0", " 0 ", "0.0", "0e7", ".0", "0_0"])
CASES = [(endpoint, param) for endpoint in registry() for param in endpoint.params]

every_param = pytest.mark.parametrize(
    ("endpoint", "param"), CASES, ids=[f"{endpoint.name} {param.name}" for endpoint, param in CASES]
)


def request_with(endpoint: Endpoint, param: Param, value: Value) -> Request:
    """A request of an endpoint that is good but for one value."""
    others = [(one.name, one.values[0] if one.values else EXAMPLES.get(one.type, "x")) for one in endpoint.params]
    return Request(endpoint.name, tuple((name, value if name == param.name else other) for name, other in others))


@every_param
@given(data=st.data())
def test_an_empty_or_zero_filter_is_refused_for_every_parameter(endpoint: Endpoint, param: Param, data: st.DataObject):
    bad = data.draw(BLANK | ZERO if param.type in {"integer", "number"} else BLANK)
    with pytest.raises(BadInput, match="empty or 0 is not a filter"):
        address(endpoint, request_with(endpoint, param, bad))


@every_param
def test_a_good_value_is_sent(endpoint: Endpoint, param: Param):
    good = param.values[0] if param.values else EXAMPLES.get(param.type, "x")
    path, query = address(endpoint, request_with(endpoint, param, good))
    assert "{" not in path
    assert (param.name in query) != param.in_path
