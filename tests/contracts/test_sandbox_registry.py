"""The simulated API against the registry, in any clone: two descriptions that no code joins, held together here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache

import pytest

from quality.contracts.games import GAMES
from quality.contracts.rosters import ROSTERS
from quality.contracts.teams import TEAM_SEASONS
from quality.dataset import Endpoint, Pattern, registry
from sandbox import Sandbox, SandboxConfig
from sandbox.operations.operations import OPERATIONS, Operation
from tasks.completeness.due import fan_out
from tasks.lake.lake import Lake
from tasks.requests import Request, needs_schedule, season_requests
from tests.support.lakes import built, new_lake
from tests.support.simulated import Simulated

pytestmark = pytest.mark.xdist_group("sandbox and registry")
ENDPOINTS = list(registry())
SEASON = 2025
SUMMER = datetime(2025, 8, 1, tzinfo=UTC)  # after the season and its draft
EVENING = datetime(2025, 2, 1, 21, 20, tzinfo=UTC)  # games are on

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
def world() -> Sandbox:
    """A mini season that is over."""
    return Sandbox(SandboxConfig(now=SUMMER))


@pytest.fixture(scope="module")
def lists(world: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Simulated]:
    """Games, teams and rosters of the season, fetched when they are first needed: they say what there is to request."""

    @cache
    def fetched() -> Simulated:
        simulated = Simulated(new_lake(tmp_path_factory.mktemp("lists")), world)
        for endpoint in (GAMES, TEAM_SEASONS, ROSTERS):
            simulated.bring(endpoint)
        return simulated

    return fetched


def some_requests(endpoint: Endpoint, lists: Callable[[], Simulated]) -> list[Request]:
    """Two requests of the season, or one of a fan-out, as the plan makes them."""
    if endpoint.pattern is Pattern.ONCE:
        return [Request(endpoint.name)]
    if endpoint.each is not None:
        every = season_requests(endpoint, SEASON, values=fan_out(lists().lake, endpoint.each, SEASON) or ())
        return every[len(every) // 2 :][:1]
    starts = lists().table("fct_games")["start_at"].sort().to_list() if needs_schedule(endpoint) else None
    every = season_requests(endpoint, SEASON, starts)
    return every[len(every) // 4 :: max(1, len(every) // 2)]


@every_endpoint
def test_simulated_rows_keep_the_contract(
    endpoint: Endpoint, world: Sandbox, lists: Callable[[], Simulated], lake: Lake
):
    """Trap: a stub that drifted from its contract fills `unknown_fields` and quarantine, unseen by tests of rows."""
    season = None if endpoint.pattern is Pattern.ONCE else SEASON
    requests, api = some_requests(endpoint, lists), Simulated(lake, world)
    world.now = EVENING if endpoint.snapshots and season is None else SUMMER
    rows = [row for request in requests for row in api.ask(endpoint, request)]
    world.now = SUMMER
    assert rows, f"{endpoint.path} sent nothing"
    reports = built(lake, endpoint, season)
    assert {name.partition(" ")[0] for name in reports} >= {endpoint.bronze, *fed(endpoint)}
    assert {name: report.by_rule for name, report in reports.items() if report.quarantined} == {}
    assert [f"{drift.kind} {drift.column}" for report in reports.values() for drift in report.drift] == []


def fed(endpoint: Endpoint) -> list[str]:
    """Silver tables that are made from an endpoint's rows as they are."""
    return [table.qualified for table in registry().silver_of(endpoint) if not table.at_opening]
