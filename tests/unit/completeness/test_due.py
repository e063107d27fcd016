"""What is to do follows from what is there and the time: nothing is forgotten, nothing is asked for nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.calendar import EASTERN
from quality.contracts.game_teams import GAME_TEAMS
from quality.contracts.games import GAMES
from quality.contracts.lines import LINES
from quality.contracts.plays import PLAYS
from quality.contracts.teams import TEAM_SEASONS, TEAMS
from quality.dataset import registry
from tasks.completeness.due import FAR_REFRESH, GIVE_UP, GRACE, REFRESH, SETTLED, Seen, is_due, seasons_between, todo
from tasks.lake.lake import Lake
from tasks.requests import DATED, Request, season_bounds, season_requests, window_of
from tests.support.lakes import built, keep, request_of
from tests.support.records import record
from tests.support.toys import BOXES

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SEASONAL = [endpoint for endpoint in registry() if endpoint.pattern != "once"]
DETAILS = [endpoint for endpoint in SEASONAL if endpoint is not GAMES]
FIRST, _ = season_bounds(2025)

every_moment = st.integers(0, 2 * 365 * 24 * 3600).map(lambda seconds: FIRST + timedelta(seconds=seconds))
requests = st.sampled_from([(e, r) for e in SEASONAL for r in season_requests(e, 2025)])
details = st.sampled_from([(e, r) for e in DETAILS for r in season_requests(e, 2025)])
lists = st.sampled_from([(e, r) for e in SEASONAL if e.pattern not in DATED for r in season_requests(e, 2025)])
counts = st.integers(0, 3)


def window(request: Request) -> Any:
    found = window_of(request)
    assert found is not None
    return found


# -- one request ------------------------------------------------------------------------------------------------------


@given(case=requests, now=every_moment)
def test_what_was_never_asked_is_due_once_its_time_has_come(case: Any, now: datetime):
    endpoint, request = case
    begun = window(request).start <= now or endpoint is GAMES
    assert is_due(endpoint, request, None, now) is begun


@given(case=requests, now=every_moment, records=counts, chosen=st.booleans())
def test_nothing_is_due_right_after_its_answer(case: Any, now: datetime, records: int, chosen: bool):
    endpoint, request = case
    for age in (timedelta(0), REFRESH - timedelta(seconds=1)):
        assert not is_due(endpoint, request, Seen(now - age, records), now, chosen=chosen)


@given(case=lists, share=st.floats(0, 1, exclude_max=True))
def test_a_list_of_the_season_comes_up_again_after_its_days(case: Any, share: float):
    """Trap: a list of every seven days was asked daily, or a daily one every other day because a run began earlier."""
    endpoint, request = case
    days = endpoint.refresh_days * DAY
    now = window(request).start + share * (window(request).end - window(request).start)
    assert is_due(endpoint, request, Seen(now - days + HOUR, 1), now), "daily runs do not start at the same minute"
    early = Seen(now - max(days - REFRESH, REFRESH) + HOUR, 1)
    assert not is_due(endpoint, request, early, now)


@given(case=requests, later=st.integers(0, 4_000).map(lambda days: days * DAY), records=st.integers(1, 9))
def test_a_settled_answer_is_never_due(case: Any, later: timedelta, records: int):
    endpoint, request = case
    settled = window(request).end + SETTLED
    assert not is_due(endpoint, request, Seen(settled, records), settled + later)


@given(case=requests, answered=every_moment, records=st.integers(1, 9))
def test_an_unsettled_answer_becomes_due_again(case: Any, answered: datetime, records: int):
    """Late corrections: the source mends a game for about a week after it."""
    endpoint, request = case
    unsettled = answered < window(request).end + SETTLED
    assert is_due(endpoint, request, Seen(answered, records), window(request).end + 900 * DAY) is unsettled


@given(case=details, age=st.integers(0, 400).map(lambda hours: hours * HOUR))
def test_the_future_is_not_asked_for_details(case: Any, age: timedelta):
    """Trap: future games marked done by an answer from before they were played."""
    endpoint, request = case
    now = window(request).start - timedelta(seconds=1)
    assert not is_due(endpoint, request, None, now)
    assert not is_due(endpoint, request, Seen(now - age, 0), now)
    assert not is_due(endpoint, request, Seen(now - age, 5), now, chosen=True)


def test_an_answer_settles_a_week_after_its_window():
    for endpoint, request in ((e, r) for e in SEASONAL for r in season_requests(e, 2025)[:1]):
        end, days = window(request).end, endpoint.refresh_days * DAY
        for answered, due in ((end + 7 * DAY - HOUR, True), (end + 7 * DAY, False)):
            assert is_due(endpoint, request, Seen(answered, 5), answered + days) is due


def test_the_schedule_of_the_future_is_looked_at_weekly():
    request = season_requests(GAMES, 2025)[-1]
    now = datetime(2024, 9, 1, tzinfo=UTC)
    assert is_due(GAMES, request, None, now)
    assert not is_due(GAMES, request, Seen(now - FAR_REFRESH + HOUR, 900), now)
    assert is_due(GAMES, request, Seen(now - FAR_REFRESH, 900), now)


def test_an_empty_answer_is_requested_again_for_a_while_and_given_up():
    """A final game without plays today may have them next week, but not for ever: calls are counted."""
    request = season_requests(PLAYS, 2025)[10]
    end = window(request).end
    answered = end + SETTLED
    empty = Seen(answered, 0)
    assert not is_due(PLAYS, request, empty, answered + GRACE - HOUR)
    assert is_due(PLAYS, request, empty, answered + GRACE)
    assert is_due(PLAYS, request, Seen(end + GIVE_UP - GRACE - HOUR, 0), end + GIVE_UP - HOUR)
    assert not is_due(PLAYS, request, Seen(end + GIVE_UP - GRACE, 0), end + GIVE_UP)


@given(start=every_moment)
def test_a_season_comes_to_rest(start: datetime):
    """Asked whenever due, every request is at rest some day, whatever it answers, after a bounded number of calls."""
    for records in (0, 7):
        request = season_requests(PLAYS, 2025)[30]
        seen, asked, now = None, 0, start
        while now < start + 900 * DAY:
            if is_due(PLAYS, request, seen, now):
                seen, asked = Seen(now, records), asked + 1
            now += 6 * HOUR
        unsettled = window(request).end + SETTLED - max(start, window(request).start)
        assert asked <= max(unsettled / REFRESH, 0) + 2 + (GIVE_UP / GRACE if not records else 0)
        assert asked >= 1


@pytest.mark.parametrize("endpoint", [TEAMS, *(e for e in registry() if e.pattern == "once")], ids=lambda e: e.name)
def test_lists_are_requested_again_after_their_days(endpoint: Any):
    now, request = datetime(2025, 6, 1, tzinfo=UTC), Request(endpoint.name)
    days = timedelta(days=endpoint.refresh_days)
    assert is_due(endpoint, request, None, now)
    assert not is_due(endpoint, request, Seen(now - days + HOUR, 0), now)
    assert is_due(endpoint, request, Seen(now - days, 5), now)


def test_named_dates_are_requested_again_even_if_settled():
    request = season_requests(LINES, 2025)[0]
    settled = Seen(window(request).end + SETTLED + DAY, 5)
    now = settled.fetched_at + 100 * DAY
    assert not is_due(LINES, request, settled, now)
    assert is_due(LINES, request, settled, now, chosen=True)


# -- a whole dataset --------------------------------------------------------------------------------------------------

AFTER = datetime(2026, 1, 1, tzinfo=UTC)


def names(requests: list[Request]) -> list[str]:
    return [request.key for request in requests]


def put_games(lake: Lake, **statuses: tuple[str, str]) -> None:
    """The schedule of a season: start and status by name."""
    body = [
        record(GAMES.record, number, startDate=start, status=status)
        for number, (start, status) in enumerate(statuses.values())
    ]
    keep(lake, request_of(GAMES, 2025), body, AFTER)
    built(lake, GAMES)


def test_an_empty_lake_is_planned_in_full():
    for endpoint in SEASONAL:
        planned = todo(None, endpoint, 2025, AFTER)
        assert planned.due == planned.expected == season_requests(endpoint, 2025)
    assert names(todo(None, TEAMS, None, AFTER).due) == ["all"]


def test_work_is_expected_minus_present(lake: Lake):
    """Trap: a checkpoint that is a maximum; a season that failed in the middle was never tried again."""
    windows = season_requests(GAMES, 2025)
    for request in (windows[0], windows[2], windows[-1]):
        keep(lake, request, [record(GAMES.record, 1)], AFTER)
    planned = todo(lake, GAMES, 2025, AFTER + DAY)
    assert names(planned.expected) == names(windows)
    assert names(planned.due) == names([r for r in windows if r not in (windows[0], windows[2], windows[-1])])
    assert todo(lake, GAMES, 2025, AFTER + DAY, refresh=True).due == windows
    assert len(todo(lake, GAMES, 2024, AFTER).due) == len(windows), "another season is another matter"


def test_a_cut_answer_is_replaced_by_its_halves_down_to_the_last(lake: Lake):
    whole = season_requests(BOXES, 2025)[1]
    rest = len(season_requests(BOXES, 2025)) - 1
    full, some = [{"gameId": n, "season": 2025, "shine": None, "state": "new"} for n in range(50)], []
    keep(lake, whole, full, AFTER)
    planned = todo(lake, BOXES, 2025, AFTER)
    assert (len(planned.expected), whole in planned.expected) == (rest + 2, False)
    first, second = [r for r in planned.due if window(whole).start <= window(r).start < window(whole).end]
    assert (window(first).start, window(first).end, window(second).end) == (
        window(whole).start, window(second).start, window(whole).end,
    )  # fmt: skip
    keep(lake, first, some, AFTER)
    keep(lake, second, full, AFTER)
    again = todo(lake, BOXES, 2025, AFTER + HOUR)
    assert (first in again.due, first in again.expected, second in again.expected) == (False, True, False)
    assert len(again.expected) == rest + 3


@pytest.mark.parametrize(
    ("since", "until", "dates"),
    [
        (date(2025, 1, 10), date(2025, 1, 10), (10, 11)),
        (date(2025, 1, 10), date(2025, 1, 12), (10, 13)),
        (date(2025, 1, 30), None, (30, None)),
    ],
)
def test_game_dates_select_the_utc_dates_that_can_hold_them(
    since: date, until: date | None, dates: tuple[int, int | None]
):
    """Trap: a game of the evening of 10 January in US Eastern is played on 11 January in UTC."""
    planned = todo(None, PLAYS, 2025, AFTER, (since, until))
    asked = [request.param("date") for request in planned.due]
    assert asked[0] == date(2025, 1, dates[0])
    assert asked[-1] == (date(2025, 1, dates[1]) if dates[1] else date(2025, 4, 29))


@given(since=st.dates(date(2024, 8, 1), date(2025, 7, 31)), days=st.integers(0, 90))
def test_named_dates_select_every_window_that_holds_one_of_them(since: date, days: int):
    until = since + days * DAY
    for endpoint in (GAMES, GAME_TEAMS):
        planned = todo(None, endpoint, 2025, AFTER, (since, until))
        touched = [
            request
            for request in season_requests(endpoint, 2025)
            if window(request).start.astimezone(EASTERN).date() <= until
            and (window(request).end - timedelta(milliseconds=1)).astimezone(EASTERN).date() >= since
        ]
        assert planned.expected == touched != []


def test_named_dates_reach_the_half_of_a_window_that_ends_within_the_day(lake: Lake):
    """Trap: the half [.., 12:00) of a split window held the morning of that day and was passed over."""
    request = season_requests(GAME_TEAMS, 2025)[1]
    keep(lake, request, [{}] * 3_000, AFTER)
    first, second = (
        r
        for r in todo(lake, GAME_TEAMS, 2025, AFTER).expected
        if window(request).start <= window(r).start < window(request).end
    )
    keep(lake, first, [{}] * 3_000, AFTER)
    quarters = [r for r in todo(lake, GAME_TEAMS, 2025, AFTER).expected if window(r).start < window(second).start][-2:]
    noon = window(quarters[0]).end
    assert noon.hour == 12
    planned = todo(lake, GAME_TEAMS, 2025, AFTER, (noon.date(), noon.date()))
    assert planned.expected == quarters


def test_the_schedule_decides_which_details_are_worth_a_call(lake: Lake):
    put_games(
        lake,
        played=("2024-11-20T00:00:00.000Z", "final"),
        running=("2024-12-24T23:00:00.000Z", "in_progress"),
        planned=("2025-01-25T20:00:00.000Z", "scheduled"),
        off=("2025-03-25T20:00:00.000Z", "cancelled"),
    )
    assert [r.param("date") for r in todo(lake, PLAYS, 2025, AFTER).due] == [date(2024, 11, 20), date(2024, 12, 24)]
    assert len(todo(lake, GAME_TEAMS, 2025, AFTER).due) == 2
    assert len(todo(lake, LINES, 2025, AFTER).due) == 3, "lines are there before the game"
    assert len(todo(lake, TEAM_SEASONS, 2025, AFTER).due) == 1, "what is asked by season needs no schedule"
    assert len(todo(lake, PLAYS, 2024, AFTER).due) == 180, "no schedule of that season: every date"


def test_a_season_without_a_finished_game_costs_no_call(lake: Lake):
    put_games(lake, planned=("2025-01-25T20:00:00.000Z", "scheduled"))
    assert todo(lake, PLAYS, 2025, AFTER).due == []


@pytest.mark.parametrize(
    ("since", "until", "seasons"),
    [
        (date(2024, 7, 31), date(2024, 8, 1), [2025, 2024]),
        (date(2024, 8, 1), date(2025, 7, 31), [2025]),
        (date(2023, 1, 1), None, [2025, 2024, 2023]),
        (None, date(2024, 1, 1), [2024]),
        (None, None, [2025]),
    ],
)
def test_seasons_that_dates_touch(since: date | None, until: date | None, seasons: list[int]):
    assert seasons_between(since, until, datetime(2025, 6, 1, tzinfo=UTC)) == seasons
