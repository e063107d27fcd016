"""Requests: how a season of an endpoint is cut into calls. Pure functions without clock or I/O."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from quality.calendar import EASTERN
from quality.contracts.games import GAMES
from quality.dataset import Endpoint, Pattern
from tasks.errors import BadInput

MILLISECOND = timedelta(milliseconds=1)
DAY = timedelta(days=1)
SEASON_OPENS = (11, 1)  # month and day at which the grid of windows starts; earlier games are in the first window
SEASON_DAYS = 180  # 1 November to the end of April
MAX_KEY_LENGTH = 120

DATED = frozenset({Pattern.WINDOWS, Pattern.DATES})  # patterns whose requests have dates as parameters
SEASON_PARAMS = ("season", "year")

Value = str | int | date | datetime
Target = tuple[Endpoint, int | None]  # the unit of fetching and building: an endpoint and its season, if it has one


@dataclass(frozen=True)
class Request:
    """One call: endpoint name, parameters, and the season under which its response is stored.

    `window` is when its games are played. It is set where the parameters do not contain dates.
    """

    endpoint: str
    params: tuple[tuple[str, Value], ...] = ()
    season: int | None = None
    window: Window | None = field(default=None, compare=False)

    @property
    def key(self) -> str:
        """Name of the request in the raw store: all of its parameters, readable and safe as a folder name.

        A hash keeps the name unique when it is truncated or a character other than the colons of a time is removed.
        """
        text = ",".join(f"{name}={wire_value(value)}" for name, value in sorted(self.params))
        safe = re.sub(r"[^A-Za-z0-9=,._-]", "", text)
        if safe == text.replace(":", "") and len(safe) <= MAX_KEY_LENGTH:
            return safe or "all"
        return f"{safe[: MAX_KEY_LENGTH - 17]}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"

    @property
    def folder(self) -> str:
        """Folder of its responses in the raw store: `<endpoint>/season=YYYY/<request key>`."""
        return f"{self.endpoint}/season={self.season or 'all'}/{self.key}"

    def param(self, name: str) -> Value | None:
        """The value of one parameter, or None."""
        return dict(self.params).get(name)

    def __str__(self) -> str:
        return f"{self.endpoint}?{self.key}"


def wire_value(value: Value) -> str:
    """A parameter value as the API expects it: timestamps in ISO 8601 UTC with milliseconds, booleans in lower case."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"
    return value.isoformat() if isinstance(value, date) else str(value)


def season_of(day: date) -> int:
    """Season of a calendar day. A season starts on 1 August."""
    return day.year + 1 if day.month >= 8 else day.year


def season_opens(season: int) -> datetime:
    """1 November, before the first game of a season."""
    return _midnight(date(season - 1, *SEASON_OPENS))


def season_bounds(season: int) -> tuple[datetime, datetime]:
    """Half-open UTC interval of a season: 1 August to 1 August."""
    return _midnight(date(season - 1, 8, 1)), _midnight(date(season, 8, 1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


@dataclass(frozen=True, order=True)
class Window:
    """Half-open UTC interval [start, end)."""

    start: datetime
    end: datetime

    def halves(self) -> tuple[Window, Window]:
        """The window split in two at a whole second.

        Raises:
            BadInput: when it is too short to split.
        """
        seconds = int((self.end - self.start).total_seconds()) // 2
        if seconds < 1:
            raise BadInput(f"window {self.start:%Y-%m-%d %H:%M:%S} is one second long and cannot be split")
        middle = self.start + timedelta(seconds=seconds)
        return Window(self.start, middle), Window(middle, self.end)


FanOut = tuple[Value, Window | None]  # a parameter value, and when its games are played, if known


def season_windows(season: int, days: int) -> list[Window]:
    """A season split into windows of `days` on a fixed grid, without gaps or overlaps.

    The grid starts on 1 November. The first and last windows extend to the bounds of the season, so the whole year is
    covered without extra calls. If one of them reaches the row cap, it is split.
    """
    first, last = season_bounds(season)
    opening = _midnight(date(season - 1, *SEASON_OPENS))
    cuts = [opening + timedelta(days=days * step) for step in range(1, SEASON_DAYS // days)]
    return [Window(start, end) for start, end in pairwise([first, *cuts, last])]


def game_dates(first: date | None, last: date | None) -> Window:
    """The UTC time of a range of US Eastern dates, both included; an open end reaches to the end of time."""
    start = datetime.min.replace(tzinfo=UTC) if first is None else datetime.combine(first, time.min, EASTERN)
    end = datetime.max.replace(tzinfo=UTC) if last is None else datetime.combine(last + DAY, time.min, EASTERN)
    return Window(start.astimezone(UTC), end.astimezone(UTC))


def season_dates(season: int) -> list[date]:
    """Every UTC date on which games of a season are expected, for when the schedule is not known yet."""
    opening = date(season - 1, *SEASON_OPENS)
    return [opening + timedelta(days=offset) for offset in range(SEASON_DAYS)]


def window_of(request: Request) -> Window | None:
    """The half-open window that a request covers, or None if it has no dates."""
    if request.window is not None:
        return request.window
    start, end = request.param("startDateRange"), request.param("endDateRange")
    if isinstance(start, datetime) and isinstance(end, datetime):
        return Window(start, end + MILLISECOND)
    day = request.param("date")
    if isinstance(day, date):
        return Window(_midnight(day), _midnight(day) + DAY)
    return Window(*season_bounds(request.season)) if request.season else None


def window_request(endpoint: Endpoint, season: int, window: Window) -> Request:
    """Request for a window. The API includes both ends, so the request ends one millisecond before the window does."""
    params: tuple[tuple[str, Value], ...] = (
        ("season", season),
        ("startDateRange", window.start),
        ("endDateRange", window.end - MILLISECOND),
    )
    return Request(endpoint.name, params, season)


def split(endpoint: Endpoint, request: Request) -> list[Request]:
    """The two halves of a request whose response was truncated at the row cap.

    Raises:
        BadInput: when the request has no window to split.
    """
    window = window_of(request)
    if endpoint.pattern is not Pattern.WINDOWS or window is None or request.season is None:
        raise BadInput(
            f"{request}: the response reached the row cap of {endpoint.row_cap} and the request has no window to split"
        )
    return [window_request(endpoint, request.season, half) for half in window.halves()]


def season_requests(
    endpoint: Endpoint, season: int, starts: Iterable[datetime] | None = None, values: Iterable[FanOut] = ()
) -> list[Request]:
    """All requests for an endpoint's rows of one season.

    Args:
        starts: start times of the season's games that can have rows, if the schedule is known. Windows and dates
            without such a game are left out. None plans the whole calendar.
        values: parameter values of a fan-out, one request each.
    """
    if season < endpoint.first_season:
        return []
    match endpoint.pattern:
        case Pattern.WINDOWS:
            return _window_requests(endpoint, season, starts)
        case Pattern.DATES:
            return _date_requests(endpoint, season, starts)
        case Pattern.EACH:
            return [_each_request(endpoint, season, value, window) for value, window in values]
        case Pattern.SEASON:
            return [Request(endpoint.name, ((season_param(endpoint), season),), season)]
        case _:
            return [Request(endpoint.name)]


def _window_requests(endpoint: Endpoint, season: int, starts: Iterable[datetime] | None) -> list[Request]:
    windows = season_windows(season, endpoint.window_days or SEASON_DAYS)
    return [window_request(endpoint, season, window) for window in _with_games(windows, starts)]


def _date_requests(endpoint: Endpoint, season: int, starts: Iterable[datetime] | None) -> list[Request]:
    dates = season_dates(season) if starts is None else sorted({start.date() for start in starts})
    return [Request(endpoint.name, (("date", day),), season) for day in dates]


def _each_request(endpoint: Endpoint, season: int, value: Value, window: Window | None) -> Request:
    assert endpoint.each is not None
    own = ((season_param(endpoint), season),) if any(p.name in SEASON_PARAMS for p in endpoint.params) else ()
    return Request(endpoint.name, (*own, (endpoint.each.param, value)), season, window)


def season_param(endpoint: Endpoint) -> str:
    """Name of the endpoint's season parameter. Recruiting and the draft take `year` and ignore `season`."""
    known = {param.name for param in endpoint.params}
    return "year" if "year" in known and "season" not in known else "season"


def _with_games(windows: list[Window], starts: Iterable[datetime] | None) -> Iterator[Window]:
    if starts is None:
        yield from windows
        return
    times = sorted(starts)
    for window in windows:
        first = bisect_left(times, window.start)
        if first < len(times) and times[first] < window.end:
            yield window


def needs_schedule(endpoint: Endpoint) -> bool:
    """Whether the season's schedule decides which requests are made."""
    return endpoint.pattern in DATED and endpoint.name != GAMES.name


def is_cut(endpoint: Endpoint, records: int) -> bool:
    """Whether a response with this many records was truncated at the endpoint's row cap."""
    return endpoint.row_cap is not None and records >= endpoint.row_cap
