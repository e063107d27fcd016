"""The month's calls: what is left, who spent them, and the reserve that only the daily run may touch."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from quality.contracts.lines import LINES
from quality.contracts.lineups import LINEUPS
from quality.contracts.ratings import RATINGS_ADJUSTED
from quality.contracts.reference import VENUES
from quality.contracts.scoreboard import SCOREBOARD
from quality.dataset import Endpoint, registry
from sandbox import SandboxConfig
from tasks.completeness.due import Todo
from tasks.completeness.quota import Month, daily_calls, daily_need, month, need_until_month_ends, quota_left
from tasks.lake.allotments import Allotments
from tasks.lake.lake import Lake
from tasks.requests import Request, season_requests
from tasks.runs.engine import Engine
from tasks.settings import Settings
from tasks.source.fetch import Outcome
from tests.support.lakes import envelope_of, keep, request_of

DAY = timedelta(days=1)
NOW = datetime(2025, 3, 10, 12, tzinfo=UTC)


def answer(lake: Lake, endpoint: Endpoint, at: datetime, left: int | None, *, good: bool = True) -> None:
    request = request_of(endpoint, 2025)
    body = orjson.dumps({"at": at})
    lake.raw.put(request, replace(envelope_of(request, body, at, 0), remaining_calls=left), body, good=good)


def test_the_newest_answer_says_what_the_month_leaves(lake: Lake):
    answer(lake, RATINGS_ADJUSTED, NOW - DAY, 700)
    answer(lake, LINES, NOW - 2 * DAY, 800)
    assert quota_left(lake, NOW) == 700
    assert quota_left(lake, NOW + 40 * DAY) is None, "another month has another quota"


def test_an_empty_lake_knows_no_quota(lake: Lake):
    assert quota_left(lake, NOW) is None
    assert month(lake, NOW) == Month({})


def test_the_ledger_counts_every_answer_that_cost_a_call(lake: Lake):
    """A rejected answer was paid for, a free one was not, and one of last month was paid by last month."""
    answer(lake, RATINGS_ADJUSTED, NOW - 30 * DAY, 5)
    answer(lake, LINES, NOW - 3 * DAY, 900)
    answer(lake, LINES, NOW - 2 * DAY, 899, good=False)
    answer(lake, RATINGS_ADJUSTED, NOW - DAY, 898)
    keep(lake, Request(SCOREBOARD.name), [], NOW)
    found = month(lake, NOW)
    assert found.used == {"lines": 2, "ratings_adjusted": 1}
    assert (found.calls, found.remaining, found.as_of, found.elsewhere) == (3, 898, NOW - DAY, 0)


def test_calls_of_others_with_the_same_key_show(lake: Lake):
    """The football API and other lakes spend from the same pool."""
    answer(lake, LINES, NOW - 2 * DAY, 900)
    answer(lake, LINES, NOW - DAY, 879)
    assert month(lake, NOW).elsewhere == 20


def test_a_daily_run_costs_what_its_plan_repeats():
    """Dates of a week and today; a 4-day window for 11 days; a list once in its refresh time; no fan-out per game."""
    by_name = registry().endpoints
    assert daily_calls(by_name["plays"]) == 8
    assert daily_calls(by_name["game_players"]) == 11 / 4
    assert daily_calls(VENUES) == 1 / VENUES.refresh_days
    assert daily_calls(LINEUPS) == daily_calls(SCOREBOARD) == 0
    assert 20 <= daily_need() <= 60
    assert need_until_month_ends(datetime(2025, 2, 27, tzinfo=UTC)) == daily_need()
    assert need_until_month_ends(datetime(2025, 3, 31, 23, tzinfo=UTC)) == 0


# -- the reserve ------------------------------------------------------------------------------------------------------


@pytest.fixture
def settings(tmp_path, request: pytest.FixtureRequest) -> Settings:
    path = tmp_path / "sandbox.json"
    path.write_text(SandboxConfig(monthly_quota=10).to_json())
    return Settings(_env_file=None, source="sandbox", sandbox_config=path, quota_reserve=4)


def fetch(session: Engine, endpoint: Endpoint) -> list[Outcome]:
    requests = season_requests(endpoint, 2025)
    return session.fetch(Todo(endpoint, 2025, requests, requests), lambda _: None)


def asked(outcomes: list[Outcome]) -> int:
    return sum(outcome.status == "kept" for outcome in outcomes)


def test_a_backfill_stops_at_the_reserve_and_the_daily_run_may_spend_it(lake: Lake, settings: Settings):
    lines = registry().endpoints["game_players"]
    with Engine(settings, lake, keeps_reserve=True) as backfill:
        done = fetch(backfill, lines)
        assert asked(done) == 6, "ten calls, four of them kept back, even with three under way at once"
        assert {item.status for item in done} == {"kept", "not_asked"}
        assert backfill.stopped_by_reserve is not None
        assert "4 calls are left this month and 4 are reserved for the daily run" in backfill.stopped_by_reserve
    with Engine(settings, lake) as daily:
        assert asked(fetch(daily, RATINGS_ADJUSTED)) == 1
        assert daily.stopped_by_reserve is None


def test_a_backfill_knows_from_the_lake_that_nothing_is_to_spend(lake: Lake, settings: Settings):
    """Not one call to find out."""
    with Engine(settings, lake) as daily:
        at = daily.clock()
    answer(lake, LINES, at, 4)
    with Engine(settings, lake, keeps_reserve=True) as backfill:
        assert asked(fetch(backfill, RATINGS_ADJUSTED)) == 0
        assert backfill.client.sent == 0


def test_a_backfill_knows_from_another_run_that_nothing_is_to_spend(lake: Lake, settings: Settings):
    """Trap: its own number is older than the calls of the other run, so that it spends the last call once more."""
    with Engine(settings, lake) as daily:
        at, other = daily.clock(), Allotments(daily.leases.files)
    answer(lake, LINES, at, 5)
    assert other.take(f"{at:%Y-%m}", 5, 0, settings.quota_reserve) == 1
    with Engine(settings, lake, keeps_reserve=True) as backfill:
        assert asked(fetch(backfill, RATINGS_ADJUSTED)) == 0
        assert "and 1 by other runs that are under way" in str(backfill.stopped_by_reserve)
    other.give_back(4)
    with Engine(settings, lake, keeps_reserve=True) as backfill:
        assert asked(fetch(backfill, RATINGS_ADJUSTED)) == 0
        assert "4 calls are left this month and 4 are reserved" in str(backfill.stopped_by_reserve)
        assert backfill.client.sent == 0


def test_a_fan_out_in_a_daily_run_leaves_the_reserve_to_the_rest_of_it(lake: Lake, settings: Settings):
    with Engine(settings, lake) as daily:
        games = [Request(LINEUPS.name, (("gameId", number),), 2025) for number in range(1, 9)]
        done = daily.fetch(Todo(LINEUPS, 2025, games, games), lambda _: None)
        assert asked(done) == 6
        assert asked(fetch(daily, RATINGS_ADJUSTED)) == 1, "the stop was for the fan-out only"
        assert daily.stopped_by_reserve
