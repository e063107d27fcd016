"""Which requests are due: the expected ones, compared with names and envelopes in the raw store."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import polars as pl

from quality.contracts.games import FCT_GAMES, GAMES
from quality.dataset import Each, Endpoint, Pattern, registry
from quality.vocabulary import GAME_STATUSES
from tasks.completeness.quarantined import quarantined_games
from tasks.lake.lake import Lake
from tasks.layers.guard import holds, requests_held
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

REFRESH = timedelta(hours=12)  # interval of re-fetching a window that is not settled
SETTLED = timedelta(days=7)  # the source corrects a game for about a week after it
GRACE = timedelta(days=7)  # interval of re-fetching after an empty response
GIVE_UP = timedelta(days=90)  # age of a window after which an empty response is final
FAR_REFRESH = timedelta(days=7)  # interval of re-fetching the schedule of windows that have not begun
HAVE_DETAILS = ("final", "in_progress")


@dataclass(frozen=True)
class Seen:
    """The newest good response to a request.

    Attributes:
        held: the source has sent something since that is not trusted: the newest response was rejected, or some of its
            rows are held back, because an earlier response has more of them.
    """

    fetched_at: datetime
    records: int
    held: bool = False


@dataclass(frozen=True)
class Todo:
    """Requests of one dataset and season: all expected ones, and those that are due now.

    `about` is an estimate of the calls of a fan-out whose values are not in the lake yet.
    """

    endpoint: Endpoint
    season: int | None
    expected: list[Request]
    due: list[Request]
    about: int = 0

    @property
    def metered_calls(self) -> int:
        """Calls that count against the monthly quota, including the estimate."""
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
    """Expected requests, and those of them that have no settled response yet.

    Args:
        lake: None plans for an empty lake.
        between: first and last US Eastern game date. Requests that can have games of these dates are due even if
            they are settled.
        refresh: all requests are due.
    """
    seen = _seen(lake, endpoint, season)
    planned, about = _planned(lake, endpoint, season)
    expected = [part for request in planned for part in _expanded(endpoint, request, seen)]
    chosen = between != (None, None)
    if season is not None:
        expected = [request for request in expected if _overlaps(request, season, between)]
    due = expected if refresh else [r for r in expected if is_due(endpoint, r, seen.get(r.key), now, chosen=chosen)]
    return Todo(endpoint, season, expected, due, about)


def without_newer(found: Todo, lake: Lake, known: Set[str]) -> Todo:
    """The plan without requests that have a response which is not among the known ones: another run fetched it."""
    newest = lake.raw.latest(found.endpoint.name, found.season)
    answered = {key for (_, key), item in newest.items() if item.path not in known}
    return replace(found, due=[request for request in found.due if request.key not in answered])


def _planned(lake: Lake | None, endpoint: Endpoint, season: int | None) -> tuple[list[Request], int]:
    """The requests for a season, and an estimate of those that cannot be listed yet."""
    if season is None:
        return [Request(endpoint.name)], 0
    values = fan_out(lake, endpoint.each, season) if endpoint.each else []
    if values is None and endpoint.each and season >= endpoint.first_season:
        return [], endpoint.each.about
    starts = _starts(lake, endpoint, season) if lake else None
    return season_requests(endpoint, season, starts, values or ()), 0


def is_due(endpoint: Endpoint, request: Request, seen: Seen | None, now: datetime, *, chosen: bool = False) -> bool:
    """Whether a request is due now. This follows from its newest response and the time; there is no other state.

    Args:
        seen: the newest response, if there is one.
        chosen: the user selected its dates. It is due even if it is settled, but not if it was fetched recently.
    """
    window = window_of(request)
    if not _may_have_rows(endpoint, window, now):
        return False
    if seen is None or seen.held:
        return True
    age = now - seen.fetched_at
    if window is None:
        return age >= timedelta(days=endpoint.refresh_days)
    if chosen and endpoint.pattern in DATED:
        return age >= REFRESH
    if seen.fetched_at < window.end + SETTLED:
        return age >= _refresh_after(endpoint, window, now)
    return not seen.records and age >= GRACE and now < window.end + GIVE_UP


def _may_have_rows(endpoint: Endpoint, window: Window | None, now: datetime) -> bool:
    """Whether the window of a request has begun. The schedule is known before."""
    return window is None or window.start <= now or endpoint.name == GAMES.name


def _refresh_after(endpoint: Endpoint, window: Window, now: datetime) -> timedelta:
    """Interval of re-fetching a window that is not settled."""
    if window.start > now:
        return FAR_REFRESH
    if endpoint.pattern in DATED:
        return REFRESH
    # Shorter than `refresh_days` by some hours, because daily runs do not start at exactly the same time.
    return max(timedelta(days=endpoint.refresh_days) - REFRESH, REFRESH)


def _seen(lake: Lake | None, endpoint: Endpoint, season: int | None) -> dict[str, Seen]:
    if lake is None:
        return {}
    newest = lake.raw.latest(endpoint.name, season)
    envelopes = lake.raw.envelopes([item.path for item in newest.values()])
    held, rejected = requests_held(holds(lake, endpoint, season), newest), lake.raw.rejected(endpoint.name, season)
    return {
        place[1]: Seen(
            item.fetched_at,
            envelopes[item.path].records,
            held=place[1] in held or rejected.get(place, item.fetched_at) > item.fetched_at,
        )
        for place, item in newest.items()
    }


def _expanded(endpoint: Endpoint, request: Request, seen: dict[str, Seen]) -> Iterable[Request]:
    """The request, or the halves that replaced it when its response was truncated at the row cap."""
    response = seen.get(request.key)
    if response is None or not is_cut(endpoint, response.records):
        yield request
        return
    for half in split(endpoint, request):
        yield from _expanded(endpoint, half, seen)


def prerequisites(endpoint: Endpoint) -> list[Endpoint]:
    """Datasets that are needed to list an endpoint's requests."""
    if needs_schedule(endpoint):
        return [GAMES]
    table = registry().tables[f"silver.{endpoint.each.table}"] if endpoint.each else None
    return [table.source] if table and table.source else []


def of_the_season_before() -> tuple[Endpoint, ...]:
    """Endpoints that gold also reads for the season before and that take one call: rosters, recruits, transfers.

    The recruits and transfers of a year play in the season that ends in the following year.
    """
    made = [table.derivation for table in registry().tables.values() if table.derivation is not None]
    read = {item.table.source for derivation in made for item in derivation.inputs if item.history}
    single = [endpoint for endpoint in read if endpoint is not None and endpoint.pattern is Pattern.SEASON]
    return tuple(sorted(single, key=lambda endpoint: endpoint.name))


def fan_out(lake: Lake | None, each: Each, season: int) -> list[FanOut] | None:
    """Parameter values of a fan-out, in order; None if their table has no row of the season yet.

    Of games, only those that have details are included, each with the day of its rows; games in quarantine too.
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
    columns = dict.fromkeys(("game_id", "start_at", "status", each.column))
    played = _with_quarantined(lake, season, rows.select(*columns).collect())
    played = played.filter(pl.col("status").is_in(HAVE_DETAILS) & value.is_not_null())
    spans = played.group_by(value).agg(pl.col("start_at").min(), pl.col("start_at").max().alias("last")).sort(value)
    return [(item, Window(first, last + DAY)) for item, first, last in spans.iter_rows()]


def _starts(lake: Lake, endpoint: Endpoint, season: int) -> list[datetime] | None:
    """Start times of games that can have rows: finished and running ones; scheduled ones too if rows come before."""
    if not needs_schedule(endpoint) or lake.iceberg(FCT_GAMES.qualified) is None:
        return None
    columns = ("game_id", "start_at", "status")
    games = lake.scan(FCT_GAMES.qualified).filter(pl.col("season") == season).select(columns).collect()
    if games.is_empty():
        return None
    games = _with_quarantined(lake, season, games)
    possible = (*HAVE_DETAILS, "scheduled") if endpoint.ahead else HAVE_DETAILS
    return games.filter(pl.col("status").is_in(possible))["start_at"].unique().sort().to_list()


def _with_quarantined(lake: Lake, season: int, games: pl.DataFrame) -> pl.DataFrame:
    """The games with those in quarantine that have an id and a date. An unknown status counts as played.

    Of the latter, other columns are null: the rest of their rows is not to be trusted.
    """
    aside = quarantined_games(lake, season).drop_nulls(["game_id", "start_at"])
    known = pl.when(pl.col("status").is_in(GAME_STATUSES)).then("status").otherwise(pl.lit(HAVE_DETAILS[0]))
    return pl.concat([games, aside.select("game_id", "start_at", known.alias("status"))], how="diagonal")


def _overlaps(request: Request, season: int, between: tuple[date | None, date | None]) -> bool:
    window = window_of(request) or Window(*season_bounds(season))
    chosen = game_dates(*between)
    return window.start < chosen.end and chosen.start < window.end


def seasons_between(since: date | None, until: date | None, now: datetime) -> list[int]:
    """Seasons that overlap a range of dates, newest first."""
    first = season_of(since or until or now.date())
    last = season_of(until or now.date())
    return list(range(last, first - 1, -1))
