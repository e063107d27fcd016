"""The simulated API against the registry, in any clone: two descriptions by two hands, and nothing in code joins them."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from typing import Any

import pytest

from quality.contracts.games import GAMES
from quality.contracts.rosters import ROSTERS
from quality.contracts.teams import TEAM_SEASONS
from quality.dataset import Endpoint, Pattern, registry
from sandbox.operations.operations import OPERATIONS, Operation
from tasks.completeness.due import fan_out
from tasks.requests import Request, season_requests
from tests.support.lakes import built, new_lake
from tests.support.simulated import AFTER_2025, Simulated

pytestmark = pytest.mark.xdist_group("sandbox and registry")
ENDPOINTS = list(registry())
SEASON = 2025
EVENING = datetime(2025, 2, 1, 21, 20, tzinfo=UTC)  # games are on
LISTS = {GAMES, TEAM_SEASONS, ROSTERS}  # what fan-outs and dates are taken from
EACH_OF = 5

every_endpoint = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)


def operation(endpoint: Endpoint) -> Operation:
    assert endpoint.path in OPERATIONS, f"sandbox/operations/ has no {endpoint.path}"
    return OPERATIONS[endpoint.path]


def test_every_operation_has_a_dataset_and_every_dataset_an_operation():
    assert OPERATIONS.keys() == {endpoint.path for endpoint in ENDPOINTS}


@every_endpoint
def test_parameters_are_those_of_the_operation(endpoint: Endpoint):
    """Trap: the API ignores a parameter that it does not know and sends the whole table."""
    simulated = {p.name: (_kind(p.name, p.kind), p.required, set(p.enum)) for p in operation(endpoint).params}
    assert {p.name: (p.type, p.required, set(p.values)) for p in endpoint.params} == simulated
    inside = [p.name for p in endpoint.params if p.in_path]
    assert inside == [p.name for p in endpoint.params if f"{{{p.name}}}" in endpoint.path]


def _kind(name: str, kind: str) -> str:
    """The API calls some seasons numbers; a contract calls all of them whole."""
    return "integer" if name == "season" else kind


@every_endpoint
def test_limits_are_those_of_the_operation(endpoint: Endpoint):
    """Trap: a cap that the contract does not know cuts responses without a sign."""
    simulated = operation(endpoint)
    ours = (endpoint.row_cap, endpoint.min_tier, endpoint.metered)
    assert ours == (simulated.cap, simulated.tier, simulated.metered)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    """A finished mini season, with the lists that say what there is to ask for."""
    simulated = Simulated(new_lake(tmp_path_factory.mktemp("registry")))
    for endpoint in (GAMES, TEAM_SEASONS, ROSTERS):
        simulated.bring(endpoint)
    return simulated


def some_requests(api: Simulated, endpoint: Endpoint) -> list[Request]:
    """Requests as the plan makes them: all of a list or of windows, of a fan-out or of dates a few."""
    if endpoint.pattern is Pattern.ONCE:
        return [Request(endpoint.name)]
    starts = api.table("fct_games")["start_at"].sort().to_list()
    values = fan_out(api.lake, endpoint.each, SEASON) if endpoint.each else []
    every = season_requests(endpoint, SEASON, starts, values or ())
    few = endpoint.pattern in (Pattern.EACH, Pattern.DATES)
    return list(islice(every, 0, None, max(1, len(every) // EACH_OF))) if few else every


@every_endpoint
def test_simulated_rows_keep_the_contract(endpoint: Endpoint, api: Simulated):
    """Trap: a stub that drifted from its contract fills `unknown_fields` and quarantine, and no test of rows notices."""
    season = None if endpoint.pattern is Pattern.ONCE else SEASON
    api.sandbox.now = EVENING if endpoint.snapshots and season is None else AFTER_2025
    rows: list[Any] = []
    try:
        for request in some_requests(api, endpoint):
            rows += api.ask(endpoint, request)
    finally:
        api.sandbox.now = AFTER_2025
    assert rows, f"{endpoint.path} sent nothing"
    reports = built(api.lake, endpoint, season)
    assert set(reports) >= {report for report in reports if report.startswith(endpoint.bronze)} != set()
    assert {name: report.by_rule for name, report in reports.items() if report.quarantined} == {}
    assert [f"{drift.kind} {drift.column}" for report in reports.values() for drift in report.drift] == []
