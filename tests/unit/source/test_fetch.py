"""The engine from outside: every request gets an outcome, and one that fails stops no other."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter

import httpx
import pytest

from quality.dataset import Endpoint
from tasks.errors import Permanent
from tasks.source.client import Response
from tasks.source.fetch import Outcome, fetch_all
from tasks.source.limiter import Limiter
from tests.support.toy_api import GATED, KEY, PORTAL, SEASONAL, Script, Shelf, client, fetch, refusal, rows, season
from tests.support.virtual_time import now, run

QUOTA = refusal(429, "Monthly call quota exceeded.")
TIER = refusal(401, "Unauthorized. This endpoint requires a Patreon subscription at Tier 2 or higher.")


def by_season(outcomes: list[Outcome]) -> dict[int | None, str]:
    return {outcome.request.season: outcome.status for outcome in outcomes}


class ByPath(httpx.AsyncBaseTransport):
    """Answers by path and query; every call takes a virtual second; notes what was in flight."""

    def __init__(self, answer) -> None:
        self.answer, self.asked, self.running, self.most = answer, [], 0, 0

    async def handle_async_request(self, request):
        self.asked.append(str(request.url.copy_with(host=None, scheme=None)))
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(1)
        finally:
            self.running -= 1
        return self.answer(request)


def year_of(request: httpx.Request) -> int:
    return int(request.url.params["season"])


def test_everything_is_kept_and_accounted_for():
    shelf = Shelf()
    outcomes = fetch(ByPath(lambda r: rows(year_of(r) - 2000)), [season(year) for year in range(2001, 2031)], shelf)
    assert {o.request.season: o.records for o in outcomes} == {year: year - 2000 for year in range(2001, 2031)}
    assert {o.status for o in outcomes} == {"kept"}
    assert all(o.bytes == len(shelf.good[o.request]) for o in outcomes)
    assert all((o.calls, o.error, o.split_into) == (1, None, ()) for o in outcomes)


def test_no_work_is_no_call():
    script = Script(rows(1))
    assert fetch(script, []) == []
    assert script.asked == []


def test_the_first_call_goes_alone_then_as_many_as_the_limiter_allows():
    api = ByPath(lambda r: rows(1))
    fetch(api, [season(2030)])
    assert api.most == 1
    fetch(api, [season(year) for year in range(2001, 2010)], in_flight=4)
    assert api.most == 4


def test_downloads_wait_for_what_is_still_being_kept():
    """Bodies of 53 MB: with a slow disk, no more of them may be in memory than calls in flight."""
    release = threading.Event()

    def keep(endpoint: Endpoint, response: Response) -> int:
        assert response.request.season == 2001 or release.wait(600)
        return 1

    async def main() -> int:
        api = ByPath(lambda r: rows(1))
        async with client(api, limiter=Limiter(None, 2, clock=now)) as http:
            work = [season(year) for year in range(2001, 2020)]
            task = asyncio.ensure_future(fetch_all(http, work, keep, lambda outcome: None))
            await asyncio.sleep(1.5)
            await asyncio.sleep(100)
            asked = len(api.asked)
            release.set()
            await task
        return asked

    assert run(main()) == 1 + 2


@pytest.mark.parametrize(
    "bad", [httpx.Response(404, json={"message": "no"}), httpx.Response(500), httpx.Response(200, html="<html>")]
)
def test_h7_one_bad_request_stops_no_other(bad):
    shelf = Shelf()
    api = ByPath(lambda r: bad if year_of(r) == 2003 else rows(2))
    outcomes = fetch(api, [season(year) for year in range(2001, 2008)], shelf)
    failed = [o for o in outcomes if o.status == "failed"]
    assert [o.request.season for o in failed] == [2003]
    assert (failed[0].error or "").startswith("seasonal?season=2003: HTTP ")
    assert len(shelf.good) == 6


def test_h8_a_bad_body_is_stored_as_rejected():
    shelf = Shelf()
    outcomes = fetch(Script(httpx.Response(200, html="<html>docs</html>")), [season(2030)], shelf)
    assert shelf.bad == {outcomes[0].request: b"<html>docs</html>"}
    assert shelf.good == {}
    assert (outcomes[0].status, outcomes[0].records, outcomes[0].calls) == ("failed", 0, 2)


def test_a_request_that_does_not_fit_its_endpoint_fails_unsent():
    api = ByPath(lambda r: rows(1))
    outcomes = fetch(api, [season(2025, PORTAL), season(2025)])
    assert [(o.request.endpoint, o.status, o.calls) for o in outcomes] == [
        ("portal", "failed", 0),
        ("seasonal", "kept", 1),
    ]
    assert api.asked == ["/v1/seasonal?season=2025"]


def test_what_keep_refuses_fails_the_key_only():
    def keep(endpoint: Endpoint, response: Response) -> int:
        if response.request.season == 2002:
            raise Permanent("no whole JSON after all")
        return 1

    outcomes = fetch(ByPath(lambda r: rows(1)), [season(year) for year in (2001, 2002, 2003)], keep)
    assert by_season(outcomes) == {2001: "kept", 2002: "failed", 2003: "kept"}


def test_l3_an_error_that_no_code_expects_fails_its_request_alone():
    """Trap: one response that a library chokes on ended the run with a traceback."""

    def keep(endpoint: Endpoint, response: Response) -> int:
        if response.request.season == 2004:
            raise RecursionError("maximum recursion depth exceeded")
        return 1

    found = fetch(ByPath(lambda r: rows(1)), [season(year) for year in range(2001, 2030)], keep)
    (failed,) = [item for item in found if item.status != "kept"]
    assert failed.request.season == 2004
    assert failed.error.startswith("unexpected RecursionError at test_fetch.py:")


def test_l3_such_errors_one_after_the_other_end_the_fetching():
    """Going on would burn calls whose answers cannot be kept."""

    def keep(endpoint: Endpoint, response: Response) -> int:
        raise TypeError("every time")

    api = ByPath(lambda r: rows(1))
    found = fetch(api, [season(year) for year in range(2001, 2030)], keep)
    assert len(api.asked) < 10
    assert len(found) == 29
    assert {item.status for item in found} == {"failed", "not_asked"}


@pytest.mark.parametrize("spent_after", [0, 1, 5])
def test_h5_a_spent_quota_stops_cleanly(spent_after):
    """In flight with the first quota answer are at most two others; whatever they bring is kept."""
    shelf, answered = Shelf(), 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal answered
        answered += 1
        return rows(1) if answered <= spent_after else QUOTA

    api = ByPath(answer)
    work = [season(year) for year in range(2001, 2021)]
    outcomes = fetch(api, work, shelf)
    statuses = Counter(o.status for o in outcomes)
    assert statuses == Counter(kept=spent_after, not_asked=20 - spent_after)
    assert len(api.asked) <= spent_after + 3
    assert {o.request for o in outcomes} == {request for _, request in work}
    assert all("quota exceeded" in (o.error or "") for o in outcomes if o.status == "not_asked")


def test_h5_what_is_in_flight_when_the_quota_ends_is_kept():
    shelf = Shelf()

    class Api(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request):
            year = year_of(request)
            await asyncio.sleep(9 if year == 2002 else 1)
            return QUOTA if year == 2003 else rows(1)

    outcomes = fetch(Api(), [season(year) for year in range(2001, 2010)], shelf)
    assert by_season(outcomes)[2002] == "kept"
    assert by_season(outcomes)[2003] == "not_asked"


def test_h5_a_request_waiting_for_its_retry_sends_nothing_after_the_quota_is_spent():
    api = ByPath(lambda r: {2002: httpx.Response(500), 2003: QUOTA}.get(year_of(r), rows(1)))
    outcomes = fetch(api, [season(year) for year in (2001, 2002, 2003)])
    assert [url[-4:] for url in api.asked] == ["2001", "2002", "2003"]
    assert by_season(outcomes) == {2001: "kept", 2002: "not_asked", 2003: "not_asked"}


def test_h5_unsent_requests_do_not_wait_for_the_limiter():
    async def main() -> float:
        async with client(Script(QUOTA), limiter=Limiter(1, 3, clock=now)) as api:
            await fetch_all(api, [season(year) for year in range(2001, 2030)], Shelf(), lambda outcome: None)
            return now()

    assert run(main()) == 0


def test_resuming_asks_what_was_not_asked_and_loses_nothing():
    shelf, budget = Shelf(), 4
    work = [season(year) for year in range(2001, 2021)]
    left, runs, calls = work, 0, 0
    while left:
        outcomes = fetch(Script(rows(1)), left, shelf, max_calls=budget)
        left = [season(o.request.season or 0) for o in outcomes if o.status == "not_asked"]
        runs, calls = runs + 1, calls + sum(o.calls for o in outcomes)
    assert set(shelf.good) == {request for _, request in work}
    assert (runs, calls) == (5, 20)


@pytest.mark.parametrize(("status", "message"), [(401, "Unauthorized"), (403, "Forbidden")])
def test_h6_a_bad_key_costs_one_call_in_total(status, message):
    api = ByPath(lambda r: refusal(status, message))
    outcomes = fetch(api, [season(year) for year in range(2001, 2030)])
    assert len(api.asked) == 1
    assert Counter(o.status for o in outcomes) == {"failed": 1, "not_asked": 28}
    assert all("Check the API key" in (o.error or "") for o in outcomes)
    assert not [o for o in outcomes if KEY in repr(o)]


def test_h6_a_tier_gate_costs_one_call_and_the_rest_continues():
    api = ByPath(lambda r: TIER if r.url.path == "/v1/gated" else rows(1))
    work = [season(year, endpoint) for year in range(2001, 2011) for endpoint in (SEASONAL, GATED)]
    outcomes = fetch(api, work)
    assert Counter((o.request.endpoint, o.status) for o in outcomes) == {
        ("seasonal", "kept"): 10,
        ("gated", "not_available"): 10,
    }
    assert sum(url.startswith("/v1/gated") for url in api.asked) == 1
    assert all("Tier 2" in (o.error or "") for o in outcomes if o.status == "not_available")


def test_h6_a_tier_gate_is_remembered_from_one_list_to_the_next():
    """A backfill works through one list per season: a gated endpoint costs one call, not one per season."""
    script = Script(TIER)

    async def main() -> list[str]:
        async with client(script) as api:
            lists = [[season(year, GATED)] for year in (2001, 2002, 2003)]
            return [(await fetch_all(api, work, Shelf(), lambda outcome: None))[0].status for work in lists]

    assert run(main()) == ["not_available"] * 3
    assert len(script.asked) == 1


@pytest.mark.parametrize("while_in", ["flight", "keep"])
def test_a_cancelled_run_keeps_whole_or_not_at_all(while_in):
    """Ctrl-C: downloads end at once; a response that is being written is written to the end before we return."""
    begun, finished, release = threading.Event(), [], threading.Event()

    def keep(endpoint: Endpoint, response: Response) -> int:
        begun.set()
        assert release.wait(600)
        finished.append(response.request.season)
        return 1

    async def main() -> int:
        api = ByPath(lambda r: rows(1))
        async with client(api) as http:
            task = asyncio.ensure_future(fetch_all(http, [season(year) for year in range(2001, 2030)], keep, print))
            if while_in == "keep":
                while not begun.is_set():
                    await asyncio.sleep(0.01)
            else:
                await asyncio.sleep(0.5)
            task.cancel()
            asyncio.get_running_loop().call_later(1, release.set)
            with pytest.raises(asyncio.CancelledError):
                await task
            assert finished == ([2001] if while_in == "keep" else [])
            assert api.running == 0
            return len(api.asked)

    assert run(main()) == 1
