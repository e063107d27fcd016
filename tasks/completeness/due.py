"""What is there and what is to do: expected requests against the raw store's names and envelopes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from quality.contracts.games import FCT_GAMES, GAMES
from quality.dataset import Each, Endpoint, registry
from tasks.lake.lake import Lake
from tasks.requests import (
    DATED,
    DAY,
    FanOut,
    Request,
    Window,
    game_dates,
    is_cut,
    needs_schedule,
    season_bounds,
    season_of,
    season_requests,
    split,
    window_of,
)

REFRESH = timedelta(hours=12)  # an unsettled window is asked again after this
SETTLED = timedelta(days=7)  # the source corrects a game for about a week after it
GRACE = timedelta(days=7)  # an empty answer is asked again after this
GIVE_UP = timedelta(days=90)  # and no longer once the window is this old
FAR_REFRESH = timedelta(days=7)  # the schedule of windows that have not begun
HAVE_DETAILS = ("final", "in_progress")


@dataclass(frozen=True)
class Seen:
    """The newest good answer to a request."""

    fetched_at: datetime
    records: int


@dataclass(frozen=True)
class Todo:
    """Requests of one dataset and season: all that are expected, and those to ask now.

    `about` estimates the calls of a fan-out whose values are not in the lake yet.
    """

    endpoint: Endpoint
    season: int | None
    expected: list[Request]
    due: list[Request]
    about: int = 0

    @property
    def metered_calls(self) -> int:
        """Calls that count against the month's quota, the estimate included."""
        return len(self.due) + self.about if self.endpoint.metered else 0


def todo(
    lake: Lake | None,
    endpoint: Endpoint,
    season: int | None,
    now: datetime,
    between: tuple[date | None, date | None] = (None, None),
    *,
    refresh: bool = False,
) -> Todo:
    """Expected requests minus those whose answer is there and settled.

    Args:
        lake: None plans for an empty lake.
        between: first and last US Eastern game date; given, the requests that can have games of these dates are
            sent again even if their responses are settled.
        refresh: ask everything again, whatever is there.
    """
    seen = _seen(lake, endpoint, season) if lake else {}
    asked, about = _asked(lake, endpoint, season)
    expected = [part for request in asked for part in _expanded(endpoint, request, seen)]
    if between != (None, None) and season is not None:
        expected = [request for request in expected if _touches(request, season, between)]
    chosen = between != (None, None)
    due = [r for r in expected if refresh or is_due(endpoint, r, seen.get(r.key), now, chosen=chosen)]
    return Todo(endpoint, season, expected, due, about)


def _asked(lake: Lake | None, endpoint: Endpoint, season: int | None) -> tuple[list[Request], int]:
    """What the plan asks for, and the estimate of what it cannot list yet."""
    if season is None:
        return [Request(endpoint.name)], 0
    values = fan_out(lake, endpoint.each, season) if endpoint.each else []
    if values is None and endpoint.each and season >= endpoint.first_season:
        return [], endpoint.each.about
    starts = _starts(lake, endpoint, season) if lake else None
    return season_requests(endpoint, season, starts, values or ()), 0


def is_due(endpoint: Endpoint, request: Request, seen: Seen | None, now: datetime, *, chosen: bool = False) -> bool:
    """Whether a request is to be asked now. Plain set difference plus time; nothing is remembered elsewhere.

    Args:
        seen: the newest answer, if there is one.
        chosen: the user named its dates, so a settled answer does not stand in the way; a fresh one does.
    """
    window = window_of(request)
    if window is not None and window.start > now and endpoint.name != GAMES.name:
        return False
    if seen is None:
        return True
    age = now - seen.fetched_at
    if window is None:
        return age >= timedelta(days=endpoint.refresh_days)
    dated = endpoint.pattern in DATED
    if chosen and dated:
        return age >= REFRESH
    if seen.fetched_at < window.end + SETTLED:
        asked_for = timedelta(days=endpoint.refresh_days) - REFRESH  # a daily run is not always on the minute
        return age >= (FAR_REFRESH if window.start > now else REFRESH if dated else max(asked_for, REFRESH))
    return not seen.records and age >= GRACE and now < window.end + GIVE_UP


def _seen(lake: Lake, endpoint: Endpoint, season: int | None) -> dict[str, Seen]:
    newest = lake.raw.latest(endpoint.name, season)
    envelopes = lake.raw.envelopes([item.path for item in newest.values()])
    return {key: Seen(item.fetched_at, envelopes[item.path].records) for (_, key), item in newest.items()}


def _expanded(endpoint: Endpoint, request: Request, seen: dict[str, Seen]) -> Iterable[Request]:
    """The request, or the halves that took its place when its answer was cut at the row cap."""
    answer = seen.get(request.key)
    if answer is None or not is_cut(endpoint, answer.records):
        yield request
        return
    for half in split(endpoint, request):
        yield from _expanded(endpoint, half, seen)


def prerequisites(endpoint: Endpoint) -> list[Endpoint]:
    """Datasets that must be there before an endpoint's requests can be listed."""
    if needs_schedule(endpoint):
        return [GAMES]
    table = registry().tables[f"silver.{endpoint.each.table}"] if endpoint.each else None
    return [table.source] if table and table.source else []


def fan_out(lake: Lake | None, each: Each, season: int) -> list[FanOut] | None:
    """Values that a fan-out asks for one by one, in order; None where their table has no row of the season yet.

    Of games only those that were played, each with the day that its rows are of.
    """
    name = f"silver.{each.table}"
    if lake is None or lake.iceberg(name) is None:
        return None
    rows = lake.scan(name).filter(pl.col("season") == season)
    if rows.head(1).collect().is_empty():
        return None
    value = pl.col(each.column)
    if name != FCT_GAMES.qualified:
        return [(item, None) for item in rows.select(value.drop_nulls().unique().sort()).collect().to_series()]
    played = rows.filter(pl.col("status").is_in(HAVE_DETAILS) & value.is_not_null())
    spans = played.group_by(value).agg(pl.col("start_at").min(), pl.col("start_at").max().alias("last")).sort(value)
    return [(item, Window(first, last + DAY)) for item, first, last in spans.collect().iter_rows()]


def _starts(lake: Lake, endpoint: Endpoint, season: int | None) -> list[datetime] | None:
    """Start times of games that can have rows: finished or running ones; where rows come before, all not called off."""
    if not needs_schedule(endpoint) or lake.iceberg(FCT_GAMES.qualified) is None:
        return None
    games = lake.scan(FCT_GAMES.qualified).filter(pl.col("season") == season).select("start_at", "status").collect()
    if games.is_empty():
        return None
    possible = (*HAVE_DETAILS, "scheduled") if endpoint.ahead else HAVE_DETAILS
    return games.filter(pl.col("status").is_in(possible))["start_at"].unique().sort().to_list()


def _touches(request: Request, season: int, between: tuple[date | None, date | None]) -> bool:
    window = window_of(request) or Window(*season_bounds(season))
    chosen = game_dates(*between)
    return window.start < chosen.end and chosen.start < window.end


def seasons_between(since: date | None, until: date | None, now: datetime) -> list[int]:
    """Seasons that a range of dates touches, newest first."""
    first = season_of(since or until or now.date())
    last = season_of(until or now.date())
    return list(range(last, first - 1, -1))
