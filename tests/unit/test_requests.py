"""Plans: every moment of a season is asked for once, in the API's own terms."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from quality.dataset import Endpoint, Param, Pattern, registry
from tasks.errors import BadInput
from tasks.requests import (
    MAX_KEY_LENGTH,
    Request,
    Window,
    season_bounds,
    season_dates,
    season_of,
    season_requests,
    season_windows,
    split,
    window_of,
    window_request,
    wire_value,
)
from tests.support.toy_api import PORTAL, SEASONAL, WINDOWED

SEASONS = st.integers(2003, 2099)
DAYS = st.integers(1, 400)
EASTERN = ZoneInfo("America/New_York")
SECOND, MILLISECOND, DAY = timedelta(seconds=1), timedelta(milliseconds=1), timedelta(days=1)
DATED = Endpoint(
    name="dated",
    path="/dated",
    record=SEASONAL.record,
    description="By date.",
    params=(Param("date", "date-time", required=True),),
    pattern=Pattern.DATES,
)
ONCE = Endpoint(name="once", path="/once", record=SEASONAL.record, description="No season.", pattern=Pattern.ONCE)
REGISTERED = pytest.mark.parametrize("endpoint", list(registry()), ids=lambda endpoint: endpoint.name)


def moments(season: int) -> st.SearchStrategy[datetime]:
    """Any millisecond of a season."""
    first, last = season_bounds(season)
    return st.integers(0, (last - first) // MILLISECOND - 1).map(lambda step: first + step * MILLISECOND)


@given(season=SEASONS, days=DAYS)
def test_windows_are_ordered_disjoint_and_cover_the_season(season, days):
    windows = season_windows(season, days)
    assert (windows[0].start, windows[-1].end) == season_bounds(season)
    assert all(earlier.end == later.start for earlier, later in pairwise(windows))
    assert all(window.start < window.end for window in windows)


@given(season=SEASONS, days=st.integers(1, 30))
def test_windows_of_the_playing_months_are_no_longer_than_sized(season, days):
    """The first window also holds the summer and the last one the end of the season, which have next to no games."""
    inner = season_windows(season, days)[1:-1]
    assert all(window.end - window.start == days * DAY for window in inner)
    opening = datetime(season - 1, 11, 1, tzinfo=UTC)
    assert season_windows(season, days)[0].end == opening + days * DAY
    assert season_windows(season, days)[-1].start >= datetime(season, 3, 1, tzinfo=UTC)


@given(season=SEASONS, days=DAYS, data=st.data())
def test_every_moment_is_asked_for_exactly_once(season, days, data):
    """Trap: the API's ends are inclusive, so windows that share an instant bring its games twice (22 % of all)."""
    endpoint = Endpoint(
        name="w", path="/w", record=SEASONAL.record, description="", pattern=Pattern.WINDOWS, window_days=days
    )
    requests = season_requests(endpoint, season)
    cuts = [window.start for window in season_windows(season, days)]
    moment = data.draw(
        moments(season) | st.sampled_from(cuts) | st.sampled_from(cuts[1:] or cuts).map(lambda t: t - MILLISECOND)
    )
    assume(moment >= cuts[0])
    asked = [r for r in requests if r.param("startDateRange") <= moment <= r.param("endDateRange")]
    assert len(asked) == 1
    assert asked[0].season == asked[0].param("season") == season


@given(season=SEASONS, data=st.data())
def test_a_known_schedule_asks_only_for_what_holds_games(season, data):
    starts = data.draw(st.lists(moments(season), max_size=10))
    requests = season_requests(WINDOWED, season, starts)
    assert requests == [r for r in season_requests(WINDOWED, season) if any(covers(r, start) for start in starts)]
    dates = [request.param("date") for request in season_requests(DATED, season, starts)]
    assert dates == sorted({start.date() for start in starts})


def covers(request: Request, moment: datetime) -> bool:
    window = window_of(request)
    return window is not None and window.start <= moment < window.end


@given(season=SEASONS, days=DAYS)
def test_a_request_covers_exactly_its_window(season, days):
    for window in season_windows(season, days):
        request = window_request(WINDOWED, season, window)
        assert window_of(request) == window
        assert wire_value(request.param("endDateRange")).endswith("23:59:59.999Z")
        assert wire_value(request.param("startDateRange")).endswith("00:00:00.000Z")


def test_a_date_covers_its_utc_day_and_a_season_its_year():
    day = Request("dated", (("date", date(2030, 1, 5)),), 2030)
    assert window_of(day) == Window(datetime(2030, 1, 5, tzinfo=UTC), datetime(2030, 1, 6, tzinfo=UTC))
    assert window_of(Request("seasonal", (("season", 2030),), 2030)) == Window(*season_bounds(2030))
    assert window_of(Request("once")) is None


@given(start=st.integers(0, 10**9), seconds=st.integers(2, 10**8))
def test_halves_are_the_whole_and_shrink(start, seconds):
    opening = datetime(2003, 1, 1, tzinfo=UTC) + start * SECOND
    window = Window(opening, opening + seconds * SECOND)
    first, second = window.halves()
    assert (first.start, first.end, second.end) == (window.start, second.start, window.end)
    assert first.start < first.end < second.end
    assert abs((second.end - second.start) - (first.end - first.start)) <= SECOND


@given(milliseconds=st.integers(1, 1999))
def test_a_window_below_two_seconds_cannot_be_halved(milliseconds):
    opening = datetime(2030, 1, 1, tzinfo=UTC)
    with pytest.raises(BadInput, match="cannot be split"):
        Window(opening, opening + milliseconds * MILLISECOND).halves()


def test_a_split_request_keeps_season_and_endpoint():
    request = season_requests(WINDOWED, 2030)[1]
    halves = split(WINDOWED, request)
    assert [half.season for half in halves] == [2030, 2030]
    assert [half.endpoint for half in halves] == ["toys", "toys"]
    assert halves[0].param("startDateRange") == request.param("startDateRange")
    assert halves[1].param("endDateRange") == request.param("endDateRange")
    assert halves[0].param("endDateRange") + MILLISECOND == halves[1].param("startDateRange")


@pytest.mark.parametrize("endpoint", [SEASONAL, DATED, ONCE])
def test_what_has_no_window_is_not_split(endpoint):
    request = season_requests(endpoint, 2030)[0]
    with pytest.raises(BadInput, match="no window to split"):
        split(endpoint, request)


@pytest.mark.parametrize(
    ("day", "season"),
    [
        (date(2029, 7, 31), 2029),
        (date(2029, 8, 1), 2030),
        (date(2029, 11, 1), 2030),
        (date(2029, 12, 31), 2030),
        (date(2030, 1, 1), 2030),
        (date(2030, 4, 8), 2030),
        (date(2024, 2, 29), 2024),
    ],
)
def test_a_season_is_named_by_the_year_it_ends_in(day, season):
    """Trap: an earlier pipeline took the calendar year and split every season in two."""
    assert season_of(day) == season


@given(st.dates(date(2003, 1, 1), date(2099, 7, 31)))
def test_a_day_lies_within_the_bounds_of_its_season(day):
    first, last = season_bounds(season_of(day))
    assert first.date() <= day < last.date()


@given(SEASONS)
def test_seasons_follow_each_other_without_a_gap(season):
    assert season_bounds(season)[1] == season_bounds(season + 1)[0]


@given(SEASONS)
def test_the_unknown_schedule_asks_every_date_of_the_playing_months(season):
    dates = season_dates(season)
    assert dates == sorted(set(dates))
    assert {season_of(day) for day in dates} == {season}
    assert {date(season - 1, 11, 1), date(season - 1, 12, 31), date(season, 3, 1), date(season, 4, 15)} <= set(dates)


@given(
    st.datetimes(
        datetime(2003, 1, 1),  # noqa: DTZ001
        datetime(2099, 1, 1),  # noqa: DTZ001
        timezones=st.sampled_from([UTC, EASTERN, timezone(timedelta(hours=-9, minutes=-30))]),
    )
)
def test_times_are_sent_in_utc_with_milliseconds_whatever_their_zone(moment):
    """Clock changes move Eastern midnights, never what is sent."""
    text = wire_value(moment)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text)
    assert timedelta(0) <= moment.astimezone(UTC) - datetime.fromisoformat(text) < MILLISECOND


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2030, "2030"),
        ("Team 7", "Team 7"),
        (date(2030, 1, 5), "2030-01-05"),
        (datetime(2030, 3, 10, 2, 30, tzinfo=EASTERN), "2030-03-10T07:30:00.000Z"),
        (datetime(2030, 11, 3, 1, 30, fold=0, tzinfo=EASTERN), "2030-11-03T05:30:00.000Z"),
        (datetime(2030, 11, 3, 1, 30, fold=1, tzinfo=EASTERN), "2030-11-03T06:30:00.000Z"),
        (True, "true"),
        (False, "false"),
    ],
)
def test_values_are_sent_as_the_api_reads_them(value, text):
    assert wire_value(value) == text


def test_recruiting_is_asked_by_year():
    """Trap: with season= the API answers with the whole table."""
    assert season_requests(PORTAL, 2030)[0].params == (("year", 2030),)
    assert season_requests(SEASONAL, 2030)[0].params == (("season", 2030),)


def test_nothing_is_asked_before_the_first_season_with_data():
    assert season_requests(SEASONAL, 2002) == []
    assert season_requests(SEASONAL, 2003) != []
    assert season_requests(ONCE, 2030) == [Request("once")]


@REGISTERED
def test_plans_send_only_parameters_that_the_endpoint_knows(endpoint):
    known = {param.name for param in endpoint.params}
    required = {param.name for param in endpoint.params if param.required}
    for request in season_requests(endpoint, 2025):
        sent = {name for name, _ in request.params}
        assert required <= sent <= known


@REGISTERED
def test_keys_of_a_season_are_distinct_and_safe(endpoint):
    requests = season_requests(endpoint, 2025)
    assert len({request.folder for request in requests}) == len(requests)
    assert all(re.fullmatch(r"[\w]+/season=(2025|all)/[A-Za-z0-9=,._-]+", request.folder) for request in requests)


NAMES = st.sampled_from(["team", "conference", "season", "year"])
VALUES = st.text(st.characters(codec="utf-8", exclude_characters=",=:"), max_size=70) | st.integers(0, 3000)
PARAMS = st.dictionaries(NAMES, VALUES, max_size=4).map(lambda params: tuple(params.items()))


@given(one=PARAMS, other=PARAMS)
def test_different_parameters_never_share_a_key(one, other):
    """Trap: raw objects named by part of their parameters overwrite each other."""
    texts = [{name: wire_value(value) for name, value in params} for params in (one, other)]
    assume(texts[0] != texts[1])
    assert Request("e", one).key != Request("e", other).key


@pytest.mark.parametrize(("one", "other"), [("A & B", "A B"), ("Ä", ""), ("a/b", "ab"), ("x" * 130, "x" * 131)])
def test_names_that_differ_in_what_a_folder_cannot_hold_have_different_keys(one, other):
    keys = {Request("e", (("team", one),)).key, Request("e", (("team", other),)).key}
    assert len(keys) == 2
    assert all(len(key) <= MAX_KEY_LENGTH and re.fullmatch(r"[A-Za-z0-9=,._-]+", key) for key in keys)


@given(st.permutations([("season", 2030), ("team", "T"), ("conference", "C")]))
def test_the_order_of_parameters_does_not_matter(params):
    assert Request("e", tuple(params)).key == "conference=C,season=2030,team=T"
