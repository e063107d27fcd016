"""What a season costs: every row by the route with the fewest calls, and no fan-out that nobody asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from flows.params import expand_endpoints
from quality.dataset import Endpoint, Pattern, registry
from quality.patterns import CALL_BUDGET
from tasks.completeness.due import prerequisites
from tasks.errors import BadInput
from tasks.requests import Request, Window, needs_schedule, season_requests, split, window_of

OPENING = datetime(2024, 11, 4, 23, tzinfo=UTC)
STARTS = [OPENING + timedelta(days=day) for day in range(155)]  # 155 dates, as many as a full season has
CONFERENCES = [(f"C{number}", None) for number in range(33)]
USUAL = {"conference": CONFERENCES}


def planned(endpoint: Endpoint, season: int = 2025) -> list[Request]:
    """Requests of a real-size season once its games and teams are known."""
    if endpoint.pattern is Pattern.ONCE:
        return [Request(endpoint.name)]
    each = endpoint.each
    values = USUAL.get(each.param) or [(n, None) for n in range(each.about)] if each else ()
    return season_requests(endpoint, season, STARTS if needs_schedule(endpoint) else None, values)


DEFAULT = [registry().endpoints[name] for name in expand_endpoints(None)]


def test_a_full_season_without_fan_out_stays_within_its_budget():
    """The free tier has 1,000 calls a month: three seasons, if none costs more than this."""
    calls = {endpoint.name: len(planned(endpoint)) for endpoint in DEFAULT}
    assert sum(calls.values()) <= CALL_BUDGET, calls
    assert (calls["plays"], calls["game_teams"], calls["games"]) == (155, 12, 6)
    assert calls["stats_team_shooting_season"] == calls["stats_player_shooting_season"] == 33


def test_what_costs_a_call_per_team_or_game_must_be_named():
    dear = [endpoint.name for endpoint in registry() if len(planned(endpoint)) > 200]
    assert set(dear) & {endpoint.name for endpoint in DEFAULT} == set()
    assert {"lineups", "substitutions", "plays_by_game", "team_overviews"} <= {
        endpoint.name for endpoint in registry() if endpoint.opt_in
    }
    assert expand_endpoints("lineups,fct_play_on_floor") == ["lineups", "fct_play_on_floor"]


@pytest.mark.parametrize("endpoint", [e for e in registry() if e.route_of is None], ids=lambda e: e.name)
def test_of_several_routes_to_the_same_rows_the_plan_takes_the_cheapest(endpoint: Endpoint):
    """Trap: /plays/game for 6,000 games brings what /plays/date brings in 155 calls. A tournament is no season."""
    whole = [r for r in registry().routes(endpoint) if not r.partial and r.name != "plays_by_tournament"]
    assert min(len(planned(route)) for route in whole) == len(planned(endpoint))
    assert all(route.opt_in for route in registry().routes(endpoint)[1:])


@pytest.mark.parametrize("endpoint", [e for e in registry() if e.pattern is Pattern.EACH], ids=lambda e: e.name)
def test_a_fan_out_names_its_value_and_its_season(endpoint: Endpoint):
    """A required parameter that is left out costs a 400, one with another name brings the whole table."""
    assert endpoint.each is not None
    window = Window(OPENING, OPENING + timedelta(days=1))
    (request,) = season_requests(endpoint, 2025, values=[("Team 7", window)])
    assert request.param(endpoint.each.param) == "Team 7"
    known = {param.name: param for param in endpoint.params}
    assert {name for name, param in known.items() if param.required} <= {name for name, _ in request.params} <= {*known}
    assert (request.season, window_of(request)) == (2025, window)
    assert season_requests(endpoint, endpoint.first_season - 1, values=[("Team 7", None)]) == []
    assert [item.pattern for item in prerequisites(endpoint)] in ([Pattern.WINDOWS], [Pattern.SEASON])
    with pytest.raises(BadInput, match="no window to split"):
        split(endpoint, request)


def test_the_window_of_a_game_is_no_part_of_its_key():
    one, other = Request("e", (("gameId", 1),), 2025, Window(OPENING, OPENING)), Request("e", (("gameId", 1),), 2025)
    assert (one, one.folder) == (other, other.folder)
