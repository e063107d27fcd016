"""What to ask: seasons cut into requests. Pure functions, no clock and no I/O of their own."""

from __future__ import annotations

import hashlib
import re
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
SEASON_OPENS = (11, 1)  # month and day around which windows are laid; games before it join the first window
SEASON_DAYS = 180  # 1 November to the end of April
MAX_KEY_LENGTH = 120

DATED = frozenset({Pattern.WINDOWS, Pattern.DATES})  # patterns whose requests name their dates
SEASON_PARAMS = ("season", "year")

Value = str | int | date | datetime
Target = tuple[Endpoint, int | None]  # what is fetched and built as one: an endpoint and a season, if it has any


@dataclass(frozen=True)
class Request:
    """One call: an endpoint's name, its parameters, and the season under which the answer is kept.

    `window` is when its games are played, where the parameters do not say.
    """

    endpoint: str
    params: tuple[tuple[str, Value], ...] = ()
    season: int | None = None
    window: Window | None = field(default=None, compare=False)

    @property
    def key(self) -> str:
        """Name of the request in the raw store: its full parameters, readable and safe as a folder.

        Where a character other than a time's colon is left out or the name is cut, a hash keeps it unique.
        """
        text = ",".join(f"{name}={wire_value(value)}" for name, value in sorted(self.params))
        safe = re.sub(r"[^A-Za-z0-9=,._-]", "", text)
        if safe == text.replace(":", "") and len(safe) <= MAX_KEY_LENGTH:
            return safe or "all"
        return f"{safe[: MAX_KEY_LENGTH - 17]}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"

    @property
    def folder(self) -> str:
        """Where the raw store keeps the answers: `<endpoint>/season=YYYY/<request key>`."""
        return f"{self.endpoint}/season={self.season or 'all'}/{self.key}"

    def param(self, name: str) -> Value | None:
        """The value of one parameter, or None."""
        return dict(self.params).get(name)

    def __str__(self) -> str:
        return f"{self.endpoint}?{self.key}"


def wire_value(value: Value) -> str:
    """A parameter as the API wants it: ISO 8601 UTC with milliseconds for timestamps, true and false in lower case."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"
    return value.isoformat() if isinstance(value, date) else str(value)


def season_of(day: date) -> int:
    """Season a calendar day belongs to: 1 August starts the next one."""
    return day.year + 1 if day.month >= 8 else day.year


def season_opens(season: int) -> datetime:
    """1 November, when no game of a season has been played yet."""
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
        """The window cut in two at a whole second.

        Raises:
            BadInput: when it is too short to be cut.
        """
        seconds = int((self.end - self.start).total_seconds()) // 2
        if seconds < 1:
            raise BadInput(f"window {self.start:%Y-%m-%d %H:%M:%S} is one second long and cannot be split")
        middle = self.start + timedelta(seconds=seconds)
        return Window(self.start, middle), Window(middle, self.end)


FanOut = tuple[Value, Window | None]  # one value, and when its games are played if that is known


def season_windows(season: int, days: int) -> list[Window]:
    """A season cut into windows of `days` on a fixed grid, complete and without overlap.

    The grid starts on 1 November. The first and the last window reach to the season's bounds, so the whole year is
    covered at no extra call; the row-cap check splits them if they should ever be full.
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
    """Every UTC date on which a season's games are expected, when the schedule is not known yet."""
    opening = date(season - 1, *SEASON_OPENS)
    return [opening + timedelta(days=offset) for offset in range(SEASON_DAYS)]


def window_of(request: Request) -> Window | None:
    """The half-open window that a request covers, or None for one without dates."""
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
    """Request for a window. Ends are inclusive at the API, so the last millisecond belongs to the next window."""
    params: tuple[tuple[str, Value], ...] = (
        ("season", season),
        ("startDateRange", window.start),
        ("endDateRange", window.end - MILLISECOND),
    )
    return Request(endpoint.name, params, season)


def split(endpoint: Endpoint, request: Request) -> list[Request]:
    """Two requests for the halves of one whose answer was cut at the row cap.

    Raises:
        BadInput: when the request has no window to split.
    """
    window = window_of(request)
    if endpoint.pattern is not Pattern.WINDOWS or window is None or request.season is None:
        raise BadInput(f"{request} came back at the row cap of {endpoint.row_cap} and has no window to split")
    return [window_request(endpoint, request.season, half) for half in window.halves()]


def season_requests(
    endpoint: Endpoint, season: int, starts: Iterable[datetime] | None = None, values: Iterable[FanOut] = ()
) -> list[Request]:
    """Every request that brings an endpoint's rows of one season.

    Args:
        starts: start times of the season's games that can have rows, if the schedule is known: only windows and
            dates that hold one are asked. None plans the whole calendar.
        values: what a fan-out asks for one by one.
    """
    if season < endpoint.first_season:
        return []
    if endpoint.pattern is Pattern.WINDOWS:
        windows = season_windows(season, endpoint.window_days or SEASON_DAYS)
        return [window_request(endpoint, season, window) for window in _holding(windows, starts)]
    if endpoint.pattern is Pattern.DATES:
        dates = season_dates(season) if starts is None else sorted({start.date() for start in starts})
        return [Request(endpoint.name, (("date", day),), season) for day in dates]
    if endpoint.pattern is Pattern.EACH:
        return [_each_request(endpoint, season, value, window) for value, window in values]
    if endpoint.pattern is Pattern.SEASON:
        return [Request(endpoint.name, ((season_param(endpoint), season),), season)]
    return [Request(endpoint.name)]


def _each_request(endpoint: Endpoint, season: int, value: Value, window: Window | None) -> Request:
    assert endpoint.each is not None
    own = ((season_param(endpoint), season),) if any(p.name in SEASON_PARAMS for p in endpoint.params) else ()
    return Request(endpoint.name, (*own, (endpoint.each.param, value)), season, window)


def season_param(endpoint: Endpoint) -> str:
    """The endpoint's own name for the season: recruiting and the draft know `year` and ignore `season`."""
    known = {param.name for param in endpoint.params}
    return "year" if "year" in known and "season" not in known else "season"


def _holding(windows: list[Window], starts: Iterable[datetime] | None) -> Iterator[Window]:
    if starts is None:
        yield from windows
        return
    times = list(starts)
    for window in windows:
        if any(window.start <= moment < window.end for moment in times):
            yield window


def needs_schedule(endpoint: Endpoint) -> bool:
    """Whether the games of the season decide which requests are worth their call."""
    return endpoint.pattern in DATED and endpoint.name != GAMES.name


def is_cut(endpoint: Endpoint, records: int) -> bool:
    """Whether a response of this many records was cut at the endpoint's row cap."""
    return endpoint.row_cap is not None and records >= endpoint.row_cap
